#!/usr/bin/env node
// What one bad peer costs the others: the p99 of a provider while another hangs, as a multiple of its normal one, and how
// much memory the server takes while a peer sends a gigabyte. Prints JSON; ends with 1 when either is not as it should be.
//
//   npm run build && node bench/bulkhead.mjs [SECONDS [--report]]
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** A provider may be this much slower while another one hangs. */
const MOST_TIMES = 2
/** Below this a p99 is the noise of a machine, and a multiple of it says nothing. */
const NOISE_MS = 5
/** The server's memory may grow by this much while peers send without end; what they send is a multiple of it. */
const MOST_GROWTH_MIB = 100
const GIGABYTE = 2 ** 30
const CALLERS = 4
/** Of a provider, unless it is configured otherwise. */
const PLACES = 100
const ROUNDS = 5

const seconds = Number(process.argv[2] ?? 10)
const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'acteon-bulkhead-'))
let poured = 0
/** What waits for its answer; null: everything is answered at once. */
let hanging = null
const peer = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    if (request.url === '/quick') response.end('{}')
    else if (request.url === '/flood') pour(response)
    else if (hanging === null) response.end('{}')
    else hanging.push(response)
  })
})
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

await new Promise((done) => peer.listen(0, '127.0.0.1', done))
const { child, url } = await start()
let result
try {
  await calls('quick', Math.min(2, seconds))
  // In turns, because a machine is not equally quick all the time; the median round is what counts.
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    const normal = p99(await calls('quick', seconds / ROUNDS))
    const release = await hangAll(round)
    const beside = p99(await calls('quick', seconds / ROUNDS))
    await release()
    rounds.push({ normal, beside, times: beside / Math.max(normal, NOISE_MS) })
  }
  const { normal, beside, times } = rounds.sort((x, y) => x.times - y.times)[Math.floor(ROUNDS / 2)]

  const before = memory()
  let most = before
  const watch = setInterval(() => (most = Math.max(most, memory())), 50)
  for (let i = 0; poured < GIGABYTE && i < 20_000; i += 16)
    await Promise.all(Array.from({ length: 16 }, (_, j) => sendPatiently('flood', `flood-${i + j}`)))
  clearInterval(watch)
  const growth = (most - before) / 2 ** 20
  result = {
    p99_ms: normal,
    p99_beside_a_hanging_one_ms: beside,
    times,
    sent_mib: Math.round(poured / 2 ** 20),
    memory_before_mib: Math.round(before / 2 ** 20),
    memory_growth_mib: Math.round(growth),
    ok: times <= MOST_TIMES && growth <= MOST_GROWTH_MIB && poured >= GIGABYTE,
  }
} finally {
  child.kill('SIGKILL')
  peer.closeAllConnections()
  peer.close()
  rmSync(folder, { recursive: true, force: true })
}
console.log(JSON.stringify(result))
// run.mjs judges for itself.
process.exitCode = result.ok || process.argv.includes('--report') ? 0 : 1

/** Sends until the other side has had enough of it. */
function pour(response) {
  const chunk = Buffer.alloc(1 << 20, 'x')
  const more = () => {
    while (!response.destroyed) {
      poured += chunk.length
      if (!response.write(chunk)) return response.once('drain', more)
    }
  }
  response.on('error', () => {})
  more()
}

async function send(provider, id, signal) {
  const answer = await fetch(`${url}/v1/dispatch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, namespace: 'n', tenant: 't', provider, action_type: 'bench', payload: {} }),
    signal,
  })
  const text = await answer.text()
  if (!text.startsWith('{"Executed"')) throw new Error(`${provider}: ${answer.status} ${text.slice(0, 200)}`)
}

/** Comes again when the server has too much to do, as its answer asks. */
async function sendPatiently(provider, id) {
  for (;;) {
    try {
      return await send(provider, id)
    } catch (error) {
      if (!error.message.includes('OVERLOADED')) throw error
      await pause(200)
    }
  }
}

/** Fills all places of a provider and lets others wait there. @returns ends it */
async function hangAll(round) {
  hanging = []
  const hung = []
  for (let i = 0; i < 2 * PLACES; i++) {
    hung.push(sendPatiently('hang', `hang-${round}-${i}`))
    await pause(5)
  }
  // What they cost while they come in is not what is asked here.
  for (let tries = 0; hanging.length < PLACES && tries < 600; tries++) await pause(50)
  await calls('quick', 0.5)
  return async () => {
    for (const response of hanging) response.end('{}')
    hanging = null
    await Promise.all(hung)
  }
}

/** How long each of as many dispatches took as fit into some seconds, milliseconds, in ascending order. */
async function calls(provider, forSeconds) {
  const took = []
  const end = performance.now() + forSeconds * 1_000
  const caller = async (number) => {
    for (let i = 0; performance.now() < end; i++) {
      const began = performance.now()
      await sendPatiently(provider, `${provider}-${number}-${i}-${began}`)
      took.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, (_, number) => caller(number)))
  return took.sort((a, b) => a - b)
}

function p99(sorted) {
  return sorted[Math.floor(sorted.length * 0.99)]
}

/** Of the server's process, resident, bytes (Linux). */
function memory() {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) * 1_024
}

async function start() {
  const { port } = peer.address()
  mkdirSync(join(folder, 'rules'))
  const provider = (name) =>
    `[[providers]]\nname = "${name}"\ntype = "webhook"\nurl = "http://127.0.0.1:${port}/${name}"\n`
  writeFileSync(
    join(folder, 'acteon.toml'),
    `[state]\nbackend = "memory"\n\n[log]\nlevel = "error"\n\n${['quick', 'hang', 'flood'].map(provider).join('\n')}`,
  )
  const free = await new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: found } = probe.address()
      probe.close(() => done(found))
    })
  })
  const args = [join(root, 'bin', 'acteon.js'), 'serve', '-c', join(folder, 'acteon.toml'), '--host', '127.0.0.1']
  const server = spawn(process.execPath, [...args, '--port', String(free)], { stdio: ['ignore', 'ignore', 'inherit'] })
  const at = `http://127.0.0.1:${free}`
  for (let tries = 0; tries < 600; tries++) {
    if ((await fetch(`${at}/ready`).catch(() => undefined))?.ok) return { child: server, url: at }
    if (server.exitCode !== null) break
    await pause(50)
  }
  server.kill('SIGKILL')
  throw new Error('The server did not start.')
}
