/** What a delivery had come to when the server was killed with `kill -9`: retries, an open circuit, dead letters. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, until, type RunningServer } from './server.js'

const folder = mkdtempSync(join(tmpdir(), 'acteon-kill9-patience-'))
/** What each path answers; it is changed as the story goes. */
const answers: Record<string, number> = { '/late': 503, '/down': 503, '/picky': 422 }
const calls: { path: string; key: string; body: string }[] = []
const callsOf = (path: string) => calls.filter((call) => call.path === path)
let receiver: Server
let server: RunningServer

interface Letter {
  id: string
  action_id: string
  code: string
  attempts: number
}
type Outcome = Record<string, Record<string, unknown>>

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}
const send = (provider: string, id: string): Promise<Outcome> =>
  ask('POST', '/v1/dispatch', { id, namespace: 'n', tenant: 't', provider, action_type: 'a', payload: { text: id } })
const circuitOf = async (provider: string): Promise<string | undefined> => {
  const list = await ask<{ circuit_breakers: { provider: string; state: string }[] }>('GET', '/admin/circuit-breakers')
  return list.circuit_breakers.find((one) => one.provider === provider)?.state
}
const letterOf = async (action_id: string): Promise<Letter | undefined> =>
  (await ask<{ dead_letters: Letter[] }>('GET', '/v1/dead-letters')).dead_letters.find(
    (letter) => letter.action_id === action_id,
  )
const start = (): Promise<RunningServer> => startServer({ cwd: folder, config: 'acteon.toml' })

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const path = request.url ?? ''
      calls.push({ path, key: String(request.headers['idempotency-key']), body })
      response.writeHead(answers[path] ?? 404).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  mkdirSync(join(folder, 'rules'))
  const provider = (name: string, more = ''): string =>
    `[[providers]]\nname = "${name}"\ntype = "webhook"\nurl = "${origin}/${name}"\nmax_retries = 0\n${more}\n`
  writeFileSync(
    join(folder, 'acteon.toml'),
    `[circuit_breaker]
enabled = false

[circuit_breaker.providers.down]
enabled = true
minimum_calls = 3
recovery_timeout_seconds = 3600

${provider('late', 'retry_schedule = ["1s", "2s", "1h"]')}
${provider('down')}
${provider('picky')}
`,
  )
  server = await start()
}, 60_000)

afterAll(async () => {
  await server?.stop()
  await new Promise((resolve) => receiver.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

it('retries, an open circuit and dead letters are there again after kill -9', async () => {
  expect(await send('late', 'late-1')).toMatchObject({ Failed: { retrying: true } })
  for (const id of ['down-1', 'down-2', 'down-3'])
    expect(await send('down', id)).toMatchObject({ Failed: { code: 'PROVIDER_ERROR' } })
  expect(await send('down', 'down-4')).toHaveProperty('CircuitOpen')
  expect(await send('picky', 'picky-1')).toMatchObject({ Failed: { code: 'PROVIDER_REJECTED' } })
  expect(await circuitOf('down')).toBe('open')
  const before = await letterOf('picky-1')

  await server.kill()
  const madeBefore = callsOf('/late').length
  answers['/late'] = 200
  server = await start()

  // Nobody asks for it again: the server goes on by itself, and the answer to its id is the final one.
  await until('the retry was delivered', async () => callsOf('/late').length > madeBefore || undefined, 60_000)
  await until('its outcome is the answer', async () =>
    'Executed' in (await send('late', 'late-1')) ? true : undefined,
  )
  expect(callsOf('/late')).toHaveLength(madeBefore + 1)
  expect(new Set(callsOf('/late').map(({ key, body }) => `${key} ${body}`)).size).toBe(1)

  expect(await circuitOf('down')).toBe('open')
  answers['/down'] = 200
  expect(await send('down', 'down-5')).toHaveProperty('CircuitOpen')
  expect(callsOf('/down')).toHaveLength(3)
  await ask('POST', '/admin/circuit-breakers/down/reset')
  expect(await send('down', 'down-5')).toHaveProperty('Executed')

  expect(await letterOf('picky-1')).toEqual(before)
  expect(before).toMatchObject({ code: 'PROVIDER_REJECTED', attempts: 1 })
  answers['/picky'] = 200
  await ask('PATCH', `/v1/dead-letters/${before!.id}`, { payload: { text: 'mended' } })
  await server.kill()
  server = await start()
  await ask('POST', `/v1/dead-letters/${before!.id}/redeliver`, {})
  await until('it was redelivered', async () => callsOf('/picky').length === 2 || undefined)
  expect(JSON.parse(callsOf('/picky')[1]!.body)).toMatchObject({ id: 'picky-1', payload: { text: 'mended' } })
  expect(callsOf('/picky')[1]!.key).toBe(callsOf('/picky')[0]!.key)
  await until('it is no dead letter any more', async () =>
    (await letterOf('picky-1')) === undefined ? true : undefined,
  )
}, 180_000)
