#!/usr/bin/env node
// Counts the round trips of a dispatch to Redis and to PostgreSQL, verdict by verdict, from the servers' own statistics:
// two for one that is executed, one for every other, and one more when conditions ask state. Ends with status 1 when it
// is more.
//
//   node bench/round-trips.mjs [--quick]       needs `npm run build`
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onSignals, provide, stop } from '../scripts/services.mjs'
import { clear, newPrefix, openCounter, sections, SHARED } from './backends.mjs'
import { pause, scratch, withGateway } from './programs.mjs'
import { machinesToml } from './workloads.mjs'

const machine = (name, notify) => ({
  name,
  initial_state: 'on',
  states: ['on', 'off'],
  transitions: [
    { from: 'on', to: 'off', notify },
    { from: 'off', to: 'on', notify },
  ],
})
const RULES = `rules:
  - name: elsewhere
    condition: { field: action_type, eq: rerouted }
    action: { type: reroute, target_provider: other }
  - name: gate-one
    condition: { field: action_type, eq: gated }
    action: { type: throttle, max_count: 100000, window_seconds: 3600 }
  - name: gate-two
    condition: { field: action_type, eq: gated }
    action: { type: deduplicate, ttl_seconds: 3600, key: [payload.n] }
  - name: asks
    condition:
      all:
        - { field: action_type, eq: asked }
        - { call: has_active_event, args: [nothing_like_it] }
    action: { type: suppress }
  - name: never
    condition: { field: action_type, eq: suppressed }
    action: { type: suppress }
  - name: once
    condition: { field: action_type, eq: deduplicated }
    action: { type: deduplicate, ttl_seconds: 3600, key: [action_type] }
  - name: one-an-hour
    condition: { field: action_type, eq: throttled }
    action: { type: throttle, max_count: 1, window_seconds: 3600 }
  - name: together
    condition: { field: action_type, eq: grouped }
    action: { type: group, group_by: [tenant], group_wait_seconds: 3600, max_group_size: 10000 }
  - name: quiet
    condition: { field: action_type, eq: quiet }
    action: { type: state_machine, state_machine: quiet, fingerprint_fields: [action_type] }
  - name: loud
    condition: { field: action_type, eq: loud }
    action: { type: state_machine, state_machine: loud, fingerprint_fields: [action_type] }
  - name: later
    condition: { field: action_type, eq: scheduled }
    action: { type: schedule, delay_seconds: 3600 }
`

/** Each verdict: the type of its actions, the outcome that they must have, and the round trips that were promised. */
const VERDICTS = [
  { verdict: 'executed', type: 'plain', outcome: 'Executed', promised: 2 },
  { verdict: 'executed, two gates', type: 'gated', outcome: 'Executed', promised: 2 },
  { verdict: 'rerouted', type: 'rerouted', outcome: 'Rerouted', promised: 2 },
  { verdict: 'executed, conditions ask state', type: 'asked', outcome: 'Executed', promised: 3 },
  { verdict: 'the same id again', type: 'plain', outcome: 'Executed', promised: 1, id: 'again' },
  { verdict: 'suppressed', type: 'suppressed', outcome: 'Suppressed', promised: 1 },
  { verdict: 'deduplicated', type: 'deduplicated', outcome: 'Deduplicated', promised: 1 },
  { verdict: 'throttled', type: 'throttled', outcome: 'Throttled', promised: 1 },
  { verdict: 'grouped', type: 'grouped', outcome: 'Grouped', promised: 1 },
  { verdict: 'state changed', type: 'quiet', outcome: 'StateChanged', promised: 1 },
  { verdict: 'state changed, and its notification delivered', type: 'loud', outcome: 'StateChanged', promised: 2 },
  { verdict: 'scheduled', type: 'scheduled', outcome: 'Scheduled', promised: 1 },
]
/**
 * What a node does by itself is subtracted as it was counted while idle, and is not the same in every second. One round
 * trip too many would be 1.
 */
const TOLERANCE = 0.35

/** What one backend does; null where its server does not count. */
export async function countOn(backend, quick) {
  const counter = await openCounter(backend)
  if (counter === null) return null
  const prefix = newPrefix()
  const folder = mkdtempSync(join(scratch, 'counted-'))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'counted.yaml'), RULES)
  writeFileSync(join(folder, 'acteon.toml'), configuration(backend, prefix))
  try {
    return await withGateway(folder, (url) => counted(url, counter, quick))
  } finally {
    await counter.close()
    await clear(backend, prefix)
    rmSync(folder, { recursive: true, force: true })
  }
}

// One partition: a tenant lies in one anyway, and a node that looks into all of them would drown what is counted.
const configuration = (backend, prefix) => `${sections(backend, { prefix, partitions: 1 })}
[log]
level = "error"

${['sink', 'other'].map((name) => `[[providers]]\nname = "${name}"\ntype = "log"\nkeep = 1\n`).join('\n')}
${machinesToml([machine('quiet', false), machine('loud', true)])}`

async function counted(url, counter, quick) {
  const during = async (act) => {
    const [at, from] = [performance.now(), await counter.read()]
    await act()
    return { seconds: (performance.now() - at) / 1_000, trips: (await counter.read()) - from }
  }
  for (const one of VERDICTS) for (let n = 0; n < 5; n++) await dispatch(url, one, `warm-${n}`)
  // Sweeps and renewals come every five seconds: a stretch of two of those.
  const idle = await during(() => pause(10_000))
  const idle_per_second = idle.trips / idle.seconds
  const verdicts = []
  for (const one of VERDICTS) {
    const dispatches = quick ? 200 : 1_000
    const { seconds, trips } = await during(async () => {
      // One after the other: requests that are sent together could be read together.
      for (let n = 0; n < dispatches; n++) await dispatch(url, one, n)
    })
    const each = (trips - idle_per_second * seconds) / dispatches
    verdicts.push(judged(one, each))
  }
  return { idle_per_second, verdicts }
}

/** What was counted against what was promised. Less than is possible means that something else was counted. */
export const judged = ({ verdict, promised }, each) => ({
  verdict,
  promised,
  round_trips: each,
  ok: each <= promised + TOLERANCE && each > promised - 1,
})

async function dispatch(url, { type, outcome, id }, n) {
  const action = {
    id: `${type}-${id ?? n}`,
    namespace: 'bench',
    tenant: 't',
    provider: 'sink',
    action_type: type,
    payload: { n: id ?? n, text: 'x'.repeat(200) },
    ...(outcome === 'StateChanged' && { status: Number(n) % 2 === 0 ? 'off' : 'on' }),
  }
  const response = await fetch(`${url}/v1/dispatch`, { method: 'POST', body: JSON.stringify(action) })
  const body = await response.json()
  const isFirst = String(n) === 'warm-0'
  if (!response.ok || (!isFirst && body !== outcome && !Object.hasOwn(Object(body), outcome)))
    throw new Error(`${type} became ${response.status} ${JSON.stringify(body)}, not ${outcome}`)
}

/** The table for people, of what `countOn` gave for each backend. */
export function roundTripsText(results) {
  const [first] = Object.values(results).filter((result) => result !== null)
  const backends = Object.keys(results)
  const cell = (result, i) => {
    if (result === null) return 'not counted'
    const { round_trips, ok } = result.verdicts[i]
    return `${round_trips.toFixed(2)}${ok ? '' : ' **too many**'}`
  }
  return [
    '# Round trips of a dispatch, by the servers’ own count',
    '',
    `Redis: reads from connections (\`total_reads_processed\`). PostgreSQL: statements from clients (\`pg_stat_statements\`). What the node does by itself was counted while idle and subtracted: ${backends.map((name) => `${results[name]?.idle_per_second.toFixed(1) ?? '?'} a second on ${name}`).join(', ')} (Redis with one partition). Requests that go out at the same moment are read together: a notification beside the next dispatch counts less.`,
    '',
    `| verdict | promised | ${backends.join(' | ')} |`,
    `| --- | ---: |${' ---: |'.repeat(backends.length)}`,
    ...(first?.verdicts ?? []).map(
      ({ verdict, promised }, i) =>
        `| ${verdict} | ${promised} | ${backends.map((name) => cell(results[name], i)).join(' | ')} |`,
    ),
    ...backends.flatMap((name) =>
      results[name] === null
        ? ['', `${name} was not counted: its server needs \`shared_preload_libraries = pg_stat_statements\`.`]
        : [],
    ),
    '',
  ].join('\n')
}

/** Whether every verdict kept to what was promised. */
export const promiseHeld = (results) =>
  Object.values(results).every((result) => result === null || result.verdicts.every(({ ok }) => ok))

async function main() {
  onSignals(stop)
  try {
    Object.assign(process.env, await provide(['redis', 'postgres'], { countStatements: true }))
    const results = {}
    for (const backend of SHARED) results[backend] = await countOn(backend, process.argv.includes('--quick'))
    console.log(roundTripsText(results))
    return promiseHeld(results) ? 0 : 1
  } finally {
    await stop()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await main()
