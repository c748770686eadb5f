import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../config/load.js'
import { problemText } from '../../config/problems.js'
import { NAMED_TABLES, SECTIONS } from '../../config/schema.js'
import { PROVIDER_TYPES } from '../../providers/registry.js'
import { damaged, expectWholePrototypes, fuzzing, PATIENCE_MS, text } from './hostile.fixture.js'

afterAll(expectWholePrototypes)

const KEYS = `keys = ["${'0f'.repeat(32)}"]`
const WHOLE = `
[server]
host = "127.0.0.1"
port = 8080
[state]
backend = "embedded"
path = "./data"
[audit]
ttl_seconds = 3600
[audit.redact]
fields = ["password", "payload.card"]
[rules]
directory = "./rules"
[executor]
max_retries = 3
[circuit_breaker.providers.email]
fallback_provider = "sms"
[encryption]
${KEYS}
[[providers]]
name = "email"
type = "email"
smtp_host = "localhost"
from_address = "a@example.com"
password = "\${SMTP_PASSWORD:-none}"
[[providers]]
name = "sms"
type = "webhook"
url = "https://example.com/hook"
headers = { "x-key" = "\${KEY}" }
retry_schedule = ["5s", "1m"]
deliver_within_seconds = 60
[[state_machines]]
name = "alert"
initial_state = "firing"
states = ["firing", "resolved"]
transitions = [{ from = "firing", to = "resolved" }]
timeouts = [{ state = "firing", after_seconds = 60, transition_to = "resolved" }]
`
const names = [
  ...Object.keys(SECTIONS),
  ...Object.values(SECTIONS).flatMap(({ properties }) => Object.keys(properties)),
  ...Object.keys(NAMED_TABLES),
  ...[...PROVIDER_TYPES.values()].flatMap(({ schema }) =>
    Object.keys((schema as { properties?: object }).properties ?? {}),
  ),
  'providers',
  'state_machines',
  'name',
  'type',
  'transitions',
  'timeouts',
]
const key = fc.oneof(
  fc.constantFrom(...names),
  fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
  text.map((name) => JSON.stringify(name.replace(/[\ud800-\udfff]/gu, '?'))),
)
const value: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'true', 'false', '0', '-1', '1.5', '1e999', 'inf', 'nan', '9223372036854775807', '99999999999999999999', '0xff', '1979-05-27',
    '1979-05-27T07:32:00Z', '07:32:00', '[]', '{}', '[[[[]]]]', '{a = {b = {c = 1}}}', '"""\n"""', "'''x'''", '"${HOME}"', '"${"',
    '"${__proto__}"', '"${KEY:-${KEY}}"', '"$${x}"', '["5s", "x"]', '"https://user:pass@host/"', '"file:///etc/passwd"', '"\\u0000"',
    '"redis://:secret@h"', '{__proto__ = {polluted = true}}', '{ name = "x", type = "webhook" }',
  ), // prettier-ignore
  text.map((string) => JSON.stringify(string.replace(/[\ud800-\udfff]/gu, '?'))),
)
const line = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(key, value).map(([name, given]) => `${name} = ${given}`) },
  { weight: 2, arbitrary: key.map((name) => `[${name}]`) },
  { weight: 1, arbitrary: key.map((name) => `[[${name}]]`) },
)
const written = fc.oneof(
  {
    weight: 4,
    arbitrary: damaged(
      fc.constant(WHOLE),
      fc.oneof(
        line.map((one) => `\n${one}\n`),
        text,
      ),
    ),
  },
  { weight: 4, arbitrary: fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n')) },
  { weight: 1, arbitrary: text },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('[', '{a=', '[['), fc.integer({ min: 1, max: 20_000 }))
      .map(([piece, count]) => `a = ${piece.repeat(count)}`),
  },
)
const environment = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(
          'ACTEON_SERVER__PORT',
          'ACTEON_STATE__PATH',
          'ACTEON_ENCRYPTION__KEYS',
          'ACTEON_AUDIT__REDACT__FIELDS',
          'ACTEON___PROTO____X',
          'ACTEON_SERVER__CONSTRUCTOR',
          'KEY',
          'HOME',
        ),
        fc
          .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
          .map((parts) => `ACTEON_${parts.join('__').toUpperCase()}`),
      ),
      text,
    ),
    { maxLength: 3 },
  )
  .map((pairs) => Object.fromEntries(pairs))

describe('whatever a configuration says', () => {
  it(
    'it is taken, or refused with sentences that name their places and show no secret',
    () =>
      fc.assert(
        fc.asyncProperty(written, environment, async (file, env) => {
          const { config, problems } = await parseConfig({ text: file, file: 'acteon.toml', folder: '/nowhere' }, env)
          expect(config !== undefined || problems.length > 0).toBe(true)
          // A fuzzer may also make a name of the key, and names are shown.
          const isSecret = !file.replace(KEYS, '').includes('0f'.repeat(8))
          for (const problem of problems) {
            const told = problemText(problem)
            expect(told).not.toMatch(/RangeError|TypeError|call stack|Cannot read|is not a function|\[object Object\]/)
            if (isSecret) expect(told).not.toContain('0f'.repeat(16))
          }
          if (config !== undefined && isSecret) expect(JSON.stringify(config)).not.toContain('0f'.repeat(16))
        }),
        fuzzing(),
      ),
    PATIENCE_MS,
  )
})
