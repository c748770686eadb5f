import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { hashPassword } from '../access/passwords.js'
import { parseConfig } from '../config/load.js'
import { createGateway } from '../gateway/create.js'
import type { StateStore } from '../state/store.js'
import { recordingProvider } from '../testing/providers.js'
import { createLog } from './log.js'
import { startServer, type RunningServer } from './start.js'

/** What these tests need of a backend that several nodes share. */
export interface SharedBackend {
  /** `[state]` and what belongs to it. */
  configuration(prefix: string): string
  open(prefix: string): Promise<StateStore>
  newPrefix(): string
  remove(prefix: string): Promise<void>
}

const PASSWORD = 'correct horse battery staple'
const PROVIDER = '[[providers]]\nname = "shown"\ntype = "log"\n'
const ruleOf = (name: string): string =>
  `rules:\n  - name: ${name}\n    condition: { field: action_type, eq: quiet }\n    action: { type: suppress }\n`
const keyOf = (name: string): string => `acteon_key-of-${name}`
const EVERYTHING = 'tenants = ["*"]\nnamespaces = ["*"]\nproviders = ["*"]\nactions = ["*"]\n'
const keyEntry = (name: string): string =>
  `[[api_keys]]\nname = "${name}"\nkey_hash = "${createHash('sha256').update(keyOf(name)).digest('hex')}"\nrole = "admin"\n[[api_keys.grants]]\n${EVERYTHING}`

/** Beside what was promised, for a machine that is busy with other tests. */
const BUSY_MS = 2_000

interface Answer {
  status: number
  body: Record<string, unknown>
  headers: Headers
}

/** Tests of what holds on all nodes: two servers, each with files of its own, on one store. */
export function testNodes(backend: SharedBackend): void {
  let users: string
  let folder: string
  let prefix: string
  const running: RunningServer[] = []
  beforeAll(async () => {
    const hash = await hashPassword(PASSWORD)
    users = `[settings]\njwt_secret = "${'s'.repeat(32)}"\n[[users]]\nusername = "alice"\npassword_hash = "${hash}"\nrole = "operator"\n[[users.grants]]\n${EVERYTHING}`
    folder = mkdtempSync(join(tmpdir(), 'acteon-nodes-'))
  })
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop()
    await backend.remove(prefix)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const rulesOf = (name: string): string => join(folder, prefix, name, 'rules', 'all.yaml')
  const configurationOf = (name: string): string => join(folder, prefix, name, 'acteon.toml')
  const usersAt = (name: string): string => join(folder, prefix, name, 'auth.toml')

  /** Nodes of these names; the users and keys of all are in the first one's folder, unless each has its own. */
  async function start(names: string[], { ownKeys = false } = {}): Promise<RunningServer[]> {
    prefix = backend.newPrefix()
    for (const name of names) {
      mkdirSync(join(folder, prefix, name, 'rules'), { recursive: true })
      writeFileSync(rulesOf(name), ruleOf('quiet'))
      writeFileSync(usersAt(name), users + keyEntry('root') + keyEntry('other'))
      const auth = `[auth]\nenabled = true\nconfig_path = "${usersAt(ownKeys ? name : names[0]!)}"\n`
      const server = `[server]\nport = 0\nnode = "${name}"\nshutdown_timeout_seconds = 1\n`
      writeFileSync(configurationOf(name), `${server}${backend.configuration(prefix)}\n${auth}${PROVIDER}`)
      const read = async () => {
        const text = readFileSync(configurationOf(name), 'utf8')
        const { config, origins, problems } = await parseConfig(
          { text, file: 'acteon.toml', folder: join(folder, prefix, name) },
          {},
        )
        if (config === undefined || origins === undefined) throw new Error(JSON.stringify(problems))
        return { config, origins }
      }
      const log = createLog({ level: 'fatal', format: 'text' }, () => {})
      const { config, origins } = await read()
      running.push(await startServer(config, { log, origins, reread: read }))
    }
    return [...running]
  }

  async function call(
    { url }: RunningServer,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = { authorization: `Bearer ${keyOf('root')}` },
  ): Promise<Answer> {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
      headers: answer.headers,
    }
  }

  let ids = 0
  const dispatch = (server: RunningServer, action_type: string, id = `a${++ids}`) =>
    call(server, 'POST', '/v1/dispatch', {
      ...{ id, namespace: 'shop', tenant: 'acme', provider: 'shown', action_type, payload: {} },
    })
  const isSuppressed = async (server: RunningServer) => 'Suppressed' in (await dispatch(server, 'quiet')).body

  /** How long it took until it was so, milliseconds. */
  async function until(what: string, isSo: () => Promise<boolean>): Promise<number> {
    const began = performance.now()
    while (!(await isSo())) {
      if (performance.now() - began > 30_000) throw new Error(`Waited 30 s until ${what}.`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return performance.now() - began
  }

  /** What a node's stream sends, until it is closed. */
  async function stream({ url }: RunningServer, headers: Record<string, string> = {}) {
    const over = new AbortController()
    const answer = await fetch(`${url}/v1/stream`, {
      headers: { authorization: `Bearer ${keyOf('root')}`, ...headers },
      signal: over.signal,
    })
    const frames: { id: string; action: unknown }[] = []
    const state = { ended: false }
    const decoder = new TextDecoder()
    const reading = (async () => {
      let text = ''
      for await (const chunk of answer.body!) {
        text += decoder.decode(chunk as Uint8Array, { stream: true })
        const blocks = text.split('\n\n')
        text = blocks.pop()!
        for (const block of blocks) {
          const id = /^id: (.*)$/m.exec(block)?.[1]
          const data = /^data: (.*)$/m.exec(block)?.[1]
          if (id !== undefined && data !== undefined)
            frames.push({ id, action: (JSON.parse(data) as { action_id: unknown }).action_id })
        }
      }
    })()
      .catch(() => undefined)
      .finally(() => (state.ended = true))
    const close = async (): Promise<void> => {
      over.abort()
      await reading
    }
    return { frames, state, close }
  }

  it('a rule that is switched on one node is switched on all within two seconds', async () => {
    const [a, b] = (await start(['a', 'b'])) as [RunningServer, RunningServer]
    expect(await isSuppressed(b)).toBe(true)
    await call(a, 'PUT', '/v1/rules/quiet/enabled', { enabled: false })
    expect(await until('b has it too', async () => !(await isSuppressed(b)))).toBeLessThan(2_000 + BUSY_MS)
    await call(b, 'PUT', '/v1/rules/quiet/enabled', { enabled: null })
    expect(await until('a has it too', () => isSuppressed(a))).toBeLessThan(2_000 + BUSY_MS)
  }, 60_000)

  it('a login that is ended on one node is over on all within two seconds, by token and by session', async () => {
    const [a, b] = (await start(['a', 'b'])) as [RunningServer, RunningServer]
    const login = { username: 'alice', password: PASSWORD }
    const { token } = (await call(a, 'POST', '/v1/auth/login', login, {})).body as { token: string }
    const session = await call(a, 'POST', '/v1/auth/login', { ...login, session: true }, {})
    const cookie = session.headers.get('set-cookie')!.split(';')[0]!
    const csrf = String(session.body['csrf_token'])
    const bearer = { authorization: `Bearer ${token}` }
    const me = async (headers: Record<string, string>) =>
      (await call(b, 'GET', '/v1/auth/me', undefined, headers)).status
    expect([await me(bearer), await me({ cookie })]).toEqual([200, 200])

    expect((await call(a, 'POST', '/v1/auth/logout', undefined, bearer)).status).toBe(200)
    expect(await until('the token is over', async () => (await me(bearer)) === 401)).toBeLessThan(2_000 + BUSY_MS)
    expect(await me({ cookie })).toBe(200)
    const ended = await call(a, 'POST', '/v1/auth/logout', undefined, { cookie, 'x-csrf-token': csrf })
    expect(ended.status).toBe(200)
    expect(await until('the session is over', async () => (await me({ cookie })) === 401)).toBeLessThan(2_000 + BUSY_MS)
  }, 60_000)

  it('a key that is taken out of the file of all nodes is refused by all within two seconds, and its streams end', async () => {
    const nodes = await start(['a', 'b'])
    const other = { authorization: `Bearer ${keyOf('other')}` }
    const streams = await Promise.all(nodes.map((node) => stream(node, other)))
    const statuses = () =>
      Promise.all(nodes.map(async (node) => (await call(node, 'GET', '/v1/auth/me', undefined, other)).status))
    expect(await statuses()).toEqual([200, 200])
    writeFileSync(usersAt('a'), users + keyEntry('root'))
    const tookMs = await until('no node knows it', async () => (await statuses()).every((status) => status === 401))
    expect(tookMs).toBeLessThan(2_000 + BUSY_MS)
    await until('its streams have ended', () => Promise.resolve(streams.every(({ state }) => state.ended)))
  }, 60_000)

  it('a stream of any node shows what happens on every node, once and in one order', async () => {
    const [a, b] = (await start(['a', 'b'])) as [RunningServer, RunningServer]
    const streams = [await stream(a), await stream(b)]
    const sent = Array.from({ length: 20 }, (_, n) => `s${n}`)
    await Promise.all(sent.map((id, n) => dispatch(n % 2 === 0 ? a : b, 'quiet', id)))
    await until('both have all', () => Promise.resolve(streams.every(({ frames }) => frames.length >= sent.length)))
    const [ofA, ofB] = streams.map(({ frames }) => frames) as [
      (typeof streams)[0]['frames'],
      (typeof streams)[0]['frames'],
    ]
    expect(ofA.map(({ action }) => action).sort()).toEqual(sent.sort())
    expect(ofB).toEqual(ofA)
    for (const one of streams) await one.close()
  }, 60_000)

  it('rule files that were changed on one node only are told of by all, until they agree or it is gone', async () => {
    const [a, b, c] = (await start(['a', 'b', 'c'])) as [RunningServer, RunningServer, RunningServer]
    const told = async (node: RunningServer) => (await call(node, 'GET', '/health')).body as unknown as Told
    const namesOf = ({ rules }: Told) => rules.differing_nodes.map(({ node }) => node).sort()
    expect(await told(a)).toMatchObject({ status: 'ok', rules: { differing_nodes: [] } })

    for (const name of ['a', 'c']) writeFileSync(rulesOf(name), ruleOf('edited'))
    await until('b says so', async () => namesOf(await told(b)).length === 2)
    await until('a says so', async () => namesOf(await told(a)).length === 1)
    expect(namesOf(await told(b))).toEqual(['a', 'c'])
    expect(await told(a)).toMatchObject({
      status: 'degraded',
      ready: true,
      reasons: [expect.stringMatching(/^the rules of node "b" are others than on this node since 20/) as string],
    })
    expect((await call(b, 'GET', '/v1/rules/status')).body['differing_nodes']).toHaveLength(2)
    const { items } = (await call(b, 'GET', '/v1/attention')).body as { items: { sentence: string }[] }
    expect(items).toContainEqual(
      expect.objectContaining({
        kind: 'health',
        sentence: 'The nodes do not run the same rules',
        detail: expect.stringMatching(/^The rules of nodes "a" and "c" are others/) as string,
        count: 2,
        since: expect.stringMatching(/^20/) as string,
        link: { page: 'rules' },
      }),
    )
    await until('its metrics say so', async () => {
      const headers = { authorization: `Bearer ${keyOf('root')}` }
      const text = await (await fetch(`${b.url}/metrics/prometheus`, { headers })).text()
      return /^acteon_differing_nodes\{what="rules"\} 2$/m.test(text)
    })

    await running.splice(running.indexOf(c), 1)[0]!.stop()
    await until('b no longer speaks of the one that is gone', async () => namesOf(await told(b)).join() === 'a')
    writeFileSync(rulesOf('b'), ruleOf('edited'))
    await until('they agree', async () => (await told(a)).status === 'ok' && (await told(b)).status === 'ok')
  }, 90_000)

  it('a configuration or keys that were changed on one node only are told of as well', async () => {
    const [a, b] = (await start(['a', 'b'], { ownKeys: true })) as [RunningServer, RunningServer]
    writeFileSync(usersAt('a'), users + keyEntry('root'))
    const text = `[server]\nport = 0\nnode = "a"\n${backend.configuration(prefix)}\n[auth]\nenabled = true\nconfig_path = "${usersAt('a')}"\n${PROVIDER}${PROVIDER.replace('shown', 'more')}`
    writeFileSync(configurationOf('a'), text)
    await a.reload()
    const told = async (node: RunningServer) => (await call(node, 'GET', '/health')).body as unknown as Told
    const differs = ({ configuration, access }: Told) => [configuration, access].map((of) => of.differing_nodes.length)
    await until('both say so', async () =>
      [await told(a), await told(b)].every((health) => differs(health).join() === '1,1'),
    )
    expect((await told(b)).reasons).toEqual([
      expect.stringMatching(/^providers, circuits or state machines of node "a" are configured otherwise/),
      expect.stringMatching(/^the users and keys of node "a" are others/),
    ])
    expect((await told(b)).rules.differing_nodes).toEqual([])
  }, 60_000)

  it('a reload on one node reaches all within five seconds, also where nobody watches the files', async () => {
    prefix = backend.newPrefix()
    const stores: StateStore[] = []
    const node = async (name: string) => {
      const directory = join(folder, prefix, name)
      mkdirSync(directory, { recursive: true })
      writeFileSync(join(directory, 'all.yaml'), ruleOf('before'))
      const state = await backend.open(prefix)
      stores.push(state)
      const providers = [recordingProvider('shown')]
      return createGateway({ state, audit: null, node: name, shared: true, rules: { directory }, providers })
    }
    const [a, b] = [await node('a'), await node('b')]
    try {
      for (const name of ['a', 'b']) writeFileSync(join(folder, prefix, name, 'all.yaml'), ruleOf('after'))
      expect((await a.rules.reload()).errors).toEqual([])
      const names = () => b.rules.list().map(({ name }) => name)
      const tookMs = await until('b has it', () => Promise.resolve(names().includes('after')))
      expect(tookMs).toBeLessThan(5_000 + BUSY_MS)
    } finally {
      await Promise.all([a.close(), b.close()])
      for (const store of stores) await store.close()
    }
  }, 60_000)
}

interface Told {
  status: string
  ready: boolean
  reasons: string[]
  rules: { differing_nodes: { node: string; since: string }[] }
  configuration: { differing_nodes: unknown[] }
  access: { differing_nodes: unknown[] }
}
