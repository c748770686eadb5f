import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { SignJWT } from 'jose'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashPassword } from '../access/passwords.js'
import { parseConfig } from '../config/load.js'
import { requireDeclaredAccess } from './access.js'
import { startServer, type RunningServer } from './start.js'
import type { App } from './typed.js'

const SECRET = '0123456789abcdef0123456789abcdef'
const PASSWORD = 'correct horse battery staple'
const CANARY = 'canary-of-acme'
const grantsOf = (tenants: string[], more = '') =>
  `[[api_keys.grants]]\ntenants = ${JSON.stringify(tenants)}\nnamespaces = ["*"]\nproviders = ["*"]\nactions = ["*"]\n${more}`
const keyOf = (name: string): string => `acteon_key-of-${name}`
const entryOf = (name: string, role: string, tenants: string[], more = ''): string =>
  `[[api_keys]]\nname = "${name}"\nkey_hash = "${createHash('sha256').update(keyOf(name)).digest('hex')}"\nrole = "${role}"\n${more}${grantsOf(tenants)}\n`

const RULES = `rules:
  - name: rule-${CANARY}
    condition: { all: [{ field: action.tenant, eq: acme }, { field: action.action_type, eq: quiet }] }
    action: { type: suppress, reason: "${CANARY}" }
  - name: together
    condition: { field: action.action_type, eq: together }
    action: { type: group, group_by: [tenant, payload.of], group_wait_seconds: 600 }
  - name: tracked
    condition: { field: action.action_type, eq: tracked }
    action: { type: state_machine, state_machine: ticket, fingerprint_fields: [payload.of] }
  - name: rule-${CANARY}-behind
    condition: { all: [{ field: action.tenant, eq: acme }, { field: action.action_type, eq: tracked }] }
    action: { type: suppress }
`
const CONFIG = `
[state]
backend = "memory"
[auth]
enabled = true
[executor]
max_retries = 0
[[providers]]
name = "email"
type = "log"
[[providers]]
name = "broken"
type = "webhook"
url = "http://127.0.0.1:9/"
[[state_machines]]
name = "ticket"
initial_state = "open"
states = ["open", "closed"]
[[state_machines.transitions]]
from = "open"
to = "closed"
`

let dir: string
let server: RunningServer
let table: string

async function callAs(who: string | null, method: string, path: string, body?: unknown, headers: object = {}) {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...(who !== null && { authorization: `Bearer ${who}` }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    text,
    headers: answer.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : undefined,
  }
}
const as = (name: string, method: string, path: string, body?: unknown) => callAs(keyOf(name), method, path, body)
const write = (text: string): void => writeFileSync(join(dir, 'auth.toml'), text)

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'acteon-access-'))
  mkdirSync(join(dir, 'rules'))
  writeFileSync(join(dir, 'rules', 'all.yaml'), RULES)
  table = [
    `[settings]\njwt_secret = "${SECRET}"\n`,
    `[[users]]\nusername = "alice"\npassword_hash = "${await hashPassword(PASSWORD)}"\nrole = "operator"\n${grantsOf(['acme']).replaceAll('api_keys', 'users')}`,
    entryOf('root', 'admin', ['*']),
    entryOf('watcher', 'viewer', ['*']),
    entryOf('acme', 'operator', ['acme']),
    entryOf('child', 'operator', ['acme.us-east']),
    entryOf('corp', 'operator', ['acme-corp']),
    entryOf('bolt', 'admin', ['bolt']),
    entryOf('slow', 'operator', ['bolt'], 'rate_limit = { requests = 5, window_seconds = 60 }\n'),
  ].join('\n')
  write(table)
  const { config, problems } = await parseConfig({ text: CONFIG, file: 'acteon.toml', folder: dir }, {})
  expect(problems).toEqual([])
  server = await startServer(config!, { port: 0, log: pino({ level: 'silent' }) })
  for (const tenant of ['acme', 'acme.us-east'])
    for (const [action_type, provider] of [
      ['plain', 'email'],
      ['quiet', 'email'],
      ['together', 'email'],
      ['tracked', 'email'],
      ['plain', 'broken'],
    ] as const) {
      const answer = await as('acme', 'POST', '/v1/dispatch', {
        namespace: 'shop',
        tenant,
        provider,
        action_type,
        id: `${CANARY}-${tenant}-${action_type}-${provider}`,
        fingerprint: `${CANARY}-${tenant}`,
        payload: { of: `${CANARY}-${tenant}` },
        metadata: { label: CANARY },
      })
      expect(answer.status, answer.text).toBe(200)
    }
}, 60_000)

afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

interface Operation {
  method: string
  path: string
  summary: string
}
async function operations(): Promise<Operation[]> {
  const { body } = await as('root', 'GET', '/openapi.json')
  const paths = body!['paths'] as Record<string, Record<string, { summary: string }>>
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary }]) => ({ method: method.toUpperCase(), path, summary })),
  )
}

/** Paths with the ids of what belongs to acme. */
async function idsOfAcme(): Promise<Record<string, string>> {
  const letters = (await as('acme', 'GET', '/v1/dead-letters?tenant=acme')).body!['dead_letters'] as { id: string }[]
  const groups = (await as('acme', 'GET', '/v1/groups?tenant=acme')).body!['groups'] as { group_key: string }[]
  return {
    '/v1/dead-letters': letters[0]!.id,
    '/v1/groups': groups[0]!.group_key,
    '/v1/events': `${CANARY}-acme`,
    '/v1/actions': `${CANARY}-acme-plain-email`,
    '/v1/audit': `${CANARY}-acme-plain-email`,
    '/v1/subscribe': `${CANARY}-acme-plain-email`,
  }
}
const pathOf = (path: string, ids: Record<string, string>): string => {
  const id = Object.entries(ids).find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'email'
  return path.replace('{kind}', 'action').replace(/\{[a-z_]+\}/g, encodeURIComponent(id))
}
const OPEN = new Set(['GET /health', 'GET /ready', 'POST /v1/auth/login'])
const STREAMS = /^\/v1\/(stream|subscribe)/
const BODIES: Record<string, unknown> = {
  '/v1/events/{fingerprint}/transition': { to_state: 'closed' },
  '/v1/dispatch': { namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'plain' },
  '/v1/dispatch/batch': [{ namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'plain' }],
  '/v1/rules/evaluate': { namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'quiet', payload: {} },
  '/v1/render': { action: { namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'plain' } },
  '/v1/dead-letters/{id}': { payload: { mended: true } },
  '/v1/dead-letters/redeliver': {},
  '/v1/rules/{name}/enabled': { enabled: false },
}
const bodyOf = ({ method, path }: Operation): unknown =>
  method === 'GET' || method === 'DELETE' ? undefined : (BODIES[path] ?? (method === 'POST' ? {} : undefined))

describe('every operation', () => {
  it('asks who is calling, but health, readiness and the login; paths that do not exist ask too', async () => {
    for (const operation of await operations()) {
      const { method, path } = operation
      if (OPEN.has(`${method} ${path}`)) continue
      const answer = await callAs(null, method, pathOf(path, {}), bodyOf(operation))
      expect([method, path, answer.status]).toEqual([method, path, 401])
      expect(answer.body).toMatchObject({ code: 'UNAUTHENTICATED' })
    }
    for (const path of ['/nowhere', '/docs', '/openapi.json', '/v1/dlq'])
      expect([path, (await callAs(null, 'GET', path)).status]).toEqual([path, 401])
    for (const path of ['/', '/page.css', '/login', '/login.js'])
      expect((await callAs(null, 'GET', path)).status).toBe(200)
    expect(Object.keys((await callAs(null, 'GET', '/health')).body!)).toEqual(['status'])
    expect(Object.keys((await as('root', 'GET', '/health')).body!)).toContain('durability')
  })

  it('lets a viewer change nothing', async () => {
    const ids = await idsOfAcme()
    for (const operation of await operations()) {
      const { method, path } = operation
      const changes = method !== 'GET' && !/auth|evaluate|check|format|new-file|render/.test(path)
      if (!changes) continue
      const answer = await as('watcher', method, pathOf(path, ids), bodyOf(operation))
      expect([method, path, answer.status]).toEqual([method, path, 403])
    }
  })

  it.each(['bolt', 'corp', 'child'])(
    'shows %s nothing of acme, by list, id, figure, rule or error, and lets it change nothing there',
    async (name) => {
      const ids = await idsOfAcme()
      const secret = name === 'child' ? new RegExp(`${CANARY}-acme(?!\\.us-east)|rule-${CANARY}`) : new RegExp(CANARY)
      for (const operation of await operations()) {
        const { method, path } = operation
        // What is asked for by a missing id is answered with that id, and streams are looked at below.
        if (STREAMS.test(path) || (name === 'child' && /drain|redeliver$/.test(path))) continue
        const asked = pathOf(path, ids)
        const answer = await as(name, method, asked, bodyOf(operation))
        const own = answer.text.replaceAll(/There is no [^"]*\\"[^"]*\\"/g, '')
        expect([method, path, answer.status, secret.exec(own)?.[0]]).toEqual([method, path, answer.status, undefined])
        if (path.includes('{') && Object.keys(ids).some((prefix) => path.startsWith(prefix)))
          expect([method, path, answer.status]).toEqual([method, path, 404])
        if (BODIES[path] !== undefined && JSON.stringify(BODIES[path]).includes('"tenant"') && !path.endsWith('batch'))
          expect([method, path, answer.status]).toEqual([method, path, 403])
      }
      for (const list of ['actions', 'audit', 'events', 'groups', 'dead-letters'])
        expect([list, (await as(name, 'GET', `/v1/${list}?tenant=acme`)).status]).toEqual([list, 403])
      const stillThere = await as('acme', 'GET', `/v1/events/${CANARY}-acme`)
      expect(stillThere.body).toMatchObject({ state: 'open' })
    },
  )

  it('tells a tenant of the rules behind the one that decided as far as they concern it, and counts the others', async () => {
    const action = { namespace: 'shop', tenant: 'bolt', provider: 'email', action_type: 'together', id: 'b-1' }
    expect((await as('bolt', 'POST', '/v1/dispatch', action)).status).toBe(200)
    const behind = await as('bolt', 'GET', '/v1/actions/b-1/rules-behind')
    expect(behind.body).toMatchObject({ behind: 'together', rules: [{ rule: 'tracked' }], not_shown: 1 })
    expect(behind.text).not.toContain(CANARY)
    const all = await as('root', 'GET', '/v1/actions/b-1/rules-behind')
    expect(all.body).toMatchObject({ rules: [{}, { rule: `rule-${CANARY}-behind` }], not_shown: 0 })
  })

  it("answers for somebody else's id as for one that does not exist", async () => {
    const ids = await idsOfAcme()
    for (const { method, path } of await operations()) {
      const prefix = Object.keys(ids).find((one) => path.startsWith(`${one}/{`))
      if (prefix === undefined || STREAMS.test(path)) continue
      const body = bodyOf({ method, path, summary: '' })
      const theirs = await as('bolt', method, pathOf(path, ids), body)
      const missing = await as('bolt', method, pathOf(path, { [prefix]: 'no-such-thing' }), body)
      expect(theirs.status).toBe(missing.status)
      expect(theirs.text.replaceAll(ids[prefix]!, 'X')).toBe(missing.text.replaceAll('no-such-thing', 'X'))
    }
  })

  it('shows a parent tenant what its children have, and a child only its own', async () => {
    const tenantsIn = async (name: string, list: string, member: string): Promise<string[]> => {
      const { body } = await as(name, 'GET', `/v1/${list}?limit=100`)
      return [...new Set((body![member] as { tenant: string }[]).map(({ tenant }) => tenant))].sort()
    }
    for (const [list, member] of [
      ['events', 'events'],
      ['groups', 'groups'],
      ['dead-letters', 'dead_letters'],
      ['audit', 'records'],
      ['actions', 'actions'],
    ] as const) {
      const groups = list === 'groups'
      if (!groups) expect([list, await tenantsIn('acme', list, member)]).toEqual([list, ['acme', 'acme.us-east']])
      if (!groups) expect([list, await tenantsIn('child', list, member)]).toEqual([list, ['acme.us-east']])
      const count = async (name: string, query = '') =>
        ((await as(name, 'GET', `/v1/${list}?limit=100${query}`)).body![member] as unknown[]).length
      expect([list, await count('child')]).toEqual([list, await count('acme', '&tenant=acme.us-east')])
      expect([list, await count('acme')]).toEqual([
        list,
        (await count('child')) + (await count('acme', '&tenant=acme')),
      ])
    }
  })

  it('pages through what a caller may see, whole and without repeating', async () => {
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await as('child', 'GET', `/v1/audit?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...(body!['records'] as { id: string }[]).map(({ id }) => id))
      cursor = (body!['next_cursor'] as string | undefined) ?? ''
    } while (cursor !== '')
    const { body } = await as('child', 'GET', '/v1/audit?limit=100')
    expect(seen).toEqual((body!['records'] as { id: string }[]).map(({ id }) => id))
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('needs grants of everything for what concerns everybody', async () => {
    for (const [method, path] of [
      ['POST', '/v1/rules/reload'],
      ['GET', '/admin/config'],
      ['GET', '/admin/config/values'],
      ['GET', '/metrics'],
      ['POST', '/v1/providers/email/test'],
    ] as const) {
      expect([path, (await as('bolt', method, path)).status]).toEqual([path, 403])
      expect([path, (await as('root', method, path)).status]).toEqual([path, 200])
    }
    const action = { namespace: 'shop', tenant: 'bolt', provider: 'email', action_type: 'plain', payload: {} }
    const changed = { ...action, files: [{ path: 'x.yaml', text: 'rules: []' }] }
    expect((await as('bolt', 'POST', '/v1/rules/evaluate', action)).status).toBe(200)
    expect((await as('bolt', 'POST', '/v1/rules/evaluate', changed)).status).toBe(403)
    expect((await as('watcher', 'POST', '/v1/rules/evaluate', changed)).status).toBe(200)
    const names = async (who: string) =>
      (JSON.parse((await as(who, 'GET', '/v1/rules')).text) as { name: string }[]).map(({ name }) => name)
    expect(await names('bolt')).toEqual(['together', 'tracked'])
    expect(await names('acme')).toHaveLength(4)
  })
})

it('a route that does not say who may use it stops the start', () => {
  const app = fastify() as unknown as App
  requireDeclaredAccess(app)
  expect(() => app.get('/open', { config: { access: 'open' } }, async () => 'x')).not.toThrow()
  expect(() => app.get('/forgotten', async () => 'x')).toThrow(/does not say who may use it/)
})

describe('a stream', () => {
  const open = async (who: string, path = '/v1/stream') => {
    const over = new AbortController()
    const answer = await fetch(`${server.url}${path}`, {
      headers: { authorization: `Bearer ${keyOf(who)}` },
      signal: over.signal,
    })
    let text = ''
    const done = (async () => {
      for await (const piece of answer.body!) text += Buffer.from(piece as Uint8Array).toString()
    })().catch(() => undefined)
    return { status: answer.status, text: () => text, done, end: () => over.abort() }
  }

  it('carries nothing of another tenant, live, aggregated, or from the beginning', async () => {
    const streams = await Promise.all([
      open('bolt'),
      open('bolt', '/v1/stream/live'),
      open('bolt', `/v1/subscribe/action/${CANARY}-acme-plain-email`),
    ])
    for (let i = 0; i < 200; i++)
      await as('acme', 'POST', '/v1/dispatch', {
        namespace: 'shop',
        tenant: 'acme',
        provider: 'email',
        action_type: `type-${CANARY}`,
      })
    const mark = { namespace: 'shop', tenant: 'bolt', provider: 'email', action_type: 'mark' }
    await as('bolt', 'POST', '/v1/dispatch', mark)
    for (const stream of streams.slice(0, 2)) await expect.poll(stream.text, { timeout: 15_000 }).toContain('mark')
    for (const stream of streams) {
      expect(stream.text()).not.toContain('acme')
      stream.end()
    }
  })

  it('ends within two seconds when its key is removed, and so does all else of that key', async () => {
    write(`${table}${entryOf('guest', 'operator', ['guest'])}`)
    await expect.poll(async () => (await as('guest', 'GET', '/v1/auth/me')).status, { timeout: 15_000 }).toBe(200)
    const stream = await open('guest')
    let running = true
    const late: number[] = []
    let removedAt = Infinity
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (running) {
          const { status } = await as('guest', 'GET', '/v1/auth/me')
          if (status === 200 && performance.now() - removedAt > 2_000) late.push(status)
        }
      }),
    )
    removedAt = performance.now()
    write(table)
    await stream.done
    await expect.poll(() => performance.now() - removedAt, { timeout: 15_000 }).toBeGreaterThan(2_500)
    running = false
    await load
    expect(late).toEqual([])
    expect((await as('guest', 'GET', '/v1/auth/me')).status).toBe(401)
  })
})

describe('a login', () => {
  const login = (username: string, password: string, more = {}) =>
    callAs(null, 'POST', '/v1/auth/login', { username, password, ...more })

  it('gives a token that works until it is logged out, on this and any node', async () => {
    const { body } = await login('alice', PASSWORD)
    expect(body).toMatchObject({ expires_in: 3_600, token: expect.any(String) as string })
    const token = body!['token'] as string
    expect((await callAs(token, 'GET', '/v1/auth/me')).body).toMatchObject({
      caller_id: 'alice',
      auth_method: 'jwt',
      role: 'operator',
      everywhere: false,
    })
    expect((await callAs(null, 'GET', '/v1/auth/me', undefined, { 'x-api-key': token })).status).toBe(200)
    const sent = await callAs(token, 'POST', '/v1/dispatch', {
      namespace: 'shop',
      tenant: 'acme',
      provider: 'email',
      action_type: 'by-alice',
      id: 'by-alice',
    })
    expect(sent.status).toBe(200)
    const record = await callAs(token, 'GET', '/v1/audit/by-alice')
    expect(record.body).toMatchObject({ caller_id: 'alice', auth_method: 'jwt' })
    expect((await callAs(token, 'POST', '/v1/auth/logout')).body).toEqual({ status: 'logged_out' })
    expect((await callAs(token, 'GET', '/v1/auth/me')).status).toBe(401)
    expect((await server.gateway.state.listRecords('revoked_token')).items).toHaveLength(1)
  })

  it('as a session needs its token for changes, and its cookie is read by no page', async () => {
    const answer = await login('alice', PASSWORD, { session: true })
    expect(answer.body).not.toHaveProperty('token')
    const set = answer.headers.get('set-cookie')!
    expect(set).toMatch(/^acteon=.*; Path=\/; HttpOnly; SameSite=Strict; Max-Age=3600$/)
    const cookie = set.split(';')[0]!
    const action = { namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'plain' }
    const post = (headers: object) => callAs(null, 'POST', '/v1/dispatch', action, { cookie, ...headers })
    expect((await callAs(null, 'GET', '/v1/auth/me', undefined, { cookie })).body).toMatchObject({
      auth_method: 'session',
      csrf_token: answer.body!['csrf_token'],
    })
    expect((await post({})).body).toMatchObject({ code: 'CROSS_SITE' })
    expect((await post({ 'x-csrf-token': 'x' })).status).toBe(403)
    expect((await post({ 'x-csrf-token': answer.body!['csrf_token'] })).status).toBe(200)
    expect((await post({ 'x-csrf-token': answer.body!['csrf_token'], origin: 'http://evil.example' })).status).toBe(403)
    const secure = await callAs(
      null,
      'POST',
      '/v1/auth/login',
      { username: 'alice', password: PASSWORD, session: true },
      { 'x-forwarded-proto': 'https' },
    )
    expect(secure.headers.get('set-cookie')).toMatch(/^__Host-acteon=.*; Secure$/)
  })

  it('is refused in the same words for a wrong password and a wrong name, and after five times for a while', async () => {
    const wrong = await login('alice', 'wrong')
    const unknown = await login('nobody-at-all', 'wrong')
    expect([wrong.status, wrong.text]).toEqual([401, unknown.text])
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await login('alice', 'wrong')).status)
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    const right = await login('alice', PASSWORD)
    expect(right.status).toBe(429)
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

it('refuses sixty forged tokens', async () => {
  const key = Buffer.from(SECRET)
  const now = Math.floor(Date.now() / 1_000)
  const b64 = (value: unknown): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  const claims = { iss: 'acteon', sub: 'alice', jti: 'j', iat: now, exp: now + 600 }
  const { createHmac } = await import('node:crypto')
  const signed = (header: unknown, payload: unknown, secret: string | Buffer = key, hash = 'sha256'): string => {
    const text = `${b64(header)}.${b64(payload)}`
    return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
  }
  const ours = { alg: 'HS256', typ: 'JWT' }
  const without = (name: string) => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))
  const good = signed(ours, claims)
  expect((await callAs(good, 'GET', '/v1/auth/me')).status).toBe(200)
  const forged = [
    ...['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => [
      `${b64({ alg, typ: 'JWT' })}.${b64(claims)}.`,
      signed({ alg, typ: 'JWT' }, claims),
    ]),
    ...['HS384', 'HS512', 'RS256', 'ES256', 'PS256', 'EdDSA', 'hs256'].map((alg) =>
      signed({ alg, typ: 'JWT' }, claims),
    ),
    signed({ alg: 'HS512', typ: 'JWT' }, claims, key, 'sha512'),
    ...['', 'secret', 'acteon', SECRET.toUpperCase(), `${SECRET} `].map((secret) => signed(ours, claims, secret)),
    ...[
      { kid: '../../dev/null' },
      { kid: "' OR 1=1" },
      { jku: 'http://127.0.0.1/keys' },
      { jwk: { kty: 'oct', k: 'AAAA' } },
      { x5u: 'http://x' },
      { x5c: ['x'] },
      { crit: ['exp'] },
      { b64: false, crit: ['b64'] },
      { zip: 'DEF' },
      { cty: 'JWT' },
    ].map((more) => signed({ ...ours, ...more }, claims)),
    ...['iss', 'sub', 'jti', 'iat', 'exp'].map((name) => signed(ours, without(name))),
    ...[
      { exp: now - 1 },
      { exp: now - 86_400 },
      { exp: now + 3_700 },
      { exp: now + 86_400 },
      { exp: 'never' },
      { exp: null },
      { exp: 1e300 },
      { iat: now + 600, exp: now + 1_200 },
      { iat: now - 7_200 },
      { iat: 'x' },
      { nbf: now + 600 },
      { iss: 'other' },
      { sub: 'nobody' },
      { sub: 7 },
      { sub: ['alice'] },
      { jti: '' },
      { jti: 7 },
    ].map((more) => signed(ours, { ...claims, ...more })),
    signed(ours, JSON.stringify(claims).replace('"sub":"alice"', '"sub":"alice","sub":"root"')),
    signed(ours, JSON.stringify(claims).replace('{', '{ ')),
    signed('{"typ":"JWT","alg":"HS256"}', claims),
    signed('{"alg":"HS256","typ":"JWT","alg":"none"}', claims),
    `${good.slice(0, -2)}xx`,
    `${good}=`,
    `${good}.x`,
    `${good.split('.').slice(0, 2).join('.')}.`,
    await new SignJWT({ role: 'admin' }).setProtectedHeader({ alg: 'HS256' }).sign(key),
    '..',
    'a.b.c',
  ]
  expect(forged.length).toBeGreaterThanOrEqual(60)
  for (const token of forged) {
    const { status, text } = await callAs(token, 'GET', '/v1/auth/me')
    expect(status, `${token} was answered ${text}`).toBe(401)
  }
}, 60_000)

it('shows who may come in to an admin of all tenants, and nothing that could be used to', async () => {
  const answer = await as('root', 'GET', '/v1/auth/entries')
  expect(answer.status, answer.text).toBe(200)
  const { entries, problem } = answer.body as { entries: { name: string; kind: string }[]; problem: null }
  expect(problem).toBeNull()
  expect(entries.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
    'user alice',
    ...['acme', 'bolt', 'child', 'corp', 'root', 'slow', 'watcher'].map((name) => `api_key ${name}`),
  ])
  expect(entries.find(({ name }) => name === 'slow')).toEqual({
    name: 'slow',
    kind: 'api_key',
    role: 'operator',
    grants: [{ tenants: ['bolt'], namespaces: ['*'], providers: ['*'], actions: ['*'] }],
    rate_limit: { requests: 5, window_seconds: 60 },
    expires_at: null,
    expired: false,
  })
  const secrets = [SECRET, 'argon2', ...table.match(/[0-9a-f]{64}/g)!]
  for (const secret of secrets) expect(answer.text).not.toContain(secret)
  // An admin of one tenant has no say over others, nor a look at them.
  expect((await as('bolt', 'GET', '/v1/auth/entries')).status).toBe(403)
})

it('refuses a bad key before the body has come', async () => {
  const answer = await new Promise<number>((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    const request = httpRequest({
      hostname,
      port,
      method: 'POST',
      path: '/v1/dispatch',
      headers: { authorization: 'Bearer acteon_wrong', 'content-length': 1_000_000 },
    })
    request.on('response', ({ statusCode }) => {
      resolve(statusCode ?? 0)
      request.destroy()
    })
    request.on('error', reject)
    request.flushHeaders()
  })
  expect(answer).toBe(401)
})

it("counts a caller's actions exactly: a batch costs as many as it has", async () => {
  const action = { namespace: 'shop', tenant: 'bolt', provider: 'email', action_type: 'plain' }
  expect((await as('slow', 'POST', '/v1/dispatch/batch', [action, action, action])).status).toBe(200)
  const refused = await as('slow', 'POST', '/v1/dispatch/batch', [action, action, action])
  expect([refused.status, refused.body!['code']]).toEqual([429, 'RATE_EXCEEDED'])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
})

it('a broken file changes nothing, and health says so until it is mended', async () => {
  write('[[api_keys]]\nname = "x"\nrole = "king"\n')
  const health = async () => (await as('root', 'GET', '/health')).body!
  await expect
    .poll(async () => (await health())['reasons'], { timeout: 15_000 })
    .toEqual([expect.stringMatching(/auth\.toml:\d+:\d+: /)])
  expect((await as('acme', 'GET', '/v1/auth/me')).status).toBe(200)
  expect((await callAs(null, 'GET', '/health')).body).toEqual({ status: 'degraded' })
  write(table)
  await expect.poll(async () => (await health())['status'], { timeout: 15_000 }).toBe('ok')
})
