import assert from 'node:assert/strict'
import type { Outcome } from '../../action/outcome.js'
import type { AuditEntry } from '../../audit/record.js'
import type { Clock } from '../../lib/clock.js'
import type { MachineTable } from '../plan.js'
import type {
  Admission,
  Admitted,
  Completed,
  CompleteRequest,
  DueWork,
  EntryKey,
  EntryView,
  Frame,
  Limits,
  Op,
  Page,
  StateStore,
  Transitioned,
} from '../store.js'
import { LEASE_MS, OP_DEADLINE_MS } from '../store.js'
import { draftFor, executed, MACHINES, requestFor, SCOPE, type Sent } from './builders.js'

/** The two functions of a test runner that the suite needs: vitest's, jest's, mocha's or node:test's. */
export interface TestApi {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
}

/** What a store under test is made with. */
export interface StoreSettings {
  /**
   * Virtual time. Operations carry `now` themselves; reads that do not take one (`entry`, `events`, `nodes`, `stats`) are
   * answered by this clock. Its timers never fire.
   */
  clock: Clock
  limits: Limits
  /** How many audit entries the outbox takes before `admit` answers `backlog`. */
  outbox_bound: number
  /** How long a settled id is answered. */
  id_retention_ms: number
}

/** An empty store of the backend, whose audit entries stay in its outbox. `close` is called after the test. */
export type MakeStore = (settings: StoreSettings) => Promise<{ store: StateStore; close?: () => Promise<void> }>

/** One store, its virtual time, and the words in which the tests speak to it. */
export interface World {
  store: StateStore
  /** Virtual now; set it to jump without renewing any lease. */
  now: number
  /** The incarnation of node `a`, which acts unless a test names another. */
  owner: number
  op(): Op
  /** Lets time pass while node `a` keeps renewing; after more than ten minutes it joins anew instead. */
  pass(ms: number): Promise<void>
  join(node: string): Promise<number>

  admit(sent?: Sent): Promise<Admitted>
  /** Admits what must be ours to deliver. */
  deliver(sent?: Sent): Promise<Admission>
  /** Admits what must be settled at once. */
  settled(sent?: Sent): Promise<Extract<Admitted, { kind: 'settled' }>>
  /** Settles an admission; it must be ours. */
  complete(admission: Admission, outcome?: Outcome, more?: Partial<CompleteRequest>): Promise<Completed>
  /** The request that `complete` sends. */
  completing(admission: Admission, outcome?: Outcome, more?: Partial<CompleteRequest>): CompleteRequest
  due(limit?: number, owner?: number): Promise<DueWork>
  entry(id: string, key?: Partial<EntryKey>): Promise<EntryView>
  moveByHand(to: string, fingerprint?: string): Promise<Transitioned>

  /** All audit entries so far, oldest first. */
  records(): Promise<AuditEntry[]>
  /** All frames so far, oldest first. */
  frames(): Promise<Frame[]>
}

export const START = Date.UTC(2026, 0, 5, 12)
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const SETTINGS: Omit<StoreSettings, 'clock'> = {
  limits: { open_groups: 10_000, active_events: 100_000, reservations: 1_000_000, jobs: 100_000 },
  outbox_bound: 100_000,
  id_retention_ms: DAY,
}

export type WorldSettings = Partial<Omit<StoreSettings, 'clock' | 'limits'>> & { limits?: Partial<Limits> }
/** Declares a test that gets a world of its own. */
export type Test = (name: string, body: (w: World) => Promise<void>, settings?: WorldSettings) => void
/** One chapter of the suite. */
export type Chapter = (test: Test) => void

export async function openWorld(
  makeStore: MakeStore,
  settings: WorldSettings = {},
): Promise<World & { close(): Promise<void> }> {
  let now = START
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => {} }
  const limits = { ...SETTINGS.limits, ...settings.limits }
  const made = await makeStore({ ...SETTINGS, ...settings, limits, clock })
  const { store } = made
  let tokens = 0
  const op = (): Op => ({ token: `token-${++tokens}`, deadline: now + OP_DEADLINE_MS, now })
  const join = async (node: string): Promise<number> => (await store.join({ ...op(), node })).owner
  const beginning = (await store.frames({ after: null, limit: 1 })).last

  const w: World = {
    store,
    get now() {
      return now
    },
    set now(at) {
      now = at
    },
    owner: await join('a'),
    op,
    join,
    async pass(ms) {
      const until = now + ms
      if (ms > 10 * MINUTE) {
        now = until
        w.owner = await join('a')
        return
      }
      while (now < until) {
        now = Math.min(until, now + LEASE_MS - 1)
        await store.renew({ ...op(), owner: w.owner })
      }
    },
    admit: (sent = {}) => store.admit({ ...op(), ...requestFor(sent, w.owner) }),
    async deliver(sent) {
      const admitted = await w.admit(sent)
      assert.equal(admitted.kind, 'deliver', `expected it to be delivered, got ${JSON.stringify(admitted)}`)
      return (admitted as Extract<Admitted, { kind: 'deliver' }>).admission
    },
    async settled(sent) {
      const admitted = await w.admit(sent)
      assert.equal(admitted.kind, 'settled', `expected it to be settled, got ${JSON.stringify(admitted)}`)
      return admitted as Extract<Admitted, { kind: 'settled' }>
    },
    completing: (admission, outcome = executed(), more = {}) => ({
      ...op(),
      owner: admission.owner,
      key: admission.key,
      fence: admission.fence,
      outcome,
      redacted: outcome,
      draft: { ...draftFor(admission.plan), action_id: admission.key.id, try: admission.try },
      ...more,
    }),
    async complete(admission, outcome, more) {
      const answer = await store.complete(w.completing(admission, outcome, more))
      assert.equal(answer.kind, 'done', `expected ${admission.key.id} to be completed`)
      return answer as Completed
    },
    due: (limit = 100, owner = w.owner) => store.due({ ...op(), owner, limit, machines: MACHINES }),
    async entry(id, key = {}) {
      const view = await store.entry({ ...SCOPE, space: 'caller', id, ...key })
      assert.ok(view, `expected an entry ${id}`)
      return view
    },
    moveByHand: (to, fingerprint = 'f1') => store.transition({ ...op(), ...byHand(w.owner, to, fingerprint) }),
    records: async () => (await store.outbox({ limit: 100_000 })).map(({ entry }) => entry),
    frames: async () => (await store.frames({ after: beginning, limit: 100_000 })).frames,
  }
  const close = async (): Promise<void> => {
    await store.close()
    await made.close?.()
  }
  return Object.assign(w, { close })
}

let recordIds = 0
const byHand = (owner: number, to: string, fingerprint: string) => ({
  ...SCOPE,
  owner,
  fingerprint,
  to,
  by: { caller: 'operator', comment: 'seen' },
  caller: { caller_id: 'operator', auth_method: 'none', node: 'a', trace_id: null },
  record_id: `record-by-hand-${++recordIds}`,
  machines: MACHINES as Record<string, MachineTable>,
})

/** All items of a list, page by page; fails when a page is larger than asked for, or a cursor leads nowhere. */
export async function everyPage<T>(limit: number, read: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  for (let cursor: string | undefined, pages = 0; ; pages++) {
    assert.ok(pages < 1_000, 'the list does not end')
    const page = await read(cursor)
    assert.ok(page.items.length <= limit, `a page of ${page.items.length} items, asked for ${limit}`)
    items.push(...page.items)
    if (page.next_cursor === undefined) return items
    cursor = page.next_cursor
  }
}

/** Fails unless `actual` has at least what `expected` has: members may be more, lists must have the same length. */
export function matches(actual: unknown, expected: unknown, path = 'it'): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${path}: expected a list, got ${JSON.stringify(actual)}`)
    assert.equal(actual.length, expected.length, `${path}: length of ${JSON.stringify(actual)}`)
    expected.forEach((item, i) => matches(actual[i], item, `${path}[${i}]`))
  } else if (typeof expected === 'object' && expected !== null) {
    assert.ok(typeof actual === 'object' && actual !== null, `${path}: expected an object, got ${String(actual)}`)
    for (const [name, value] of Object.entries(expected))
      matches((actual as Record<string, unknown>)[name], value, `${path}.${name}`)
  } else assert.deepEqual(actual, expected, `${path}: expected ${String(expected)}, got ${JSON.stringify(actual)}`)
}

/** Numbers in [0, 1) from a seed (mulberry32, public domain), so that a failing sequence comes again. */
export function chance(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
