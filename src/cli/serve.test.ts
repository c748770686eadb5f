import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIRST_FILES } from './first-files.js'
import { acteon, type Ran } from './io.fixture.js'

const folder = (): string => mkdtempSync(join(tmpdir(), 'acteon-serve-'))

/** Serves until it is told to stop. */
async function serving(args: string[], cwd: string, env: Record<string, string> = {}) {
  const stop = new AbortController()
  let ended: Promise<Ran> | undefined
  const url = await new Promise<string>((resolve, reject) => {
    const onOut = (out: string): void => {
      const found = /is ready at (\S+)/.exec(out)
      if (found !== null) resolve(found[1]!)
    }
    ended = acteon(args, { cwd, env: { ACTEON_LOG__LEVEL: 'silent', ...env }, stop: stop.signal, onOut })
    void ended.then(({ err }) => reject(new Error(err)))
  })
  const stopped = async (): Promise<Ran> => {
    stop.abort()
    return ended!
  }
  return { url, stop: stopped }
}

describe('a gateway as `acteon init` writes it', () => {
  const cwd = folder()
  let server: Awaited<ReturnType<typeof serving>>
  const run = (...args: string[]) => acteon(args, { cwd, env: { ACTEON_ENDPOINT: server.url } })
  const message = [
    'dispatch',
    '--namespace',
    'shop',
    '--tenant',
    'acme',
    '--provider',
    'email',
    '--type',
    'send_message',
  ]

  beforeAll(async () => {
    const { code, out } = await acteon(['init'], { cwd })
    expect(code).toBe(0)
    expect(out).toContain('wrote acteon.toml\nwrote rules/first.yaml\n')
    server = await serving(['-c', 'acteon.toml', '--port', '0'], cwd)
  })

  it('delivers one thing it says to try, and holds the other back', async () => {
    const commands = FIRST_FILES['try.txt']!.matchAll(/-d '(.*)'/g)
    const answers = [...commands].map(async ([, body]) =>
      (await fetch(`${server.url}/v1/dispatch`, { method: 'POST', body: body! })).json(),
    )
    const [delivered, held] = (await Promise.all(answers)) as Record<string, { rule?: string }>[]
    expect(delivered).toHaveProperty('Executed')
    expect(held!['Suppressed']!.rule).toBe('no-test-mails')
  })

  it('explains why a message was not sent again', async () => {
    expect((await run(...message, '--id', 'm1', '--payload', '{"to":"a@b.c"}')).out).toContain('Executed (success)\n')
    expect((await run(...message, '--id', 'm2', '--payload', '{"to":"a@b.c"}')).out).toContain('Deduplicated')
    const { out } = await run('explain', 'm2')
    expect(out).toContain('    ✓ same-message-once: deduplicate\n        true   action_type eq "send_message"')
    expect(out).toContain('    ✗ same-message-once: deduplicate refused, held by m1\n')
    expect(out).toContain('  Duplicate of m1\n')
  })

  it('lists and shows what it decided', async () => {
    await run(...message, '--id', 'm3', '--payload', '{"priority":"urgent"}')
    const list = await run('audit', 'list', '--rule', 'urgent-goes-to-sms')
    expect(list.out).toMatch(
      / {2}m3 +send_message +acme +urgent-goes-to-sms +Rerouted: email → sms \(success\)\n1 of 1\n/,
    )
    expect((await run('audit', 'show', 'm3')).out).toContain('decided by rule urgent-goes-to-sms (reroute)')
    expect((await run('audit', 'replay', 'm3')).out).toMatch(/^Replayed as /)
    expect(await run('explain', 'nothing')).toMatchObject({ code: 4 })
    expect(await run('audit', 'list', '--outcome', 'suppresed')).toMatchObject({ code: 2 })
  })

  it('a failure for good becomes a dead letter only when there was a provider to fail', async () => {
    const failed = await run(...message.map((word) => (word === 'email' ? 'emial' : word)))
    expect(failed.code).toBe(1)
    expect(failed.out).toContain('did you mean "email"?')
    expect((await run('dead-letters', 'list')).out).toBe('No dead letters.\n')
  })

  it('follows what happens, from where another left off', async () => {
    const stop = new AbortController()
    let first = ''
    const following = acteon(['tail', '--json', '--tenant', 'acme'], {
      env: { ACTEON_ENDPOINT: server.url },
      stop: stop.signal,
      onOut(out) {
        first = out
        stop.abort()
      },
    })
    // The stream says nothing of what was before it, so something has to happen until it has connected.
    const ticking = (async () => {
      while (first === '') await run(...message, '--payload', '{"to":"x@example.invalid"}')
    })()
    await Promise.all([following, ticking])
    const seen = JSON.parse(first.split('\n')[0]!) as { id: string; type: string }
    expect(seen.type).toBe('action_dispatched')
    await run(...message, '--id', 'm9', '--payload', '{"to":"y@example.invalid"}')
    const rest = await acteon(['tail', '--since', seen.id, '--count', '1'], { env: { ACTEON_ENDPOINT: server.url } })
    expect(rest.out).toMatch(/ {2}shop\/acme {2}send_message {2}Suppressed by rule no-test-mails/)
  })

  it('a second process is told that the data directory is taken', async () => {
    const second = await acteon(['--port', '0'], { cwd, env: { ACTEON_LOG__LEVEL: 'silent' } })
    expect(second.code).toBe(1)
    expect(second.err).toMatch(/One process at a time may have it/)
  })

  it('and a taken port is named, with what to do', async () => {
    const port = server.url.split(':').pop()!
    const { code, err } = await acteon(['serve', '--port', port], {
      cwd: folder(),
      env: {
        ACTEON_LOG__LEVEL: 'silent',
        ACTEON_STATE__BACKEND: 'memory',
        ACTEON_RULES__DIRECTORY: '.',
      },
    })
    expect({ code, err }).toEqual({
      code: 1,
      err: `127.0.0.1:${port} is in use, perhaps by another Acteon; choose another with --port, or end that one.\n`,
    })
  })

  afterAll(async () => {
    const { code, err } = await server.stop()
    expect({ code, err }).toEqual({ code: 0, err: 'Stopping: work in flight has 25 s.\n' })
    await expect(fetch(server.url)).rejects.toThrow()
  })
})

describe('what cannot be started is refused with 78, and says why', () => {
  it.each<[string, Record<string, string>, string[], RegExp]>([
    ['an open address', {}, ['--host', '0.0.0.0'], /^server\.host: "0\.0\.0\.0" can be reached from other machines/],
    [
      'access control without its file',
      { 'acteon.toml': '[auth]\nenabled = true\n' },
      [],
      /^auth\.toml: there is no such file/,
    ],
    [
      'a wrong key',
      { 'acteon.toml': '[server]\nprot = 1\n' },
      [],
      /^acteon\.toml:2:1: server\.prot: .*did you mean "port"\?\n$/,
    ],
    ['two faults', { 'acteon.toml': 'a = 1\nb = 1\n' }, [], /^acteon\.toml:1:1: .*\nacteon\.toml:2:1: .*\n$/],
    ['wrong rules', { 'rules/a.yaml': 'rules: [{ name: 1 }]\n' }, [], /a\.yaml:1:\d+: rules\[0\]/],
    ['a file that is not there', {}, ['-c', 'nowhere.toml'], /^nowhere\.toml: there is no such file/],
  ])('%s', async (_name, files, args, sentence) => {
    const cwd = folder()
    await acteon(['init', 'sub'], { cwd })
    const at = join(cwd, 'sub')
    for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text)
    const { code, err } = await acteon(['serve', ...args, ...(args.includes('--host') ? [] : ['--port', '0'])], {
      cwd: at,
      env: { ACTEON_LOG__LEVEL: 'silent' },
    })
    expect(err).toMatch(sentence)
    expect(code).toBe(78)
  })

  it('a folder with nothing in it, with the way to begin', async () => {
    expect(await acteon([], { cwd: folder() })).toMatchObject({
      code: 78,
      err: 'There is neither acteon.toml nor rules/ here. `acteon init` writes both; or name a configuration with -c.\n',
    })
  })

  it('a port that is none is a wrong command line', async () => {
    expect(await acteon(['--port', 'http'], { cwd: folder() })).toMatchObject({
      code: 2,
      err: '--port "http" is no port; expected a number from 0 to 65535.\n',
    })
  })
})

it('acteon init overwrites nothing, and says what is there', async () => {
  const cwd = folder()
  writeFileSync(join(cwd, 'try.txt'), 'mine')
  const { code, err } = await acteon(['init'], { cwd })
  expect({ code, err }).toEqual({ code: 1, err: 'try.txt: already there, so nothing was written.\n' })
  expect(readFileSync(join(cwd, 'try.txt'), 'utf8')).toBe('mine')
  expect(existsSync(join(cwd, 'acteon.toml'))).toBe(false)
})

describe('acteon config', () => {
  const toml = `[[providers]]\nname = "hook"\ntype = "webhook"\nurl = "https://example.com/x"\nsecret = "\${SECRET}"\n`
  const written = (text: string): string => {
    const cwd = folder()
    writeFileSync(join(cwd, 'acteon.toml'), text)
    return cwd
  }

  it('check says what is right, and every problem of what is not', async () => {
    const cwd = written(toml)
    const env = { SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }
    expect(await acteon(['config', 'check'], { cwd, env })).toEqual({
      code: 0,
      out: 'acteon.toml: right (1 provider, 0 state machines).\n',
      err: '',
    })
    const unset = await acteon(['config', 'check', 'acteon.toml'], { cwd })
    expect(unset.code).toBe(78)
    expect(unset.err).toMatch(/^acteon\.toml:5:1: providers\[0\]\.secret: the environment variable SECRET is not set/)
    const short = await acteon(['config', 'check', '-c', 'acteon.toml'], { cwd, env: { SECRET: 'whsec_!' } })
    expect(short.code).toBe(78)
    expect(short.err).toContain('Provider "hook": secret:')
  })

  it('show prints what holds, secrets hidden', async () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const shown = await acteon(['config', 'show'], {
      cwd: written(toml),
      env: { SECRET: secret, ACTEON_SERVER__PORT: '9' },
    })
    expect(shown.out).toContain('port = 9\n')
    expect(shown.out).toContain('secret = "[secret]"\n')
    const json = await acteon(['config', 'show', '--json'], { cwd: written(toml), env: { SECRET: secret } })
    expect(JSON.parse(json.out)).toMatchObject({
      server: { port: 8080 },
      providers: [{ name: 'hook', secret: '[secret]' }],
    })
    const from = await acteon(['config', 'show', '--origins'], {
      cwd: written(toml),
      env: { SECRET: secret, ACTEON_SERVER__PORT: '9' },
    })
    expect(from.out).toMatch(/^KEY +FROM +VALUE\n/)
    expect(from.out).toMatch(/\nserver\.port +ACTEON_SERVER__PORT +9\n/)
    expect(from.out).toMatch(/\nserver\.host +default +127\.0\.0\.1\n/)
    expect(from.out).toMatch(/\nproviders\[0\]\.secret +acteon\.toml:5, from SECRET +\[secret\]\n/)
    expect(shown.out + json.out + from.out).not.toContain(secret)
  })
})
