/** An upgrade: three nodes on one Redis are stopped and started again, one after the other, under load. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createClient } from '../src/client/client.js'
import { seededEntropy } from '../src/testing/random.js'
import { allRecords, groupBy, missing, nothingOpen } from './kill9/asked.js'
import { post, startLoad } from './kill9/load.js'
import { startReceiver } from './kill9/peer.js'
import { clear, configuration, rules, SCOPE } from './kill9/setup.js'
import { freePort, startServer, until, type RunningServer } from './server.js'

const NODES = 3
const SEED = Number(process.env['ROLLING_SEED'] ?? Date.now() % 1_000_000)

it(`nodes that restart one by one lose no dispatch, send none twice, and leave no gap in a stream (seed ${SEED})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-rolling-'))
  const prefix = `rolling_${randomUUID().slice(0, 8)}`
  const receiver = await startReceiver(seededEntropy(SEED).random)
  const servers: RunningServer[] = []
  const listening = new AbortController()
  onTestFinished(async () => {
    listening.abort()
    await Promise.all(servers.map((server) => server.stop()))
    await receiver.close()
    await clear('redis', prefix)
    rmSync(folder, { recursive: true, force: true })
  })
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'all.yaml'), rules)
  writeFileSync(join(folder, 'acteon.toml'), configuration(receiver.port, 'redis', prefix))
  const ports = await Promise.all(Array.from({ length: NODES }, freePort))
  const start = (port: number): Promise<RunningServer> => startServer({ cwd: folder, config: 'acteon.toml', port })
  servers.push(...(await Promise.all(ports.map(start))))

  const told: string[] = []
  const heard = listen(servers[0]!.url, listening.signal, told)
  const hello = (n: number): string =>
    JSON.stringify({ ...SCOPE, id: `hello-${n}`, provider: 'main', action_type: 'suppressed' })
  let hellos = 0
  await until('the stream is open', async () => {
    await post(servers[0]!.url, hello(hellos++))
    return told.length > 0 || undefined
  })
  const load = startLoad(
    servers.map(({ url }) => url),
    seededEntropy(SEED + 1).random,
    10,
  )
  const statuses: (number | null)[] = []
  for (const [i, port] of ports.entries()) {
    await until('more was answered', moreAnswered(load.sent, 150), 60_000)
    statuses.push(await servers[i]!.stop())
    servers[i] = await start(port)
  }
  await until('every kind of outcome was met', async () => missing(load).length === 0 || undefined, 60_000)
  await load.finish()
  const { url } = servers[0]!
  await until('nothing is open any more', () => nothingOpen(url), 60_000)

  expect(statuses).toEqual([0, 0, 0])
  expect(load.wrong).toEqual([])
  expect(load.sent.filter(({ outcome }) => outcome === null)).toEqual([])
  const repeated = [...groupBy(receiver.calls, ({ key }) => key)].filter(([, calls]) => calls.length > 1)
  expect(repeated.map(([key]) => key)).toEqual([])
  const isOfLoad = (id: string): boolean => !id.startsWith('hello')
  const records = (await allRecords(url)).filter(({ kind, action_id }) => kind === 'dispatch' && isOfLoad(action_id))
  const ids = records.map(({ action_id }) => action_id).toSorted()
  await expect.poll(() => told.filter(isOfLoad).toSorted(), { timeout: 30_000 }).toEqual(ids)
  // A connection that is closed just when a request comes cannot be helped; the client sends it again.
  const sendings = load.sent.reduce((sum, sent) => sum + sent.sendings, 0)
  expect(load.broken.length, load.broken.join(', ')).toBeLessThan(1 + sendings / 100)
  listening.abort()
  await heard
}, 240_000)

/** Collects the ids of dispatches that a stream tells of, for as long as it is listened to. */
async function listen(url: string, signal: AbortSignal, told: string[]): Promise<void> {
  for await (const frame of createClient({ endpoint: url }).stream({}, { signal }))
    if (frame.type === 'action_dispatched' && (frame['kind'] ?? 'dispatch') === 'dispatch') told.push(frame.action_id!)
}

function moreAnswered(sent: { outcome: unknown }[], more: number): () => Promise<true | undefined> {
  const answered = (): number => sent.filter(({ outcome }) => outcome !== null).length
  const enough = answered() + more
  return async () => answered() >= enough || undefined
}
