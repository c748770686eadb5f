import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ERRORS } from '../../lib/errors.js'
import { damaged, expectWholePrototypes, fuzzing, jsonText, PATIENCE_MS, text } from './hostile.fixture.js'
import { fuzzedServer, type Fuzzed } from './server.fixture.js'

let server: Fuzzed
beforeAll(async () => {
  server = await fuzzedServer()
})
afterAll(async () => {
  await server?.end()
  expectWholePrototypes()
})

const FIELDS = [
  'namespace',
  'tenant',
  'provider',
  'action_type',
  'payload',
  'metadata',
  'labels',
  'id',
  'dedup_key',
  'status',
  'fingerprint',
  'starts_at',
  'ends_at',
  'created_at',
  'template',
  'attachments',
  'trace_context',
  'actions',
  'action',
  'text',
  'items',
  'n',
  'name',
  'cluster',
  'to_state',
  'enabled',
]
const VALID: Record<string, string> = {
  namespace: '"n"',
  tenant: '"t"',
  provider: '"email"',
  action_type: '"send"',
}
const type = fc.constantFrom('send', 'once', 'few', 'collect', 'alert', 'later').map((word) => JSON.stringify(word))
const json = jsonText(FIELDS)
/** An action that may be right but for a few members. */
const action: fc.Arbitrary<string> = fc
  .tuple(fc.array(fc.tuple(fc.oneof(fc.constantFrom(...FIELDS), text), json), { maxLength: 5 }), type, json, json)
  .map(([members, action_type, payload, cluster]) => {
    const valid = Object.entries({ ...VALID, action_type, payload, metadata: `{"cluster":${cluster}}` })
    const all = [...valid, ...members]
    return `{${all.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
  })
const deep = fc
  .tuple(fc.integer({ min: 50, max: 20_000 }), fc.constantFrom('[', '{"a":'), fc.boolean())
  .map(([depth, open, closed]) => open.repeat(depth) + (closed ? (open === '[' ? ']' : '}').repeat(depth) : ''))
const body: fc.Arbitrary<string | Buffer> = fc.oneof(
  { weight: 6, arbitrary: action },
  { weight: 3, arbitrary: json },
  { weight: 3, arbitrary: damaged(action) },
  { weight: 2, arbitrary: fc.array(action, { maxLength: 4 }).map((list) => `[${list.join(',')}]`) },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
)
const ROUTES = [
  ['POST', '/v1/dispatch'],
  ['POST', '/v1/dispatch'],
  ['POST', '/v1/dispatch?dry_run=true'],
  ['POST', '/v1/dispatch/batch'],
  ['POST', '/v1/rules/evaluate'],
  ['POST', '/v1/render'],
  ['PUT', '/v1/rules/quiet/enabled'],
  ['PUT', '/v1/events/x/transition'],
  ['PATCH', '/v1/dead-letters/x'],
  ['POST', '/v1/dead-letters/redeliver'],
  ['POST', '/v1/dead-letters/x/redeliver'],
  ['POST', '/v1/audit/x/replay'],
  ['POST', '/v1/audit/replay'],
] as const

describe('whatever body is sent', () => {
  it(
    'it is answered with an outcome or with an error that the sender caused, in JSON',
    () =>
      fc.assert(
        fc.asyncProperty(fc.constantFrom(...ROUTES), body, async ([method, url], payload) => {
          const answer = await server.app.inject({
            method,
            url,
            payload,
            headers: { 'content-type': 'application/json' },
          })
          const told = answer.payload === '' ? {} : (JSON.parse(answer.payload) as { code?: string })
          expect([answer.statusCode, told]).not.toEqual([500, told])
          if (answer.statusCode >= 400) expect(ERRORS).toHaveProperty(String(told.code))
          expect(answer.payload).not.toMatch(/RangeError|TypeError|node_modules|\.ts:\d+|\.js:\d+/)
          expect(server.faults).toEqual([])
        }),
        fuzzing(),
      ),
    PATIENCE_MS,
  )
})
