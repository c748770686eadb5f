import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ERRORS } from '../../lib/errors.js'
import { damaged, expectWholePrototypes, fuzzing, PATIENCE_MS, text } from './hostile.fixture.js'
import { fuzzedServer, type Fuzzed } from './server.fixture.js'

let server: Fuzzed
let port: number
beforeAll(async () => {
  server = await fuzzedServer()
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  port = (server.app.server.address() as { port: number }).port
})
afterAll(async () => {
  await server?.end()
  expectWholePrototypes()
})

const NAMES = [
  'accept',
  'accept-encoding',
  'authorization',
  'content-encoding',
  'content-type',
  'cookie',
  'expect',
  'host',
  'idempotency-key',
  'last-event-id',
  'origin',
  'prefer',
  'sec-fetch-site',
  'traceparent',
  'tracestate',
  'x-api-key',
  'x-csrf-token',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-request-id',
  '__proto__',
  'constructor',
]
const BODY = '{"namespace":"n","tenant":"t","provider":"email","action_type":"send"}'
const query = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(
          'namespace',
          'tenant',
          'limit',
          'cursor',
          'offset',
          'from',
          'to',
          'text',
          'status',
          'id',
          'dry_run',
          'outcome',
        ),
        text,
      ),
      text,
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&'))
const escaped = (value: string): string => encodeURIComponent(value.replace(/[\ud800-\udfff]/gu, '\ufffd'))
const PATHS = [
  '/health',
  '/metrics',
  '/v1/audit',
  '/v1/events',
  '/v1/groups',
  '/v1/dead-letters',
  '/v1/actions',
  '/v1/rules',
  '/v1/providers',
  '/v1/circuit-breakers',
  '/v1/audit/figures',
  '/openapi.json',
]
const path = fc.oneof(
  fc.constantFrom(...PATHS),
  fc.tuple(fc.constantFrom(...PATHS), text).map(([base, step]) => `${base}/${escaped(step)}`),
  fc.tuple(fc.constantFrom(...PATHS), text).map(([base, step]) => `${base}/${step.replace(/[^\x21-\x7e]/g, '%')}`),
)
const headers = fc.array(fc.tuple(fc.constantFrom(...NAMES), text), { maxLength: 5 }).map((pairs) => new Map(pairs))

const check = (status: number, payload: string): void => {
  expect([status, payload]).not.toEqual([500, payload])
  if (status >= 400) expect(ERRORS).toHaveProperty(String((JSON.parse(payload) as { code?: string }).code))
  expect(payload).not.toMatch(/RangeError|TypeError|node_modules/)
  expect(server.faults).toEqual([])
}

describe('whatever headers, path and query are sent', () => {
  it(
    'the answer is right or an error that the sender caused, in JSON',
    () =>
      fc.assert(
        fc.asyncProperty(headers, path, query, fc.boolean(), async (sent, where, asked, dispatches) => {
          const answer = await server.app.inject({
            method: dispatches ? 'POST' : 'GET',
            url: `${dispatches ? '/v1/dispatch' : where}?${asked}`,
            headers: Object.fromEntries(sent),
            ...(dispatches && { payload: BODY }),
          })
          check(answer.statusCode, answer.payload)
        }),
        fuzzing(0.9),
      ),
    PATIENCE_MS,
  )

  const request = fc
    .tuple(headers, path, fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'))
    .map(
      ([sent, where, method]) =>
        `${method} ${where} HTTP/1.1\r\nHost: x\r\n${[...sent].map(([name, value]) => `${name}: ${value}\r\n`).join('')}Content-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`,
    )
  it(
    'so it is for bytes that are hardly HTTP',
    () =>
      fc.assert(
        fc.asyncProperty(fc.oneof(request, damaged(request)), async (bytes) => {
          const said = await exchange(bytes)
          if (said === '') return
          expect(said).toMatch(/^HTTP\/1\.1 \d{3} /)
          expect(said).not.toMatch(/^HTTP\/1\.1 500/)
          expect(server.faults).toEqual([])
        }),
        fuzzing(0.1),
      ),
    PATIENCE_MS,
  )
})

/** Sends bytes and ends; what was said until the other side closed, or said something and had a moment for more. */
const exchange = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let said = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'utf8')))
    const done = (): void => {
      socket.destroy()
      resolve(said)
    }
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
      setTimeout(done, 1)
    })
    socket.on('error', done)
    socket.on('close', done)
    // A request that is not whole is waited for by the server; that it is ended is shown elsewhere.
    setTimeout(done, 100)
  })
