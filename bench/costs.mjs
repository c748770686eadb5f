#!/usr/bin/env node
// What a dispatch costs, for sizing: processor time of a node and of its store, what both keep of it, and what is written.
// Processor time is counted by the system and not by a clock on the wall, so it is nearly the same on a busy machine; that of
// an echo server of the same HTTP library, counted alike, says what the processor is worth.
//
//   node bench/costs.mjs [--quick] [--bytes 2000]       needs `npm run build`, and Linux; bytes of an action, 436 at least
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Redis } from 'ioredis'
import { onSignals, provide, stop } from '../scripts/services.mjs'
import { clear, newPrefix, sections, withPostgres } from './backends.mjs'
import { pause, root, scratch, serverOf, withGateway } from './programs.mjs'
import { actionOf } from './workloads.mjs'

const bytes = Number(process.argv[process.argv.indexOf('--bytes') + 1]) || 0
const CALLERS = 16
const TICK_MS = 10

/** What an executed dispatch of about 600 bytes costs on one kind of state; null where something cannot be told. */
export async function costsOf(backend, quick) {
  const prefix = newPrefix()
  const folder = mkdtempSync(join(scratch, 'costs-'))
  const path = join(folder, 'data')
  mkdirSync(join(folder, 'rules'))
  writeFileSync(
    join(folder, 'acteon.toml'),
    `${sections(backend, { path, prefix })}[log]\nlevel = "error"\n\n[[providers]]\nname = "sink"\ntype = "log"\nkeep = 1\n`,
  )
  const look = LOOKS[backend]
  let n = 0
  try {
    const costs = await withGateway(folder, async (url, pid) => {
      const send = async (count) => {
        const until = n + count
        const caller = async () => {
          while (n < until) await dispatch(url, n++)
        }
        await Promise.all(Array.from({ length: CALLERS }, caller))
      }
      /** What was used and kept meanwhile. */
      const during = async (act) => {
        const at = performance.now()
        const before = { node: processMs(pid), ...(await look(prefix)) }
        await act()
        const node = processMs(pid)
        const seconds = (performance.now() - at) / 1_000
        await settled(url)
        const after = { node, ...(await look(prefix)) }
        const more = Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]]))
        return { seconds, ...more }
      }
      await send(300)
      await settled(url)
      const idle = await during(() => pause(quick ? 5_000 : 20_000))
      const dispatches = quick ? 1_500 : 6_000
      const busy = await during(() => send(dispatches))
      // What a node does by itself, it does all the time.
      const own = (name) => (busy[name] - (idle[name] / idle.seconds) * busy.seconds) / dispatches
      return {
        node_ms: own('node'),
        store_ms: own('store'),
        records_ms: own('recorder'),
        state_bytes: busy.state / dispatches,
        record_bytes: busy.records / dispatches,
        // A log that was written anew meanwhile has shrunk, and says nothing.
        written_bytes: busy.rewrites + idle.rewrites > 0 ? Number.NaN : own('written'),
        idle_node_ms_per_second: idle.node / idle.seconds,
        idle_store_ms_per_second: idle.store / idle.seconds,
      }
    })
    // One file for both, which is whole once it is closed.
    if (backend === 'embedded') costs.state_bytes = bytesIn(path) / n
    return costs
  } finally {
    await clear(backend, prefix)
    rmSync(folder, { recursive: true, force: true })
  }
}

const bytesIn = (path) => readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0)

/** Processor time of one request to the echo server. */
export async function echoCost(quick) {
  const { child, url } = await serverOf([join(root, 'bench', 'echo.mjs')], (said) => /http:\/\/\S+/.exec(said)?.[0])
  try {
    const requests = quick ? 5_000 : 20_000
    let n = 0
    const load = (count) => {
      const until = n + count
      const caller = async () => {
        while (n < until) await post(`${url}/echo`, sizedAction(n++))
      }
      return Promise.all(Array.from({ length: CALLERS }, caller))
    }
    await load(1_000)
    const before = processMs(child.pid)
    await load(requests)
    return (processMs(child.pid) - before) / requests
  } finally {
    child.kill()
  }
}

const post = async (url, body) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} ${text}`)
  return text
}

function sizedAction(n) {
  const action = actionOf('plain', n)
  // Not one letter again and again, which stores would write short.
  const more = Math.max(0, bytes - JSON.stringify(action).length)
  action.payload.text += randomBytes(more).toString('base64').slice(0, more)
  return action
}

async function dispatch(url, n) {
  const text = await post(`${url}/v1/dispatch`, sizedAction(n))
  if (!text.startsWith('{"Executed"')) throw new Error(`it became ${text}`)
}

/** Waits until every record has reached its audit. */
async function settled(url) {
  for (let tries = 0; tries < 600; tries++, await pause(100)) {
    const metrics = await (await fetch(`${url}/metrics/prometheus`)).text()
    if (/^acteon_outbox 0$/m.test(metrics) && /^acteon_open_actions 0$/m.test(metrics)) return
  }
  throw new Error('Records are still waiting after a minute.')
}

/** User and system time of a process so far. */
const processMs = (pid) => timesOf(pid).own

function timesOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  const at = (i) => Number(fields[i]) * TICK_MS
  return { parent: Number(fields[1]), own: at(11) + at(12), ended: at(13) + at(14) }
}

/** What each kind of state says of itself: processor time, bytes that it keeps, bytes that it wrote. */
const LOOKS = {
  embedded: async () => ({}),
  async redis(prefix) {
    const redis = new Redis(process.env.REDIS_URL)
    const info = await redis.info()
    await redis.quit()
    const field = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
    return {
      store: 1_000 * (field('used_cpu_sys') + field('used_cpu_user')),
      state: field('used_memory') - field('mem_clients_normal'),
      written: field('aof_current_size'),
      rewrites: field('aof_rewrites'),
      records: (await tables(prefix)).records,
      recorder: await withPostgres(serverMs),
    }
  },
  async postgres(prefix) {
    return withPostgres(async (client) => {
      const { rows } = await client.query('SELECT pg_current_wal_lsn() - $1 AS wal', ['0/0'])
      return { store: await serverMs(client), written: Number(rows[0].wal), ...(await tables(prefix)) }
    })
  },
}

const tables = (prefix) =>
  withPostgres(async (client) => {
    const { rows } = await client.query(
      `SELECT coalesce(sum(bytes) FILTER (WHERE is_record), 0) AS records, coalesce(sum(bytes) FILTER (WHERE NOT is_record), 0) AS state
       FROM (SELECT c.relname LIKE 'audit_%' AS is_record, pg_total_relation_size(c.oid) AS bytes
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r') AS t`,
      [prefix],
    )
    return { records: Number(rows[0].records), state: Number(rows[0].state) }
  })

/** Of all processes of a PostgreSQL on this machine, those that have ended included; undefined: it runs elsewhere. */
async function serverMs(client) {
  try {
    const { pid } = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0]
    if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')) return undefined
    const { parent } = timesOf(pid)
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    const children = all.flatMap((name) => {
      try {
        const times = timesOf(name)
        return times.parent === parent ? [times.own] : []
      } catch {
        // It ended meanwhile.
        return []
      }
    })
    const postmaster = timesOf(parent)
    return postmaster.own + postmaster.ended + children.reduce((sum, ms) => sum + ms, 0)
  } catch {
    return undefined
  }
}

/** The table for people. */
export function costsText({ echo_ms, ...results }) {
  const of = (value, digits = 0) => (Number.isFinite(value) ? value.toFixed(digits) : '')
  const rows = Object.entries(results).map(([backend, cost]) => {
    const cells = [
      of(cost.node_ms, 2),
      of(cost.node_ms / echo_ms),
      of(cost.store_ms, 2),
      of(cost.records_ms, 2),
      of(cost.state_bytes),
      of(cost.record_bytes),
      of(cost.written_bytes),
      of(cost.idle_node_ms_per_second),
      of(cost.idle_store_ms_per_second),
    ]
    return `| ${[backend, ...cells].join(' | ')} |`
  })
  return [
    '# What an executed dispatch costs',
    '',
    `Over HTTP, an action of ${JSON.stringify(sizedAction(1)).length} bytes, its record included. A request to the echo server takes ${echo_ms.toFixed(3)} ms of a core. The embedded store keeps state and records in one file. State on Redis has its records in PostgreSQL. The last two columns are what a node costs while nothing is dispatched, and are not in the others.`,
    '',
    '| state | node, ms of a core | × echo | store, ms of a core | store of records, ms | kept by state, bytes | record, bytes | written to its log, bytes | idle node, ms/s | its store, ms/s |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n')
}

/** All of it, for these kinds of state. */
export async function costs(backends, quick) {
  const results = { echo_ms: await echoCost(quick) }
  for (const backend of backends) if (Object.hasOwn(LOOKS, backend)) results[backend] = await costsOf(backend, quick)
  return results
}

async function main() {
  onSignals(stop)
  try {
    Object.assign(process.env, await provide(['redis', 'postgres']))
    console.log(costsText(await costs(Object.keys(LOOKS), process.argv.includes('--quick'))))
    return 0
  } finally {
    await stop()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await main()
