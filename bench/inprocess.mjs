// A child process of run.mjs: dispatches in process, without HTTP, and prints what came of it as JSON.
//   node bench/inprocess.mjs BACKEND KIND SECONDS CALLERS FOLDER PREFIX
import { join } from 'node:path'
import { createGateway, embeddedState, loadRules, memoryState, postgresState, redisState } from 'acteon'
import { actionOf, KINDS, MACHINES } from './workloads.mjs'

const [backend, kind, seconds, callers, folder, prefix] = process.argv.slice(2)
const sink = {
  name: 'sink',
  type: 'sink',
  deliver: async () => ({ status: 'success', body: null, headers: {} }),
}
const STATES = {
  memory: () => memoryState(),
  embedded: () => embeddedState({ path: join(folder, 'in-process') }),
  redis: () => redisState({ url: process.env.REDIS_URL, prefix }),
  postgres: () => postgresState({ url: process.env.DATABASE_URL, prefix }),
}
const gateway = await createGateway({
  state: STATES[backend](),
  rules: await loadRules(join(folder, 'rules')),
  machines: MACHINES,
  providers: [sink],
})

let n = 0
const times = []
async function caller(until) {
  while (performance.now() < until) {
    const started = performance.now()
    const outcome = await gateway.dispatch(actionOf(kind, n++))
    times.push(performance.now() - started)
    if (!KINDS[kind].includes(outcome.type)) throw new Error(`${kind} became ${JSON.stringify(outcome)}`)
  }
}
const load = (ms) => Promise.all(Array.from({ length: Number(callers) }, () => caller(performance.now() + ms)))

await load(300)
times.length = 0
const started = performance.now()
await load(Number(seconds) * 1000)
const elapsed = (performance.now() - started) / 1000
times.sort((a, b) => a - b)
const quantile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(
  JSON.stringify({ per_second: times.length / elapsed, p50_ms: quantile(0.5), p99_ms: quantile(0.99), errors: 0 }),
)
await gateway.close({ graceMs: 1_000 })
process.exit(0)
