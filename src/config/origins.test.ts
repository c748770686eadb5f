import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig, parseConfig } from './load.js'
import { configValues, originText, rereadOrigins } from './origins.js'
import { sealValue, valueSealer } from './sealed-values.js'

const KEY = 'ab'.repeat(32)
const CANARY = 'hunter2-canary'
const sealed = sealValue(valueSealer({ ACTEON_AUTH_KEY: KEY }), CANARY)

const TEXT = `rules = { editable = true, on_error = "\${ON_ERROR}" }

[server]
port = 9000
host = "\${HOST:-127.0.0.1}"

[state]
backend = "postgres"
url = "postgres://\${DB_USER}:\${DB_PASSWORD}@\${DB_HOST:-db}/acteon"

[audit.redact]
fields = ["password", "\${MASKED}"]

[encryption]
keys = ["${KEY}", "\${OLD_KEY}"]

[executor]
max_retries = 1

[[providers]]
name = "first"
type = "log"

[[providers]]
name = "hook"
type = "webhook"
url = "http://127.0.0.1:1/\${PATH_OF_HOOK}"
secret = "${sealed}"
max_retries = 5
headers = { X-Team = "ops", X-Region = "\${REGION}" }

[circuit_breaker.providers.hook]
minimum_calls = 3

[[state_machines]]
name = "alert"
initial_state = "\${FIRST_STATE}"
states = ["open"]
`
const ENV = {
  ...{ ACTEON_AUTH_KEY: KEY, DB_USER: 'acteon', DB_PASSWORD: CANARY, MASKED: 'pin', OLD_KEY: 'cd'.repeat(32) },
  ...{ PATH_OF_HOOK: 'x', REGION: 'eu', FIRST_STATE: 'open', ON_ERROR: 'skip' },
  ...{ ACTEON_EXECUTOR__MAX_RETRIES: '7', ACTEON_AUDIT__TTL_SECONDS: '60', ACTEON_LIMITS__JOBS: '3' },
  ACTEON_TELEMETRY__OTLP_HEADERS: sealed,
}

async function read(text: string, env: Record<string, string> = {}) {
  const { config, origins, problems } = await parseConfig({ text, file: 'acteon.toml', folder: '/etc/acteon' }, env)
  expect(problems).toEqual([])
  const { machines: _, ...written } = config!
  return { origins: origins!, shown: JSON.parse(JSON.stringify(written)) as unknown }
}

describe('a value of the configuration says where it came from', async () => {
  const { origins, shown } = await read(TEXT, ENV)
  const values = await configValues(shown, origins)
  const lines = TEXT.split('\n')
  const at = (line: string): number => lines.findIndex((one) => one.startsWith(line)) + 1

  it.each<[what: string, key: string, says: string]>([
    ['the file', 'server.port', `acteon.toml:${at('port')}`],
    ['nobody', 'server.public_metrics', 'default'],
    ['nobody, in a section that the environment has a key of', 'limits.open_groups', 'default'],
    ['a default within the file, whose variable is not set', 'server.host', `acteon.toml:${at('host')}`],
    ['several variables in one text', 'state.url', `acteon.toml:${at('url = "p')}, from DB_USER and DB_PASSWORD`],
    ['a variable in a list', 'audit.redact.fields', `acteon.toml:${at('fields')}, from MASKED`],
    ['a variable in a list that is hidden', 'encryption.keys', `acteon.toml:${at('keys')}, from OLD_KEY`],
    ['an override of what the file says', 'executor.max_retries', 'ACTEON_EXECUTOR__MAX_RETRIES'],
    ['an override within a table', 'audit.ttl_seconds', 'ACTEON_AUDIT__TTL_SECONDS'],
    ['an override in a section that the file does not have', 'limits.jobs', 'ACTEON_LIMITS__JOBS'],
    ['an override that is sealed', 'telemetry.otlp_headers', 'ACTEON_TELEMETRY__OTLP_HEADERS, sealed'],
    ['the first of a list of tables', 'providers[0].name', `acteon.toml:${at('name = "first"')}`],
    ['a variable in a table of a list', 'providers[1].url', `acteon.toml:${at('url = "h')}, from PATH_OF_HOOK`],
    ['a sealed value', 'providers[1].secret', `acteon.toml:${at('secret')}, sealed`],
    ['a key beside it', 'providers[1].max_retries', `acteon.toml:${at('max_retries = 5')}`],
    ['a default in a table of a list', 'providers[1].method', 'default'],
    ['an inline table', 'rules.editable', 'acteon.toml:1'],
    ['a variable in an inline table', 'rules.on_error', 'acteon.toml:1, from ON_ERROR'],
    ['a variable in a table that is hidden', 'providers[1].headers', `acteon.toml:${at('headers')}, from REGION`],
    ['a table that the user named', 'circuit_breaker.providers.hook.minimum_calls', `acteon.toml:${at('minimum')}`],
    ['a state machine, as a whole', 'state_machines[0]', `acteon.toml:${at('[[state_')}, from FIRST_STATE`],
  ])('%s', (_, key, says) => {
    const { value: __, ...origin } = values.find((one) => one.key === key)!
    expect(originText(origin, origins.file)).toBe(says)
  })

  it('once, and without what is in variables or was sealed', () => {
    expect(new Set(values.map(({ key }) => key)).size).toBe(values.length)
    expect(JSON.stringify(values)).not.toContain(CANARY)
  })
})

it('without a file everything is at its default, but for what the environment overrides', async () => {
  const { config, origins } = await loadConfig(undefined, { env: { ACTEON_LOG__LEVEL: 'debug' }, cwd: tmpdir() })
  const values = await configValues(JSON.parse(JSON.stringify(config)), origins)
  expect(origins.file).toBeNull()
  expect(values.filter(({ from }) => from !== 'default')).toEqual([
    { key: 'log.level', value: 'debug', from: 'environment', variables: ['ACTEON_LOG__LEVEL'] },
  ])
})

it('a file is named as whoever started it named it', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'acteon-origins-'))
  writeFileSync(join(cwd, 'acteon.toml'), '\ufeff[log]\nlevel = "debug"\n')
  const { origins } = await loadConfig('./acteon.toml', { env: {}, cwd })
  rmSync(cwd, { recursive: true })
  expect(originText(await origins.of(['log', 'level']), origins.file)).toBe('./acteon.toml:2')
})

it('after a reload lines are those of the new file, and what waits for a restart says so', async () => {
  const before = await read('[server]\nport = 1\n[log]\nlevel = "warn"\n')
  const next = await read('[log]\nlevel = "debug"\n[server]\nnode = "a"\nport = 1\n')
  const origins = rereadOrigins(before.origins, next.origins, ['log.level', 'server.node'])
  const of = async (...path: string[]) => originText(await origins.of(path), origins.file)
  expect(await of('server', 'port')).toBe('acteon.toml:5')
  expect(await of('log', 'level')).toBe('acteon.toml, changed since, which needs a restart')
  expect(await of('log', 'format')).toBe('default')
})
