import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from '../../lib/ports.fixture.js'

const run = promisify(execFile)

/** A server of a test's own, which it may end as a crash would. */
export interface OwnServer {
  readonly port: number
  readonly url: string
  /** Ends it without a word to its clients; what it had not flushed is gone. */
  crash(): Promise<void>
  start(): Promise<void>
  /** Writes a file beside it; its path. */
  write(name: string, text: string): string
  /** Where a program of this PostgreSQL lies, such as `pg_dump`. */
  program(name: string): string
  query(text: string): Promise<Record<string, unknown>[]>
  /** Ends it for good, and removes its folder. */
  remove(): Promise<void>
}

function folderOfPrograms(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const places = [...(process.env['PATH'] ?? '').split(delimiter), ...versions.map((name) => join(root, name, 'bin'))]
  const found = places.map((place) => join(place, 'postgres')).find((path) => existsSync(path))
  if (found === undefined) throw new Error('This test needs the program `postgres` of PostgreSQL (Debian: postgresql).')
  return dirname(realpathSync(found))
}

/** PostgreSQL refuses to run as root. */
async function otherUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const ids = async (name: string) =>
    Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)))
  const [uid, gid] = await ids('postgres').catch(() => ids('nobody'))
  return { uid: uid!, gid: gid! }
}

/** What a server of a test's own is made with. */
interface More {
  /** Such as `max_connections=50`. */
  settings?: string[]
  /** In the folder of its data, readable by it alone. */
  files?: Record<string, string>
  /** Lines of `pg_hba.conf`, when others than those that trust everybody. */
  hba?: string[]
}

/** Makes a database in a new folder, and starts a server over it. */
export const ownServer = (more: More = {}): Promise<OwnServer> =>
  serverOver(more, async ({ bin, data, run }) => {
    await run(bin('initdb'), '-D', data, '-U', 'acteon', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync')
  })

/** Starts a standby that follows a server, without being waited for. */
export const ownStandby = (primary: OwnServer): Promise<OwnServer> =>
  serverOver({}, async ({ bin, data, run }) => {
    await run(bin('pg_basebackup'), '-D', data, '-d', primary.url, '-R', '-X', 'stream', '-c', 'fast', '--no-sync')
  })

async function serverOver(
  { settings = [], files = {}, hba }: More,
  makeData: (at: {
    bin: (tool: string) => string
    data: string
    run: (program: string, ...args: string[]) => Promise<unknown>
  }) => Promise<void>,
): Promise<OwnServer> {
  const programs = folderOfPrograms()
  const bin = (tool: string): string => join(programs, tool)
  const as = await otherUser()
  // The tests' own temporary folder is closed to other users.
  const folder = mkdtempSync(join(as.uid === undefined ? tmpdir() : '/tmp', 'acteon-own-postgres-'))
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid!)
  const data = join(folder, 'data')
  await makeData({ bin, data, run: (program, ...args) => run(program, args, { ...as, cwd: folder }) })
  for (const [name, text] of Object.entries(files)) {
    const path = join(data, name)
    writeFileSync(path, text, { mode: 0o600 })
    if (as.uid !== undefined) chownSync(path, as.uid, as.gid!)
  }
  if (hba !== undefined) writeFileSync(join(data, 'pg_hba.conf'), `${hba.join('\n')}\n`)
  const port = await freePort()
  const url = `postgres://acteon@127.0.0.1:${port}/postgres`
  const all = ['listen_addresses=127.0.0.1,127.0.0.2', `unix_socket_directories=${folder}`, ...settings]
  let child: ChildProcess | undefined
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  const server: OwnServer = {
    port,
    url,
    crash: () => end('SIGQUIT'),
    async start() {
      const args = ['-D', data, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])]
      child = spawn(bin('postgres'), args, { ...as, cwd: folder, stdio: 'ignore' })
      await answers(url)
    },
    write(name, text) {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    },
    program: bin,
    async query(text) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        return (await client.query<Record<string, unknown>>(text)).rows
      } finally {
        await client.end()
      }
    },
    async remove() {
      await end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

async function answers(url: string): Promise<void> {
  for (const limit = Date.now() + 30_000; ; await wait(100)) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    const error: unknown = await client.connect().then(
      () => null,
      (reason: unknown) => reason,
    )
    await client.end().catch(() => {})
    // Whom it refuses it has answered.
    if (error === null || (error as { code?: string }).code === '28000') return
    if (Date.now() > limit) throw new Error('PostgreSQL does not answer', { cause: error })
  }
}
