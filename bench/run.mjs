#!/usr/bin/env node
// Measures dispatch over HTTP and in process, on every kind of state, one verdict at a time. A rate says little without its
// machine, so each is given as a share of what a bare echo server of the same HTTP library does in the same run, under the
// same load. Then counts round trips to shared servers (round-trips.mjs), what a dispatch costs (costs.mjs), and what one bad
// peer costs the others (bulkhead.mjs). Writes results/latest.json and latest.md.
//
// Redis and PostgreSQL are those of REDIS_URL and DATABASE_URL; what is not set is started here, as for tests.
//
//   npm run bench                              8 seconds each
//   npm run bench -- --quick                   1 second each
//   npm run bench -- --only redis,postgres     these kinds of state
//   npm run bench -- --page                    nothing of this, but the admin UI in a browser (page.mjs)
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { onSignals, provide, stop } from '../scripts/services.mjs'
import { BACKENDS, clear, newPrefix, sections, SHARED } from './backends.mjs'
import { costs, costsText } from './costs.mjs'
import { root, run, scratch, serverOf, withGateway } from './programs.mjs'
import { countOn, promiseHeld, roundTripsText } from './round-trips.mjs'
import { KINDS, MACHINES, machinesToml, RULES } from './workloads.mjs'

const quick = process.argv.includes('--quick')
const seconds = quick ? 1 : 8
const connections = 64
const backends = backendsAsked()

function backendsAsked() {
  const at = process.argv.indexOf('--only')
  if (at === -1) return BACKENDS
  const asked = (process.argv[at + 1] ?? '').split(',')
  const unknown = asked.filter((name) => !BACKENDS.includes(name))
  if (unknown.length > 0)
    throw new Error(`There is no state "${unknown.join('", "')}"; there are ${BACKENDS.join(', ')}.`)
  return asked
}

async function main() {
  const shared = backends.filter((name) => SHARED.includes(name))
  // Redis keeps no records: those go to PostgreSQL.
  const services = [...(shared.includes('redis') ? ['redis'] : []), ...(shared.length > 0 ? ['postgres'] : [])]
  Object.assign(process.env, await provide(services, { countStatements: true }))

  const rows = []
  const echoes = [await echo()]
  for (const backend of backends) {
    const mine = []
    for (const kind of Object.keys(KINDS))
      mine.push({ where: 'HTTP', backend, kind, ...(await overHttp(backend, kind)) })
    for (const kind of Object.keys(KINDS))
      mine.push({ where: 'in process', backend, kind, ...(await inProcess(backend, kind)) })
    // The yardstick is measured before and after, because a machine is not equally quick all the time.
    const before = echoes.at(-1)
    echoes.push(await echo())
    const yardstick = (before.per_second + echoes.at(-1).per_second) / 2
    rows.push(...mine.map((row) => ({ ...row, share_of_echo: row.per_second / yardstick })))
  }
  const round_trips = {}
  for (const backend of shared) round_trips[backend] = await countOn(backend, quick)
  const cost = await costs(backends, quick)
  const bulkhead = JSON.parse(await run([join(root, 'bench', 'bulkhead.mjs'), quick ? 2 : 10, '--report']))

  report({ echoes, rows, round_trips, cost, bulkhead })
  return rows.some(({ errors }) => errors > 0) || !promiseHeld(round_trips) || !bulkhead.ok ? 1 : 0
}

function report({ echoes, rows, round_trips, cost, bulkhead }) {
  const rates = echoes.map(({ per_second }) => per_second)
  const unsteady = Math.max(...rates) > 1.3 * Math.min(...rates)
  const facts = {
    at: new Date().toISOString(),
    node: process.version,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()} ${arch()}`,
    seconds_each: seconds,
    connections,
    echo_per_second: rates.map(Math.round),
  }
  const text = [
    '# Dispatch, measured',
    '',
    `${facts.at}, Node ${facts.node}; ${facts.machine}; ${connections} callers, ${seconds} s each. Load, server and stores share the machine. The echo server (Fastify, body parsed and sent back) did ${facts.echo_per_second.join(', ')}/s, measured between the blocks; “× echo” is a share of the mean of the two around a block. State on Redis has its records in PostgreSQL (HTTP) or in memory (in process). ${unsteady ? 'The machine was busy with other things: the rates of the echo server differ by more than a third, so do not trust this run.' : 'Single runs: differences below a fifth mean nothing.'}`,
    '',
    '| where | state | verdict | dispatches/s | × echo | p50 ms | p99 ms |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ where, backend, kind, per_second, share_of_echo, p50_ms, p99_ms }) =>
        `| ${where} | ${backend} | ${kind} | ${Math.round(per_second)} | ${share_of_echo.toFixed(2)} | ${p50_ms.toFixed(1)} | ${p99_ms.toFixed(1)} |`,
    ),
    '',
    ...(Object.keys(round_trips).length === 0 ? [] : [roundTripsText(round_trips)]),
    costsText(cost),
    '# What one bad peer costs the others',
    '',
    `While one provider hangs with all its places taken and as many waiting, the p99 of another is ${bulkhead.p99_beside_a_hanging_one_ms.toFixed(1)} ms instead of ${bulkhead.p99_ms.toFixed(1)} ms: × ${bulkhead.times.toFixed(2)} (at most 2; below 5 ms counts as 5 ms; the median of five rounds). While peers send ${bulkhead.sent_mib} MiB of answers, the server's memory grows by ${bulkhead.memory_growth_mib} MiB from ${bulkhead.memory_before_mib} MiB: × ${(bulkhead.memory_growth_mib / bulkhead.sent_mib).toFixed(2)} of what is sent (at most 100 MiB).`,
    '',
  ].join('\n')
  const results = join(root, 'bench', 'results')
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, 'latest.md'), text)
  writeFileSync(
    join(results, 'latest.json'),
    `${JSON.stringify({ ...facts, rows, round_trips, cost, bulkhead }, null, 2)}\n`,
  )
  console.log(text)
}

async function echo() {
  const { child, url } = await serverOf([join(root, 'bench', 'echo.mjs')], (said) => /http:\/\/\S+/.exec(said)?.[0])
  const result = await load(`${url}/echo`, 'plain')
  child.kill()
  return result
}

const overHttp = (backend, kind) =>
  withFolder(backend, (folder) => withGateway(folder, (url) => load(`${url}/v1/dispatch`, kind)))

const inProcess = (backend, kind) =>
  withFolder(backend, async (folder, prefix) =>
    JSON.parse(await run([join(root, 'bench', 'inprocess.mjs'), backend, kind, seconds, connections, folder, prefix])),
  )

/** Gives `use` a configuration in a folder, over a store that is empty and gone afterwards. */
async function withFolder(backend, use) {
  const folder = mkdtempSync(join(scratch, 'run-'))
  const prefix = newPrefix()
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'bench.yaml'), RULES)
  const state = sections(backend, { path: join(folder, 'data'), prefix })
  const sink = '[[providers]]\nname = "sink"\ntype = "log"\nkeep = 1\n'
  writeFileSync(
    join(folder, 'acteon.toml'),
    `${state}[rules]\ndirectory = "./rules"\n\n[log]\nlevel = "error"\n\n${sink}\n${machinesToml(MACHINES)}`,
  )
  try {
    return await use(folder, prefix)
  } finally {
    await clear(backend, prefix)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A short warm-up, then what counts. */
async function load(url, kind) {
  const once = async (length, first) =>
    JSON.parse(await run([join(root, 'bench', 'load.mjs'), url, kind, length, connections, first]))
  const { next } = await once(quick ? 1 : 2, 0)
  const { per_second, p50_ms, p99_ms, errors, example } = await once(seconds, next)
  if (errors > 0) console.error(`${kind}: ${errors} answers were not what they should be, such as ${example}`)
  return { per_second, p50_ms, p99_ms, errors }
}

onSignals(stop)
try {
  if (process.argv.includes('--page')) await import('./page.mjs')
  else process.exitCode = await main()
} finally {
  await stop()
}
