import { readFileSync, writeFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { ActeonError } from '../lib/errors.js'
import { loadConfig, parseConfig } from './load.js'
import { problemText } from './problems.js'

const parse = (text: string, env: Record<string, string> = {}) =>
  parseConfig({ text, file: 'acteon.toml', folder: '/etc/acteon' }, env)
const texts = async (text: string, env: Record<string, string> = {}): Promise<string[]> =>
  (await parse(text, env)).problems.map(problemText)

describe('a configuration with an error says where it is and what to do', () => {
  const cases: [name: string, text: string, env: Record<string, string>, expected: string[]][] = [
    ['syntax', '[server]\nport = \n', {}, ['acteon.toml:2:8: this is not TOML: invalid value']],
    [
      'the same table twice',
      '[server]\n[server]\n',
      {},
      [expect.stringMatching(/^acteon\.toml:2:\d+: this is not TOML: /)],
    ],
    [
      'an unknown section',
      '[sever]\nport = 1\n',
      {},
      ['acteon.toml:1:2: sever: unknown name "sever"; did you mean "server"?'],
    ],
    [
      'an unknown key',
      '[server]\nport = 1\n  hots = "x"\n',
      {},
      ['acteon.toml:3:3: server.hots: unknown name "hots"; did you mean "host"?'],
    ],
    [
      'an unknown key two levels down',
      '[audit.redact]\nfeilds = []\n',
      {},
      ['acteon.toml:2:1: audit.redact.feilds: unknown name "feilds"; did you mean "fields"?'],
    ],
    ['a wrong type', 'server.port = "8080"\n', {}, ['acteon.toml:1:8: server.port: expected an integer, found "8080"']],
    [
      'a value out of range, and another fault',
      '[server]\nport = 70000\n[executor]\ntimeout_seconds = 0\n',
      {},
      [
        'acteon.toml:2:1: server.port: must be at most 65535, found 70000',
        'acteon.toml:4:1: executor.timeout_seconds: must be above 0, found 0',
      ],
    ],
    [
      'a word that is none of the choices',
      '[state]\nbackend = "embeded"\n',
      {},
      [
        'acteon.toml:2:1: state.backend: expected one of embedded, memory, redis, postgres, found "embeded"; did you mean "embedded"?',
      ],
    ],
    [
      'a list where a table belongs',
      'server = [1]\n',
      {},
      ['acteon.toml:1:1: server: expected an object, found a list of 1'],
    ],
    [
      'an unset variable',
      '[rules]\ndirectory = "${RULES_DIR}/x"\n',
      {},
      [
        'acteon.toml:2:1: rules.directory: the environment variable RULES_DIR is not set; set it, or give a default: ${RULES_DIR:-…}',
      ],
    ],
    [
      'a reference that is none',
      '[rules]\ndirectory = "${1x}"\n',
      {},
      ['acteon.toml:2:1: rules.directory: expected ${NAME} or ${NAME:-default} after "$"; write $${ for a plain ${'],
    ],
    [
      'an override of the wrong type',
      '',
      { ACTEON_SERVER__PORT: 'eighty' },
      ['environment variable ACTEON_SERVER__PORT: server.port: expected a number, found "eighty"'],
    ],
    [
      'an override that a check refuses',
      '[server]\nport = 1\n',
      { ACTEON_SERVER__PORT: '-3' },
      ['environment variable ACTEON_SERVER__PORT: server.port: must be at least 0, found -3'],
    ],
    [
      'an override of nothing',
      '',
      { ACTEON_SERVER__PROT: '1' },
      [
        'environment variable ACTEON_SERVER__PROT: names no key of the configuration; did you mean ACTEON_SERVER__PORT?',
      ],
    ],
    [
      'a list of tables in the environment',
      '',
      { ACTEON_PROVIDERS__0__URL: 'x' },
      [
        'environment variable ACTEON_PROVIDERS__0__URL: [[providers]] cannot be set from the environment; write ${NAME} in the file where a value shall come from it',
      ],
    ],
    [
      'a provider of no known type',
      '[[providers]]\nname = "a"\ntype = "webhok"\n',
      {},
      [
        expect.stringMatching(
          /^acteon\.toml:3:1: providers\[0\]\.type: expected one of webhook, .*log, found "webhok"; did you mean "webhook"\?$/,
        ),
      ],
    ],
    [
      'a provider without its address',
      '[[providers]]\nname = "a"\ntype = "webhook"\n',
      {},
      ['acteon.toml:1:3: providers[0]: "url" is missing'],
    ],
    [
      'two providers of one name',
      '[[providers]]\nname = "a"\ntype = "webhook"\nurl = "http://x"\n[[providers]]\nname = "a"\ntype = "webhook"\nurl = "http://y"\n',
      {},
      ['acteon.toml:6:1: providers[1].name: the name "a" is taken by providers[0]; names must differ'],
    ],
    [
      'one table where a list belongs',
      '[providers]\nname = "a"\n',
      {},
      ['acteon.toml:1:2: providers: expected tables that begin with [[providers]], found an object'],
    ],
    [
      'durability that memory cannot give',
      '[state]\nbackend = "memory"\nrequire_durable = true\n',
      {},
      [
        'acteon.toml:3:1: state.require_durable: the memory backend loses everything when the process ends; use backend = "embedded" or set this to false',
      ],
    ],
    [
      'a state machine with a state that is none',
      '[[state_machines]]\nname = "a"\ninitial_state = "x"\nstates = ["x", "y"]\n[[state_machines.transitions]]\nfrom = "x"\nto = "elsewhere"\n',
      {},
      ['acteon.toml:7:1: state_machines[0].transitions[0].to: unknown state "elsewhere"; its states are x, y'],
    ],
    [
      'a name that would reach a prototype',
      '[__proto__]\npolluted = true\n',
      {},
      [expect.stringContaining('acteon.toml:1:2: __proto__: unknown name "__proto__"')],
    ],
  ]
  it.each(cases)('%s', async (_name, text, env, expected) => {
    const { config, problems } = await parse(text, env)
    expect(problems.map(problemText)).toEqual(expected)
    expect(config).toBeUndefined()
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('circuit breakers', () => {
  const provider = (name: string): string => `[[providers]]\nname = "${name}"\ntype = "log"\n`
  const breakers = (text: string) => parse(`${provider('sms')}${provider('voice')}${text}`)

  it('have defaults, and each provider may say otherwise', async () => {
    const { config, problems } = await breakers(
      '[circuit_breaker.providers.sms]\nminimum_calls = 3\nfallback_provider = "voice"\n',
    )
    expect(problems).toEqual([])
    expect(config!.circuit_breaker).toEqual({
      enabled: true,
      failure_share: 0.5,
      minimum_calls: 10,
      window_seconds: 30,
      recovery_timeout_seconds: 60,
      providers: { sms: { minimum_calls: 3, fallback_provider: 'voice' } },
    })
  })

  it.each([
    [
      '[circuit_breaker.providers.smz]\nenabled = false\n',
      /^acteon\.toml:7:\d+: circuit_breaker\.providers\.smz: there is no provider "smz"; did you mean "sms"\?$/,
    ],
    [
      '[circuit_breaker.providers.sms]\nfallback_provider = "vioce"\n',
      /^acteon\.toml:8:\d+: .*fallback_provider: there is no provider "vioce"; did you mean "voice"\?$/,
    ],
    ['[circuit_breaker.providers.sms]\nfallback_provider = "sms"\n', /cannot stand in for itself/],
    [
      '[circuit_breaker.providers.sms]\nfallback = "voice"\n',
      /unknown name "fallback"; did you mean "fallback_provider"\?/,
    ],
    ['[circuit_breaker]\nfailure_share = 1.5\n', /circuit_breaker\.failure_share: must be at most 1/],
    ['[circuit_breaker]\nminimum_calls = 0\n', /circuit_breaker\.minimum_calls: must be at least 1/],
  ])('%s', async (text, expected) => {
    const { problems } = await breakers(text)
    expect(problems.map(problemText)).toEqual([expect.stringMatching(expected)])
  })

  it('have chains of fallbacks that end', async () => {
    const { problems } = await breakers(
      '[circuit_breaker.providers]\nsms = { fallback_provider = "voice" }\nvoice = { fallback_provider = "sms" }\n',
    )
    expect(problems.map(problemText)[0]).toMatch(/sms → voice → sms/)
  })
})

describe('terms of delivery', () => {
  const provider = (keys: string): string => `[[providers]]\nname = "a"\ntype = "log"\n${keys}`
  const machine =
    '[[state_machines]]\nname = "m"\ninitial_state = "on"\nstates = ["on", "off"]\ntransitions = [{ from = "on", to = "off" }]\n'

  it('are kept as they are written', async () => {
    const { config } = await parse(provider('rate_limit = 2.5\nretry_schedule = ["5s", "1h30m"]\nasync = true\n'))
    expect(config!.providers[0]!.terms).toEqual({ rate_limit: 2.5, retry_schedule: ['5s', '1h30m'], async: true })
  })

  it.each([
    [
      provider('retry_schedule = ["5 minutes"]\n'),
      'must be a time span such as "30s", "5m" or "1h30m", found "5 minutes"',
    ],
    [provider('retry_schedule = []\n'), 'must have at least 1 item'],
    [provider('rate_limit = 0\n'), 'must be at least 0.001'],
    [
      provider('ordering_key = ["payload.a", "paiload.b"]\n'),
      'providers[0].ordering_key[1]: "paiload.b" is not a path; did you mean "payload.b"?',
    ],
    [
      provider('ordering_key = ["payload.a"]\nretry_schedule = ["5s"]\n'),
      'providers[0].retry_schedule: needs deliver_within_seconds',
    ],
    [
      provider('retry_schedule = ["5s"]\n') + machine,
      'acteon.toml:4:1: providers[0].retry_schedule: needs deliver_within_seconds',
    ],
  ])('%s', async (text, expected) => {
    expect(await texts(text)).toEqual([expect.stringContaining(expected)])
  })
})

it('[alerts] names a provider that is there', async () => {
  expect(await texts('[alerts]\nprovider = "hok"\n[[providers]]\nname = "a"\ntype = "log"\n')).toEqual([
    expect.stringContaining('acteon.toml:2:1: alerts.provider: there is no provider "hok"'),
  ])
  expect(await texts('', { ACTEON_ALERTS__PROVIDER: 'x' })).toEqual([
    expect.stringContaining('environment variable ACTEON_ALERTS__PROVIDER: alerts.provider: there is no provider "x"'),
  ])
})

describe('keys of [encryption]', () => {
  it.each([
    ['[encryption]\nkeys = "s3cret-canary"\n', 'encryption.keys: expected an array, found something else (not shown)'],
    ['[encryption]\nkeys = ["s3cret-canary"]\n', 'encryption.keys[0]: is no key: expected 32 bytes as 64 hex digits'],
    [`[encryption]\nkeys = ["${'ab'.repeat(32)}", "${'AB'.repeat(32)}"]\n`, 'encryption.keys: has the same key twice'],
  ])('are told of without being shown: %s', async (text, expected) => {
    const { problems } = await parse(text)
    expect(problems.map(problemText)).toEqual([expect.stringContaining(expected)])
    expect(JSON.stringify(problems)).not.toContain('s3cret')
  })
})

it('state on Redis needs to be told where records are kept, unless none are', async () => {
  const redis = '[state]\nbackend = "redis"\nurl = "redis://r"\n'
  expect(await texts(redis)).toEqual([expect.stringMatching(/audit.backend: is missing.*"postgres".*"embedded"/)])
  for (const audit of ['backend = "embedded"', 'enabled = false'])
    expect(await texts(`${redis}[audit]\n${audit}\n`)).toEqual([])
})

it('files for TLS are of use with rediss alone, and a certificate needs its key', async () => {
  const of = (url: string, more: string, backend = 'redis') =>
    texts(`[state]\nbackend = "${backend}"\nurl = "${url}"\n[state.tls]\n${more}\n[audit]\nenabled = false\n`)
  expect(await of('rediss://r', 'ca = "ca.pem"')).toEqual([])
  expect(await of('rediss+cluster://r', 'cert = "c.pem"\nkey = "k.pem"')).toEqual([])
  expect(await of('redis://r', 'ca = "ca.pem"')).toEqual([
    expect.stringMatching(/state.tls:.*nothing would be encrypted/),
  ])
  expect(await of('postgres://p', 'ca = "ca.pem"', 'postgres')).toEqual([
    expect.stringMatching(/is for Redis.*sslrootcert/),
  ])
  expect(await of('rediss://r', 'cert = "c.pem"')).toEqual([expect.stringMatching(/needs both cert and key/)])
})

describe('a configuration without errors', () => {
  it('is all defaults when it is empty', async () => {
    const { config, problems } = await parse('')
    expect(problems).toEqual([])
    expect(config).toMatchObject({
      server: { host: '127.0.0.1', port: 8080, shutdown_timeout_seconds: 25, allow_unauthenticated: false },
      state: { backend: 'embedded', path: '/etc/acteon/data', id_retention_seconds: 86_400, partitions: 64 },
      audit: { enabled: true, store_payload: true, redact: { enabled: true, placeholder: '[REDACTED]' } },
      rules: { directory: '/etc/acteon/rules', on_error: 'fail' },
      executor: { max_retries: 3, timeout_seconds: 30, max_concurrent: 100 },
      limits: { open_groups: 10_000, active_events: 100_000, reservations: 1_000_000, jobs: 100_000, streams: 50 },
      providers: [],
      machines: [],
    })
  })

  it("has the production page's values, all of them", async () => {
    const { config, problems } = await parse(productionPage)
    expect(config).toMatchObject({
      server: { host: '0.0.0.0', port: 8080 },
      state: { backend: 'redis', url: 'redis://redis:6379', prefix: 'acteon' },
      audit: {
        enabled: true,
        backend: 'postgres',
        url: 'postgres://acteon:acteon@postgres:5432/acteon',
        prefix: 'acteon_',
        ttl_seconds: 2_592_000,
        store_payload: true,
        redact: { enabled: true, fields: ['password', 'token', 'api_key', 'secret', 'credit_card'] },
      },
      rules: { directory: '/etc/acteon/rules' },
      executor: { max_retries: 3, timeout_seconds: 30, max_concurrent: 100 },
      auth: { enabled: true, config_path: '/etc/acteon/auth.toml', watch: true },
    })
    expect(problems).toEqual([])
  })

  it('takes values from the environment, typed, and the environment wins over the file', async () => {
    const { config, problems } = await parse(
      '[server]\nport = 1\n[state]\npath = "${DATA:-store}"\nprefix = "$${X}"\n',
      {
        ACTEON_SERVER__PORT: '9000',
        ACTEON_AUDIT__REDACT__ENABLED: 'false',
        ACTEON_AUDIT__REDACT__FIELDS: 'pin, iban',
        ACTEON_API_KEY: 'not a setting',
      },
    )
    expect(problems).toEqual([])
    expect(config).toMatchObject({
      server: { port: 9000 },
      state: { path: '/etc/acteon/store', prefix: '${X}' },
      audit: { redact: { enabled: false, fields: ['pin', 'iban'] } },
    })
  })

  it("splits a provider's entry into what its type is given and its terms of delivery", async () => {
    const { config } = await parse(
      '[[providers]]\nname = "hook"\ntype = "webhook"\nurl = "${URL}"\nmax_retries = 0\ndelivery = "at_most_once"\n',
      { URL: 'http://127.0.0.1:1/x' },
    )
    expect(config!.providers).toEqual([
      {
        name: 'hook',
        type: 'webhook',
        settings: expect.objectContaining({ url: 'http://127.0.0.1:1/x', method: 'POST', body: 'action' }) as unknown,
        terms: { max_retries: 0, delivery: 'at_most_once' },
      },
    ])
  })
})

it('for a check that starts nothing, secrets may be missing and what is not built is no problem', async () => {
  const text =
    '[state]\nbackend = "redis"\nurl = "${REDIS}"\n[audit]\nbackend = "embedded"\n[[providers]]\nname = "a"\ntype = "webhook"\nurl = "${HOOK}"\n'
  const source = { text, file: 'acteon.toml', folder: '/' }
  const { config, problems } = await parseConfig(source, {}, true)
  expect(problems).toEqual([])
  expect(config!.providers.map(({ name }) => name)).toEqual(['a'])
  expect((await parseConfig({ ...source, text: `${text}x = 1\n` }, {}, true)).problems).toHaveLength(1)
})

describe('secrets', () => {
  const canary = 'hunter2-canary'
  const text = `
[audit]
url = "postgres://acteon:${canary}@db/acteon"
[[providers]]
name = "hook"
type = "webhook"
url = "https://user:${canary}@example.test/x"
secret = "${canary}"
[providers.headers]
Authorization = "Bearer ${canary}"
X-Team = "ops"
`
  it('are in the configuration, but not in what is printed or serialised of it', async () => {
    const { config } = await parse(text)
    expect(config!.providers[0]!.settings['secret']).toBe(canary)
    for (const part of [config!, { ...config! }, config!.audit, config!.providers, config!.providers[0]!.settings]) {
      expect(JSON.stringify(part)).not.toContain(canary)
      expect(inspect(part, { depth: 10 })).not.toContain(canary)
    }
    expect(JSON.parse(JSON.stringify(config))).toMatchObject({
      audit: { url: 'postgres://acteon:[secret]@db/acteon' },
      providers: [
        {
          name: 'hook',
          url: 'https://user:[secret]@example.test/x',
          secret: '[secret]',
          headers: '[secret]',
        },
      ],
    })
  })

  it('are not repeated by errors', async () => {
    const found = [
      ...(await texts(text.replace(`secret = "${canary}"`, `secret = ["${canary}"]`))),
      ...(await texts('[server]\nport = "${TOKEN}"\n', { TOKEN: canary })),
      ...(await texts(`[server]\nport = 1\nx = "${canary}" y\n`)),
      ...(await texts('[[providers]]\nname = "a"\ntype = "webhook"\nurl = "http://x"\nsecret = ""\n')),
    ]
    expect(found).toHaveLength(4)
    expect(found.join('\n')).not.toContain(canary)
    expect(found[3]).toMatch(/^acteon\.toml:5:1: providers\[0\]\.secret: .*, found something else \(not shown\)$/)
  })
})

describe('a file', () => {
  it('that is not there is an error that names it and says what to do', async () => {
    const missing = loadConfig('nowhere.toml', { env: {}, cwd: tmpdir() })
    await expect(missing).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'nowhere.toml: there is no such file; `acteon init` writes one',
    })
  })

  it('is read with paths relative to its own folder, and its first problem is the message', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'acteon-config-'))
    writeFileSync(join(folder, 'acteon.toml'), '[rules]\ndirectory = "r"\n')
    const { config } = await loadConfig('acteon.toml', { env: {}, cwd: folder })
    expect(config.rules.directory).toBe(join(folder, 'r'))

    writeFileSync(join(folder, 'acteon.toml'), 'a = 1\nb = 2\n')
    const broken = loadConfig('acteon.toml', { env: {}, cwd: folder })
    const error = (await broken.catch((thrown: unknown) => thrown)) as ActeonError
    expect(error.message).toMatch(/^acteon\.toml:1:1: a: unknown name "a".* \(and 1 more\)$/)
    expect(error.details['problems']).toHaveLength(2)
    expect(readFileSync(join(folder, 'acteon.toml'), 'utf8')).toBe('a = 1\nb = 2\n')
  })
})

const productionPage = `
[server]
host = "0.0.0.0"
port = 8080

[state]
backend = "redis"
url = "redis://redis:6379"
prefix = "acteon"

[audit]
enabled = true
backend = "postgres"
url = "postgres://acteon:acteon@postgres:5432/acteon"
prefix = "acteon_"
ttl_seconds = 2592000
store_payload = true

[audit.redact]
enabled = true
fields = ["password", "token", "api_key", "secret", "credit_card"]
placeholder = "[REDACTED]"

[rules]
directory = "./rules"

[executor]
max_retries = 3
timeout_seconds = 30
max_concurrent = 100

[auth]
enabled = true
config_path = "auth.toml"
watch = true
`
