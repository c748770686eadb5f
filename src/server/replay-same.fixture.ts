import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Static } from 'typebox'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../config/load.js'
import type { ReplayJob } from './rule-shapes.js'
import { startServer, type RunningServer } from './start.js'
import { migrateStores } from './stores.js'

const RULES = `rules:
  - name: few
    condition: { field: payload.kind, in: [flood, both] }
    action: { type: throttle, max_count: 2, window_seconds: 1, key: [payload.key] }
  - name: once
    condition: { field: payload.kind, in: [once, both, fails] }
    action: { type: deduplicate, ttl_seconds: 1, key: [payload.kind, payload.key] }
  - name: quiet
    condition: { field: payload.kind, eq: quiet }
    action: { type: suppress }
  - name: together
    condition: { field: payload.kind, eq: together }
    action: { type: group, group_by: [payload.key], group_wait_seconds: 1, max_group_size: 4 }
  - name: tracked
    condition: { field: payload.kind, eq: tracked }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [payload.key] }
`
const TERMS = '[executor]\nmax_retries = 0\n[circuit_breaker]\nenabled = false\n'
const MACHINE = `
[[state_machines]]
name = "alert"
initial_state = "firing"
states = ["firing", "resolved"]
[[state_machines.transitions]]
from = "firing"
to = "resolved"
[[state_machines.transitions]]
from = "resolved"
to = "firing"
`
const KINDS = ['flood', 'once', 'both', 'fails', 'quiet', 'together', 'tracked', 'plain'] as const
const KEYS = 3
const ROUNDS = 12
/** So many are in hand together. */
const AT_ONCE = 40

type Job = Static<typeof ReplayJob>

/** A receiver with a pace: outcomes come later than decisions, and what fails frees its key only when it has failed. */
async function paced(): Promise<{ server: Server; url: string }> {
  let asked = 0
  const server = createServer((request, response) => {
    request.resume()
    setTimeout(() => response.writeHead(request.url === '/takes' ? 200 : 400).end(), 5 + ((asked++ * 7) % 30))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function action(n: number): object {
  // The same ones come close together.
  const turn = Math.floor(n / 3)
  const kind = KINDS[turn % KINDS.length]!
  return {
    ...{ namespace: 'shop', tenant: turn % 5 === 0 ? 'bolt' : 'acme', action_type: kind },
    ...(kind === 'tracked' && Math.floor(n / 100) % 2 === 1 && { status: 'resolved' }),
    provider: kind === 'fails' ? 'refuses' : 'takes',
    payload: { kind, key: `k${Math.floor(turn / KINDS.length) % KEYS}`, n },
  }
}

/** Replays real traffic, with much in the same moment, through the very rules that decided it, on any stores. */
export function sameRulesSuite(
  name: string,
  { stores, nodes, migrate = false }: { stores: () => string; nodes: number; migrate?: boolean },
): void {
  describe(`replaying traffic through the very rules that decided it changes nothing, ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'acteon-same-'))
    const servers: RunningServer[] = []
    const times: number[] = []
    let receiver: Server

    async function call(path: string, body?: unknown, { url } = servers[0]!): Promise<unknown> {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      return (await fetch(`${url}${path}`, init)).json()
    }

    beforeAll(async () => {
      const { server, url } = await paced()
      receiver = server
      mkdirSync(join(folder, 'rules'))
      writeFileSync(join(folder, 'rules', 'all.yaml'), RULES)
      const providers = ['takes', 'refuses'].map(
        (name) => `[[providers]]\nname = "${name}"\ntype = "webhook"\nurl = "${url}/${name}"\n`,
      )
      const text = [stores(), TERMS, ...providers, MACHINE].join('\n')
      const { config, problems } = await parseConfig({ text, file: 'acteon.toml', folder }, {})
      expect(problems).toEqual([])
      if (migrate) await migrateStores(config!)
      for (let node = 0; node < nodes; node++)
        servers.push(await startServer(config!, { port: 0, log: pino({ level: 'silent' }) }))
      let n = 0
      for (let round = 0; round < ROUNDS; round++) {
        times.push(Date.now())
        const actions = Array.from({ length: AT_ONCE }, () => action(n++))
        // A batch is decided about within few milliseconds.
        if (round % 2 === 0) await call('/v1/dispatch/batch', actions, servers[(round / 2) % nodes])
        else await Promise.all(actions.map((one, i) => call('/v1/dispatch', one, servers[i % nodes])))
      }
      // Where records have a way of their own they come a moment later.
      await vi.waitFor(
        async () => {
          const { total } = (await call('/v1/audit?kind=dispatch&limit=1')) as { total: number }
          expect(total).toBe(ROUNDS * AT_ONCE)
        },
        { timeout: 20_000, interval: 50 },
      )
    }, 120_000)
    afterAll(async () => {
      for (const server of servers) await server.stop()
      await new Promise((done) => receiver.close(done))
      rmSync(folder, { recursive: true, force: true })
    })

    async function replayed(request: object): Promise<Job> {
      const { id } = (await call('/v1/rules/replay', { files: [], ...request })) as Job
      return vi.waitFor(
        async () => {
          const job = (await call(`/v1/rules/replay/${id}`)) as Job
          expect(['done', 'failed']).toContain(job.status)
          return job
        },
        { timeout: 60_000, interval: 50 },
      )
    }
    /** What differs is shown when something does. */
    const same = (job: Job): void => {
      expect(job.differing.slice(0, 5)).toEqual([])
      expect(job).toMatchObject({ status: 'done', different: 0 })
    }

    it('over all of it', { timeout: 90_000 }, async () => {
      const job = await replayed({})
      same(job)
      expect(job.done).toBe(ROUNDS * AT_ONCE)
      const outcomes = job.matrix.map(({ real }) => real)
      expect(outcomes).toEqual(
        expect.arrayContaining(['executed', 'failed', 'deduplicated', 'throttled', 'suppressed', 'grouped']),
      )
      expect(outcomes).toContain('state_changed')
      expect(job.besides).toBe(0)
    })

    it('from the middle on: what passed before is relived, and not compared', { timeout: 90_000 }, async () => {
      const job = await replayed({ from: new Date(times[ROUNDS / 2]!).toISOString() })
      same(job)
      expect(job.done).toBeLessThan(ROUNDS * AT_ONCE)
      expect(job.besides).toBeGreaterThan(0)
    })

    it('under a filter: what it leaves out is met all the same', { timeout: 90_000 }, async () => {
      for (const q of ['outcome:deduplicated', 'type:both -outcome:throttled', 'type:tracked,fails']) {
        const job = await replayed({ q })
        same(job)
        expect(job.done).toBeGreaterThan(0)
      }
    })

    it('of the newest alone', { timeout: 90_000 }, async () => {
      const job = await replayed({ limit: 50 })
      same(job)
      expect(job).toMatchObject({ done: 50, total: 50 })
    })
  })
}
