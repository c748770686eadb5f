import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, startServer, until, type RunningServer } from './server.js'

interface Received {
  path: string
  action: { action_type: string; payload: { title?: string; message?: string } }
}

/** Answers 200, but for /broken; keeps what it was sent. */
async function receiver() {
  const received: Received[] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += String(piece)))
    request.on('end', () => {
      received.push({ path: request.url!, action: JSON.parse(body === '' ? '{}' : body) as Received['action'] })
      response.writeHead(request.url === '/broken' ? 400 : 200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('a server that is operated', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-operate-'))
  let peer: Awaited<ReturnType<typeof receiver>>
  let server: RunningServer

  const provider = (name: string, path: string): string =>
    `[[providers]]\nname = "${name}"\ntype = "webhook"\nurl = "${peer.url}/${path}"\n`
  const configure = (text: string): void =>
    writeFileSync(
      join(folder, 'acteon.toml'),
      `[state]\npath = "./data"\n[executor]\nmax_retries = 0\n[alerts]\nprovider = "oncall"\n${provider('oncall', 'oncall')}${text}`,
    )
  const cli = (...args: string[]) => cliWith({ ACTEON_ENDPOINT: server.url }, ...args)
  const cliWith = (more: Record<string, string>, ...args: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const env = { ...process.env, NO_COLOR: '1', ...more }
      execFile(process.execPath, [BIN, ...args], { cwd: folder, env }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      )
    })
  const dispatch = async (name: string): Promise<unknown> => {
    const answer = await fetch(`${server.url}/v1/dispatch`, {
      method: 'POST',
      body: JSON.stringify({ namespace: 'shop', tenant: 'acme', provider: name, action_type: 'order', payload: {} }),
    })
    return answer.json()
  }
  const health = async () =>
    (await (await fetch(`${server.url}/health`)).json()) as { status: string; reasons: string[] }

  beforeAll(async () => {
    peer = await receiver()
    mkdirSync(join(folder, 'rules'))
    configure(provider('orders', 'orders') + provider('broken', 'broken'))
    server = await startServer({ cwd: folder, config: 'acteon.toml' })
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
    peer?.server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('lists providers, checks one and sends a test', async () => {
    const list = await cli('providers', 'list')
    expect(list.out).toMatch(/^NAME +TYPE +HEALTH/)
    expect(list.out).toMatch(/orders +webhook +well +closed/)
    expect((await cli('providers', 'check', 'orders')).out).toMatch(/^Well after \d+ ms\n$/)
    expect((await cli('providers', 'send', 'orders', '--payload', '{"hello":1}')).out).toMatch(/^Sent in \d+ ms/)
    expect(peer.received.at(-1)).toMatchObject({
      path: '/orders',
      action: { action_type: 'test', payload: { hello: 1 } },
    })
    const broken = await cli('providers', 'send', 'broken', '--json')
    expect(broken.code).toBe(1)
    expect(JSON.parse(broken.out)).toMatchObject({ success: false, status: 400, code: 'PROVIDER_REJECTED' })
    expect((await cli('providers', 'send', 'oders')).err).toContain('oders')
  }, 60_000)

  it('opens and closes a circuit by hand', async () => {
    expect((await cli('breakers', 'trip', 'orders')).out).toBe('The circuit is open until it is reset.\n')
    expect((await cli('breakers', 'list')).out).toMatch(/orders +open/)
    expect(await dispatch('orders')).toHaveProperty('CircuitOpen')
    expect((await cli('breakers', 'reset', 'orders')).code).toBe(0)
    expect(await dispatch('orders')).toHaveProperty('Executed')
  }, 60_000)

  it('shows the message that a provider would make, here and by the server', async () => {
    const action = {
      namespace: 'ops',
      tenant: 'acme',
      provider: 'email',
      action_type: 'disk_full',
      id: 'a1',
      created_at: '2026-01-31T09:30:00Z',
      payload: { title: 'Disk full on db-7', severity: 'critical', to: 'ops@example.com' },
    }
    writeFileSync(join(folder, 'action.json'), JSON.stringify(action))
    const mail = await cli('render', 'action.json', '--provider', 'email')
    expect(mail.out).toMatch(/^email \(email\), built in\n\nSubject: .*Disk full on db-7/)
    expect((await cli('render', 'action.json', '--provider', 'email', '--html')).out).toContain('Disk full on db-7')
    expect((await cliWith({}, 'render', 'action.json', '--provider', 'email')).out).toBe(mail.out)
    const slack = await cli('render', 'action.json', '--provider', 'slack', '--json')
    expect(JSON.parse(slack.out)).toMatchObject({ type: 'slack', templates: [], problem: null })
    expect((await cli('render', 'action.json', '--provider', 'pigeon')).code).not.toBe(0)
  }, 60_000)

  it('tells people of its own dead letters, once for all that come together', async () => {
    await Promise.all([dispatch('broken'), dispatch('broken'), dispatch('broken')])
    const alert = await until('the alert arrives', () =>
      Promise.resolve(peer.received.find(({ action }) => action.action_type === 'acteon_alert')),
    )
    expect(alert.path).toBe('/oncall')
    expect(alert.action.payload.title).toMatch(/^Acteon: [123] dead letters?$/)
    expect(alert.action.payload.message).toContain('order for broken (shop / acme')
  }, 60_000)

  it('rereads its configuration at SIGHUP: what is new works at once, and nothing is lost meanwhile', async () => {
    configure(provider('orders', 'moved') + provider('sms', 'sms') + provider('broken', 'broken'))
    const before = Promise.all(Array.from({ length: 20 }, () => dispatch('orders')))
    server.child.kill('SIGHUP')
    await until('the new provider works', async () =>
      JSON.stringify(await dispatch('sms')).includes('Executed') ? true : undefined,
    )
    for (const outcome of await before) expect(outcome).toHaveProperty('Executed')
    expect(await dispatch('orders')).toHaveProperty('Executed')
    expect(peer.received.at(-1)!.path).toBe('/moved')
  }, 60_000)

  it('goes on with what runs when the file is wrong, says so everywhere, and is well again after it was mended', async () => {
    configure(`[[providers]]\nname = "orders"\ntype = "wobhook"\n`)
    const refused = await cli('reload')
    expect(refused.code).not.toBe(0)
    expect(refused.err).toContain('did you mean "webhook"')
    expect(await health()).toMatchObject({ status: 'degraded' })
    expect((await health()).reasons.join()).toContain('the configuration was refused when it was reread')
    expect(await dispatch('sms')).toHaveProperty('Executed')
    configure(provider('orders', 'orders') + provider('sms', 'sms'))
    const mended = await cli('reload')
    expect(mended.out).toContain('Providers: 3 (changed orders; removed broken)')
    expect((await health()).reasons).toEqual([])
  }, 60_000)
})
