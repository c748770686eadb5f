import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditRecord } from '../../src/audit/record.js'
import { seededEntropy } from '../../src/testing/random.js'
import { freePort, pause, startServer, until, type RunningServer } from '../server.js'
import { allRecords, fingerprintOf, get, groupBy, missing, nothingOpen, wordOf } from './asked.js'
import { post, startLoad, type Load, type Sent } from './load.js'
import { startReceiver, type Call, type Receiver } from './peer.js'
import { clear, configuration, MAX_GROUP, rules, SCOPE, THROTTLE, type Backend, type Kind } from './setup.js'

export interface Setting {
  state: Backend
  /** How many share the state. */
  nodes: number
  kills: number
  seed: number
}

const CALLERS = 10
/** How long bytes of a sender that is gone may take to be seen here, on a busy machine. */
const ARRIVAL_MS = 200
/** Between an answer of the receiver and the commit of the outcome, on a busy machine. */
const COMMIT_MS = 1_500

interface HistoryEntry {
  version: number
  from: string | null
  to: string
  by: unknown
}

/** Kills nodes under load and judges what became of what was sent; defines the tests. */
export const killUnderLoad = ({ state, nodes, kills: KILLS, seed: SEED }: Setting) =>
  describe(`kill -9, ${KILLS} times, ${nodes} on ${state}, seed ${SEED}`, () => {
    const prefix = `kill9_${randomUUID().slice(0, 8)}`
    const folder = mkdtempSync(join(tmpdir(), 'acteon-kill9-'))
    /** When the signal was sent, and when the process was gone; milliseconds. */
    const kills: { at: number; goneAt: number }[] = []
    let receiver: Receiver
    const servers: RunningServer[] = []
    /** Any node. */
    const url = (): string => servers[0]!.url
    let load: Load
    let records: AuditRecord[]
    let sentBy: Map<string, Sent>
    let callsByKey: Map<string, Call[]>
    const of = (kind: Kind): Sent[] => load.sent.filter((sent) => sent.kind === kind)

    beforeAll(
      async () => {
        const { random } = seededEntropy(SEED)
        receiver = await startReceiver(seededEntropy(SEED + 1).random)
        mkdirSync(join(folder, 'rules'))
        writeFileSync(join(folder, 'rules', 'all.yaml'), rules)
        writeFileSync(join(folder, 'acteon.toml'), configuration(receiver.port, state, prefix))
        const start = (port: number): Promise<RunningServer> =>
          startServer({ cwd: folder, config: 'acteon.toml', port })
        const ports = await Promise.all(Array.from({ length: nodes }, freePort))

        servers.push(...(await Promise.all(ports.map(start))))
        load = startLoad(
          servers.map((server) => server.url),
          seededEntropy(SEED + 2).random,
          CALLERS,
        )
        while (kills.length < KILLS) {
          await pause(100 + random() * 700)
          const victim = Math.floor(random() * nodes)
          const at = Date.now()
          await servers[victim]!.kill()
          kills.push({ at, goneAt: Date.now() })
          servers[victim] = await start(ports[victim]!)
        }
        // However slow the machine, the load goes on until each kind of end has been met.
        await until('every kind of outcome was met', async () => missing(load).length === 0 || undefined, 60_000)
        await load.finish()
        await until('nothing is open any more', () => nothingOpen(url()), 60_000)
        records = await allRecords(url())
        sentBy = new Map(load.sent.map((sent) => [sent.id, sent]))
        callsByKey = groupBy(receiver.calls, ({ key }) => key)
      },
      240_000 + KILLS * 1_000,
    )

    afterAll(async () => {
      const statuses = await Promise.all(servers.map((server) => server.stop()))
      await receiver.close()
      rmSync(folder, { recursive: true, force: true })
      await clear(state, prefix)
      expect(statuses).toEqual(servers.map(() => 0))
    })

    it('was a load worth the name: each kind of action, and calls that were under way at a kill', () => {
      expect(load.sent.length).toBeGreaterThan(KILLS * 8)
      expect(missing(load)).toEqual([])
      expect(load.sent.filter(({ sendings }) => sendings > 1).length).toBeGreaterThan(KILLS)
      expect([...callsByKey.values()].filter((calls) => calls.length > 1).length).toBeGreaterThan(0)
    })

    it('answers every action in the end, with nothing that no fault explains', () => {
      expect(load.wrong).toEqual([])
      expect(load.sent.filter(({ outcome }) => outcome === null)).toEqual([])
    })

    it('delivers what it said it delivered, to the provider that it named', () => {
      const path = { plain: '/main', modified: '/main', deduplicated: '/main', throttled: '/main', rerouted: '/other' }
      for (const [kind, expected] of Object.entries(path))
        for (const { id, outcome } of of(kind as Kind)) {
          const calls = callsByKey.get(id) ?? []
          const delivered = outcome?.type === 'Executed' || outcome?.type === 'Rerouted'
          expect(calls.length > 0, `${id} was ${outcome?.type}, and sent ${calls.length} times`).toBe(delivered)
          for (const call of calls) expect(call.path).toBe(expected)
          if (kind === 'modified') for (const call of calls) expect(call.body.payload['added']).toBe(true)
        }
      for (const kind of ['suppressed', 'grouped'] as const)
        for (const { id } of of(kind)) expect(callsByKey.has(id), id).toBe(false)
    })

    it('sends nothing twice but what was under way at a kill, with the same bytes under the same key', () => {
      for (const [key, calls] of callsByKey) {
        expect(new Set(calls.map(({ hash, path }) => `${path} ${hash}`)).size, `forms of ${key}`).toBe(1)
        for (const [i, call] of calls.slice(1).entries()) {
          const before = calls[i]!
          const explained = kills.some(
            ({ at, goneAt }) =>
              before.arrivedAt <= goneAt + ARRIVAL_MS &&
              at <= (before.answeredAt ?? Infinity) + COMMIT_MS &&
              at <= call.arrivedAt,
          )
          expect(explained, `${key} was sent at ${before.arrivedAt} and again at ${call.arrivedAt}`).toBe(true)
          // Whoever read the outcome read it after it was durable.
          const sent = sentBy.get(key)
          if (sent !== undefined) expect(call.arrivedAt, `${key} after its answer`).toBeLessThanOrEqual(sent.answeredAt)
        }
      }
      const repeats = receiver.calls.length - callsByKey.size
      expect(repeats).toBeLessThanOrEqual(KILLS * (CALLERS + 12))
    })

    it('keeps every reservation: of the actions with one dedup key exactly one is delivered', () => {
      for (const [key, sharing] of groupBy(of('deduplicated'), (sent) => sent.key)) {
        const executed = sharing.filter(({ outcome }) => outcome?.type === 'Executed')
        expect(
          executed.map(({ id }) => id),
          `who holds ${key}`,
        ).toHaveLength(1)
      }
    })

    it('never lets more pass a throttle than it may, and refuses only when that many passed', () => {
      for (const [key, sharing] of groupBy(of('throttled'), (sent) => sent.key)) {
        const ids = new Set(sharing.map(({ id }) => id))
        const mine = records.filter(({ action_id, kind }) => kind === 'dispatch' && ids.has(action_id))
        const at = ({ dispatched_at }: AuditRecord): number => Date.parse(dispatched_at)
        const passed = mine
          .filter(({ outcome }) => outcome === 'executed')
          .map(at)
          .sort((a, b) => a - b)
        for (const [i, time] of passed.entries()) {
          const later = passed[i + THROTTLE.max]
          if (later !== undefined)
            expect(later - time, `one too many that passed ${key}`).toBeGreaterThanOrEqual(THROTTLE.windowMs)
        }
        for (const record of mine.filter(({ outcome }) => outcome === 'throttled')) {
          const within = passed.filter((time) => time <= at(record) && time > at(record) - THROTTLE.windowMs - 1)
          expect(within.length, `passed before ${record.action_id} was refused`).toBeGreaterThanOrEqual(THROTTLE.max)
        }
      }
    })

    it('puts each group member into exactly one batch', () => {
      const batches = [...callsByKey.values()].map(([first]) => first!.body).filter(({ payload }) => payload.events)
      const members = batches.flatMap(({ payload }) => payload.events!.map(({ id }) => id))
      expect(members.toSorted()).toEqual(
        of('grouped')
          .map(({ id }) => id)
          .toSorted(),
      )
      for (const { payload } of batches) {
        expect(payload['event_count']).toBe(payload.events!.length)
        expect(payload.events!.length).toBeLessThanOrEqual(MAX_GROUP)
      }
    })

    it('loses no transition: histories without gaps, and each acknowledged move in them', async () => {
      const fingerprints = new Set(of('tracked').map(({ outcome }) => fingerprintOf(outcome)))
      const moves = new Map<string, HistoryEntry[]>()
      for (const fingerprint of fingerprints) {
        const { history } = await get<{ history: HistoryEntry[] }>(url(), `/v1/events/${fingerprint}`, SCOPE)
        expect(history.map(({ version }) => version)).toEqual(history.map((_, i) => i + 1))
        for (const [i, entry] of history.entries()) expect(entry.from).toBe(i === 0 ? null : history[i - 1]!.to)
        moves.set(fingerprint, history)
      }
      const acknowledged = of('tracked').flatMap(({ outcome, id }) =>
        outcome?.type === 'StateChanged' && outcome.previous_state !== outcome.new_state ? [{ ...outcome, id }] : [],
      )
      for (const { fingerprint, version, previous_state, new_state } of acknowledged) {
        const entry = moves.get(fingerprint)!.find((one) => one.version === version)
        expect(entry).toMatchObject({ from: previous_state, to: new_state })
      }
      const versions = acknowledged.map(({ fingerprint, version }) => `${fingerprint} ${version}`)
      expect(new Set(versions).size).toBe(versions.length)
      expect(versions.length).toBe([...moves.values()].flat().length)
    })

    it('sends one notification for each move that says so, in the order of versions', () => {
      const expected = of('tracked').flatMap(({ outcome }) =>
        outcome?.type === 'StateChanged' && outcome.notify ? [`${outcome.fingerprint} ${outcome.version}`] : [],
      )
      const firsts = [...callsByKey.values()]
        .map(([first]) => first!)
        .filter(({ body }) => body.event !== undefined)
        .sort((a, b) => receiver.calls.indexOf(a) - receiver.calls.indexOf(b))
      const told = firsts.map(({ body }) => `${body.event!.fingerprint} ${body.event!.version}`)
      expect(told.toSorted()).toEqual(expected.toSorted())
      for (const [fingerprint, notices] of groupBy(firsts, ({ body }) => body.event!.fingerprint)) {
        const versions = notices.map(({ body }) => body.event!.version)
        expect(versions, fingerprint).toEqual(versions.toSorted((a, b) => a - b))
      }
    })

    it('delivers each scheduled action once it is due, never early, as one action', () => {
      const calls = groupBy(
        receiver.calls.filter(({ body }) => body.action_type === 'scheduled'),
        ({ body }) => body.payload.ref!,
      )
      for (const { id, outcome } of of('scheduled')) {
        const mine = calls.get(id) ?? []
        expect(mine.length, `${id} was sent`).toBeGreaterThan(0)
        expect(new Set(mine.map(({ key }) => key)).size, `keys of ${id}`).toBe(1)
        if (outcome?.type === 'Scheduled')
          expect(mine[0]!.arrivedAt).toBeGreaterThanOrEqual(Date.parse(outcome.scheduled_for) - 1)
      }
      expect(calls.size).toBe(of('scheduled').length)
    })

    it('has exactly one final record of each dispatch and of each thing that followed', () => {
      const seen = new Set<string>()
      for (const { action_id, kind, try: attempt } of records) {
        const name = `${kind} ${action_id} try ${attempt}`
        expect(seen.has(name), `two records: ${name}`).toBe(false)
        seen.add(name)
      }
      const dispatches = groupBy(
        records.filter(({ kind }) => kind === 'dispatch'),
        ({ action_id }) => action_id,
      )
      expect([...dispatches.keys()].filter((id) => !sentBy.has(id))).toEqual([])
      for (const { id, outcome } of load.sent) {
        const tries = (dispatches.get(id) ?? []).toSorted((a, b) => a.try - b.try)
        expect(
          tries.map((record) => record.try),
          `tries of ${id}`,
        ).toEqual(tries.map((_, i) => i + 1))
        // Only a refusal whose answer was lost is asked again: the same id is admitted anew.
        for (const record of tries.slice(0, -1)) expect(record.outcome, id).toBe('throttled')
        expect(tries.at(-1)?.outcome, id).toBe(wordOf(outcome!.type))
      }
    })

    it('goes on answering an id with its recorded outcome', async () => {
      const settled = load.sent.filter(({ outcome }) => outcome?.type !== 'Throttled')
      for (const { body, outcome, id } of settled.filter((_, i) => i % Math.ceil(settled.length / 60) === 0)) {
        const answer = await post(url(), body)
        expect(answer.headers.get('idempotent-replayed'), id).toBe('true')
        const wire = (await answer.json()) as Record<string, unknown> | string
        const { type, ...fields } = outcome!
        expect(wire).toEqual(type === 'Deduplicated' ? type : { [type]: fields })
      }
    })
  })
