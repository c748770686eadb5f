import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll } from 'vitest'
import { freePort } from '../../lib/ports.fixture.js'

/** A server of a test's own, which it may kill. */
export interface OwnServer {
  readonly port: number
  readonly url: string
  /** Where its data lies. */
  readonly folder: string
  /** Ends it as a crash would, and waits until it is gone. */
  kill(): Promise<void>
  /** Stops and continues its process: it is there, and says nothing. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Starts it again over the same folder, and waits until it answers. */
  start(): Promise<void>
  /** Sends it a command. */
  send(command: string, ...args: (string | number)[]): Promise<unknown>
}

const children = new Set<ChildProcess>()
const folders: string[] = []
afterAll(async () => {
  for (const child of children) await gone(child)
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Starts a server in a new folder; it ends with the file's tests. */
export async function ownServer(...args: string[]): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-redis-'))
  folders.push(folder)
  const port = await freePort()
  const common = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  let child: ChildProcess
  const server: OwnServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    kill: () => gone(child),
    pause: () => Promise.resolve(void child.kill('SIGSTOP')),
    resume: () => Promise.resolve(void child.kill('SIGCONT')),
    async start() {
      child = await launch([...common, ...args])
      await until(`Redis answers on port ${port}`, async () => (await server.send('PING')) === 'PONG')
    },
    send: (command, ...rest) => commandTo(port, command, ...rest),
  }
  await server.start()
  return server
}

/**
 * Starts a cluster of three primaries; its URL, and its servers.
 * @param tls certificates: the servers talk to each other by TLS, and the URL does
 */
export async function ownCluster(tls?: string[]): Promise<{ url: string; servers: OwnServer[] }> {
  const servers = await Promise.all(
    [0, 1, 2].map(async () => {
      const [bus, tlsPort] = [await freePort(), await freePort()]
      const secured = tls === undefined ? [] : ['--tls-cluster', 'yes', '--tls-port', String(tlsPort), ...tls]
      const args = ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--appendonly', 'yes', ...secured]
      const server = await ownServer(...args)
      return { bus, server, port: tls === undefined ? server.port : tlsPort }
    }),
  )
  const SLOTS = 16_384
  const share = Math.ceil(SLOTS / servers.length)
  for (const [i, { server }] of servers.entries()) {
    await server.send('CLUSTER', 'ADDSLOTSRANGE', i * share, Math.min(SLOTS, (i + 1) * share) - 1)
    for (const { server: other, port, bus } of servers)
      if (other !== server) await server.send('CLUSTER', 'MEET', '127.0.0.1', port, bus)
  }
  for (const { server } of servers)
    await until('the cluster is complete', async () => {
      const info = String(await server.send('CLUSTER', 'INFO'))
      return info.includes('cluster_state:ok') && info.includes('cluster_size:3')
    })
  const scheme = tls === undefined ? 'redis' : 'rediss'
  const url = `${scheme}+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join()}`
  return { url, servers: servers.map(({ server }) => server) }
}

/** Starts three sentinels that know a primary as `main` and promote its replica soon after it is gone; their URL. */
export async function ownSentinels(primary: OwnServer): Promise<string> {
  const sentinels = await Promise.all(
    [0, 1, 2].map(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'acteon-sentinel-'))
      folders.push(folder)
      const port = await freePort()
      const file = join(folder, 'sentinel.conf')
      writeFileSync(
        file,
        `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor main 127.0.0.1 ${primary.port} 2\nsentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 4000\n`,
      )
      await launch([file, '--sentinel'])
      return port
    }),
  )
  for (const port of sentinels)
    await until('the sentinels know each other and the replica', async () => {
      const [known] = (await commandTo(port, 'SENTINEL', 'MASTERS')) as string[][]
      const of = (name: string) => Number(known![known!.indexOf(name) + 1])
      return of('num-other-sentinels') === 2 && of('num-slaves') === 1
    })
  return `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join()}/main`
}

async function commandTo(port: number, command: string, ...args: (string | number)[]): Promise<unknown> {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.call(command, ...args)
  } finally {
    client.disconnect()
  }
}

async function launch(args: string[]): Promise<ChildProcess> {
  for (const program of ['redis-server', 'valkey-server']) {
    const child = spawn(program, args, { stdio: 'ignore' })
    const isThere = await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)])
    if (!isThere) continue
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }
  throw new Error(
    'These tests start servers of their own: install redis-server (or valkey-server) where PATH finds it.',
  )
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Waits until something is so, half a minute at most. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  let last: unknown
  for (const end = Date.now() + 30_000; Date.now() < end; await wait(25)) {
    try {
      if (await isSo()) return
    } catch (error) {
      last = error
    }
  }
  throw new Error(`Waited 30 s until ${what}.`, { cause: last })
}
