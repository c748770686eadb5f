// The programs that a measurement runs: servers, and children that print what they found. All end with this process.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '..')
export const scratch = mkdtempSync(join(tmpdir(), 'acteon-bench-'))
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(scratch, { recursive: true, force: true })
})

export const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/** Runs a program of Node; what it printed. */
export function run(args) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args.map(String), { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    running.add(child)
    let said = ''
    child.stdout.on('data', (chunk) => (said += chunk))
    child.on('exit', (status) => {
      running.delete(child)
      if (status === 0) done(said)
      else fail(new Error(`${args.join(' ')} ended with ${status}`))
    })
  })
}

/** Starts a server and waits for the address that it prints, or until `ready` answers 200. */
export async function serverOf(args, urlIn, ready) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.on('exit', () => running.delete(child))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said = (said + chunk).slice(-5_000)))
  for (let tries = 0; tries < 400; tries++) {
    const url = urlIn(said)
    if (url !== undefined) return { child, url }
    if (ready !== undefined && (await fetch(ready).catch(() => undefined))?.ok) return { child, url: undefined }
    if (child.exitCode !== null) break
    await pause(50)
  }
  throw new Error(`${args.join(' ')} did not start:\n${said}`)
}

/** Runs the gateway on a folder's `acteon.toml` for as long as `use` takes; `use` gets its address and its process. */
export async function withGateway(folder, use) {
  const port = await freePort()
  const listen = ['--host', '127.0.0.1', '--port', String(port)]
  const args = [join(root, 'bin', 'acteon.js'), 'serve', '-c', join(folder, 'acteon.toml'), ...listen]
  const url = `http://127.0.0.1:${port}`
  const { child } = await serverOf(args, () => undefined, `${url}/ready`)
  try {
    return await use(url, child.pid)
  } finally {
    await ended(child)
  }
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(late)
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}
