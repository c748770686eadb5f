import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { freePort } from '../src/lib/ports.fixture.js'

export { freePort }

export const ROOT = resolve(import.meta.dirname, '..')
export const BIN = join(ROOT, 'bin', 'acteon.js')

/** A server as a user starts it: the built program, in a process of its own. */
export interface RunningServer {
  url: string
  child: ChildProcess
  /** All that it wrote so far. */
  log(): string
  /** SIGTERM, and waits; the exit status. */
  stop(): Promise<number | null>
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again until it answers something other than undefined. @throws Error naming `what` after `ms` */
export async function until<T>(what: string, probe: () => Promise<T | undefined>, ms = 15_000): Promise<T> {
  let last: unknown
  for (const end = Date.now() + ms; Date.now() < end; await pause(20)) {
    try {
      const found = await probe()
      if (found !== undefined) return found
    } catch (error) {
      last = error
    }
  }
  throw new Error(`waited ${ms} ms until ${what}`, { cause: last })
}

/** Starts `acteon serve` and waits until it is ready. @throws Error with its log when it ends before */
export async function startServer(options: {
  cwd: string
  config: string
  port?: number
  args?: string[]
  env?: Record<string, string>
}): Promise<RunningServer> {
  if (!existsSync(join(ROOT, 'dist'))) throw new Error('There is no build; run `npm run build` first.')
  const port = options.port ?? (await freePort())
  const args = ['serve', '-c', options.config, '--host', '127.0.0.1', '--port', String(port), ...(options.args ?? [])]
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const listen = (chunk: Buffer): void => void (log = (log + chunk.toString()).slice(-200_000))
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
    const status = await ended
    clearTimeout(late)
    return status
  }
  const url = `http://127.0.0.1:${port}`
  try {
    const ready = async (): Promise<boolean | undefined> => {
      if (child.exitCode !== null || child.signalCode !== null) return false
      return (await fetch(`${url}/ready`)).ok || undefined
    }
    await until('the server is ready', ready, 60_000)
    if (child.exitCode !== null) throw new Error(`the server ended with status ${child.exitCode}`)
  } catch (error) {
    await end('SIGKILL')
    throw new Error(`${(error as Error).message}\n${log.slice(-3000)}`, { cause: error })
  }
  return {
    url,
    child,
    log: () => log,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  }
}
