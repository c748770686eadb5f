import assert from 'node:assert/strict'
import { asksToBeTriedAgain, type Outcome } from '../../action/outcome.js'
import { answer, draftFor, failed, planFor, requestFor, suppressed, type Sent } from '../conformance/builders.js'
import { LEASE_MS, type Admission, type Op } from '../store.js'
import type { ModelAdmission } from './entries.fixture.js'
import { nameOf } from './remembered.fixture.js'
import {
  FINGERPRINTS,
  endingOf,
  gatesOf,
  GROUPS,
  LIFE,
  NAMESPACE,
  OUTCOMES,
  TENANTS,
  type Step,
} from './steps.fixture.js'
import type { Known } from './visible.fixture.js'

/** What a sequence has learned so far, from which the next request is made. */
export interface Progress extends Known {
  /** The present incarnations of the nodes, as the model counts owners. */
  nodes: number[]
  /** Work that was handed out, also what was taken away since. */
  held: { expected: ModelAdmission; real: Admission }[]
  sent: { op: Op; send: (op: Op) => Promise<unknown>; answer: unknown }[]
  /** Callers' ids that were used. */
  ids: Set<string>
  /** A number that was not used before. */
  next(): number
}

/** A step as a request to the store, and as the model's move. */
export interface Prepared {
  send(op: Op): Promise<unknown>
  /** What the model answers; undefined: not compared. */
  predict(): unknown
}

/** Null: there is nothing that the step could be about. */
type Prepare = (at: Progress, step: Step) => Prepared | null | Promise<Prepared | null>

const scopeOf = ({ a }: Step) => ({ namespace: NAMESPACE, tenant: TENANTS[a % 7 === 0 ? 1 : 0]! })

const living = ({ nodes, model }: Progress, { b }: Step): number | undefined => {
  const alive = nodes.filter((owner) => model.alive(owner))
  return alive[b % alive.length]
}

/** For what only a node with a lease may ask. */
const byLiving =
  (
    prepare: (at: Progress, step: Step, owner: number, realOwner: number) => Prepared | null | Promise<Prepared | null>,
  ): Prepare =>
  (at, step) => {
    const owner = living(at, step)
    return owner === undefined ? null : prepare(at, step, owner, at.owners[owner]!)
  }

/** A caller's id whose last outcome asks to be tried again. */
const asksAgain = ({ model }: Progress, tenant: string): string | undefined =>
  [...model.remembered.entries.values()].find(
    (entry) =>
      entry.name === nameOf(tenant, 'caller', entry.id) &&
      entry.status === 'settled' &&
      asksToBeTriedAgain(entry.outcome!),
  )?.id

const isUnplanned = ({ origin }: Admission): boolean => origin.kind === 'schedule' && !origin.planned

const someHeld = ({ held }: Progress, { a }: Step) =>
  held.length === 0 ? undefined : held[held.length - 1 - (a % Math.min(held.length, 6))]

export const REQUESTS: Record<Exclude<Step['op'], 'pass' | 'join'>, Prepare> = {
  renew({ store, model, owners, nodes, now }, { b }) {
    const node = nodes[b % nodes.length]!
    const owner = owners[node]!
    return {
      send: (op) => store.renew({ ...op, owner }),
      predict: () => (model.renew(node) ? { owner, lease_until: now() + LEASE_MS } : { expired: true }),
    }
  },

  leave({ store, model, owners, nodes }, { b }) {
    const node = nodes[b % nodes.length]!
    return { send: (op) => store.leave({ ...op, owner: owners[node]! }), predict: () => model.leave(node) }
  },

  admit(at, step) {
    const { a, b, c, d } = step
    const node = b % 11 === 0 ? at.nodes[c % at.nodes.length]! : living(at, step)
    if (node === undefined) return null
    const scope = scopeOf(step)
    const ending = endingOf(scope.tenant, c, d, at.next())
    // A scheduled id is new each time: when the derived one of an earlier life is forgotten is the store's affair.
    const fresh = ending?.kind === 'schedule' || a % 4 === 0
    const again = a % 4 === 1 && !fresh ? asksAgain(at, scope.tenant) : undefined
    const id = again ?? (fresh ? `n${at.next()}` : `a${a % 5}`)
    at.ids.add(id)
    const sent = {
      id,
      ...scope,
      lane: ending === null && d % 3 === 0 ? `${scope.tenant}-lane` : null,
      body: b % 13 === 0 ? 'another' : 'same',
      payload: { of: id, serial: at.next() },
      gates: gatesOf(scope.tenant, b),
      ending: ending?.kind === 'group' ? { ...ending, member: JSON.stringify({ id }) } : ending,
    }
    return admission(at, sent, node)
  },

  goOn(at, { b, c, d }) {
    const due = at.held.filter(({ real }) => isUnplanned(real)).at(-1)
    if (due === undefined) return null
    const { key, owner, fence } = due.real
    const endings = [null, null, endingOf(key.tenant, 3, d, at.next()), answer(suppressed())]
    const sent = {
      ...key,
      owner,
      payload: { goes: 'on', serial: at.next() },
      gates: gatesOf(key.tenant, b),
      ending: endings[c % 4]!,
      continues: { fence },
    }
    return admission(at, sent, due.expected.owner, due.expected.fence)
  },

  complete(at, step) {
    const taken = someHeld(at, step)
    if (taken === undefined) return null
    const [outcome, buried] = OUTCOMES[step.d % OUTCOMES.length]!
    const letter = buried ? `letter-${at.next()}` : null
    return completion(at, taken.real, { ...taken.expected, outcome, letter, unowned: false })
  },

  async callOff(at, { a, b }) {
    const waiting = [...at.model.remembered.entries.values()].filter(
      ({ status, name }) => ['queued', 'parked', 'scheduled'].includes(status) && at.keys.has(name),
    )
    const entry = waiting[a % waiting.length]
    if (entry === undefined) return null
    const owner = at.nodes[b % at.nodes.length]!
    const key = at.keys.get(entry.name)!
    const { fence } = (await at.store.entry(key))!
    const real = { key, fence, owner: at.owners[owner]!, plan: planFor({ ...key }) }
    const outcome = failed({ code: 'CANCELLED' })
    return completion(at, real, { name: entry.name, fence: entry.fence, owner, outcome, letter: null, unowned: true })
  },

  park(at, step) {
    const taken = someHeld(at, step)
    // What is not planned yet was not attempted either.
    if (taken === undefined || isUnplanned(taken.real)) return null
    const { key, owner, fence } = taken.real
    const delay_ms = [1_000, 2_000, 6_000][step.c % 3]!
    const outcome = step.d % 2 === 0 ? failed({ retrying: true }) : null
    const count = taken.expected.attempts + 1
    const attempts = Array.from({ length: count }, (_, n) => attempt(n + 1))
    const parking = { owner, key, fence, delay_ms, attempts, ...(outcome !== null && { outcome }) }
    return {
      send: (op) => at.store.park({ ...op, ...parking }),
      predict: () => at.model.park({ ...taken.expected, delay_ms, attempts: count, outcome }),
    }
  },

  due: byLiving(({ store, model }, _step, node, owner) => ({
    send: (op) => store.due({ ...op, owner, limit: 1_000, machines: { life: LIFE } }),
    predict: () => ({ admissions: model.due(node) }),
  })),

  resume: byLiving(({ store, model }, _step, node, owner) => ({
    send: (op) => store.resume({ ...op, owner, limit: 1_000 }),
    predict: () => ({ admissions: model.resume(node) }),
  })),

  flush: byLiving(({ store, model }, step, node, owner) => {
    const open = [...model.remembered.groups.values()]
    const scope = scopeOf(step)
    // Seldom one that is not there.
    const { tenant = scope.tenant, ending } = open[step.b % (open.length + 1)] ?? {}
    const group_key = ending?.group_key ?? `together:${GROUPS[step.c % 2]!}`
    return {
      send: (op) => store.flush({ ...op, ...scope, tenant, owner, group_key }),
      predict: () => {
        const sealed = model.flush(tenant, group_key, node)
        return sealed === null ? null : { admission: sealed }
      },
    }
  }),

  moveByHand: byLiving(({ store, model, next }, step, node, owner) => {
    const events = [...model.remembered.events.values()]
    const known = events[step.b % (events.length + 1)]
    const { tenant, fingerprint } = known ?? { tenant: scopeOf(step).tenant, fingerprint: FINGERPRINTS[step.c % 2]! }
    const to = Object.keys(LIFE.states)[step.d % 4]!
    const moving = {
      namespace: NAMESPACE,
      tenant,
      owner,
      fingerprint,
      to,
      by: { caller: 'operator' },
      caller: { caller_id: 'operator', auth_method: 'none', node: 'a', trace_id: null },
      record_id: `record-${next()}`,
      machines: { life: LIFE },
    }
    return {
      send: (op) => store.transition({ ...op, ...moving }),
      predict: () => model.moveByHand(tenant, fingerprint, to, node),
    }
  }),

  redeliver: byLiving(async ({ store, model }, _step, node, owner) => {
    const { letters, entries } = model.remembered
    const letter = [...letters.values()].find(({ name, try: nth }) => entries.get(name)?.try === nth)
    if (letter === undefined) return null
    const { id, version, context } = (await store.deadLetter(letter.id))!
    const again = { owner, id, version, context, force: false, idempotency_key: letter.name }
    return { send: (op) => store.redeliver({ ...op, ...again }), predict: () => model.redeliver(id, node) }
  }),

  async discard({ store, model, now }) {
    const { letters, records } = model.remembered
    const id = [...letters.keys()][0]
    if (id === undefined) return null
    const { version, plan } = (await store.deadLetter(id))!
    const decision = { outcome: failed(), dispatched_at: now(), completed_at: now() }
    const audit = { draft: { ...draftFor(plan), kind: 'dead_letter' as const }, decision }
    return {
      send: (op) => store.discardDeadLetter({ ...op, id, version, audit }),
      predict: () => {
        const answered = model.discard(id)
        if (answered.kind === 'done') records.push(`Failed@${decision.completed_at}`)
        return answered
      },
    }
  },

  sweep: ({ store }) => ({ send: (op) => store.sweep({ ...op, limit: 1_000 }), predict: () => undefined }),

  again({ sent, now }, { a }) {
    const before = sent[sent.length - 1 - (a % Math.min(sent.length, 8))]
    if (before === undefined || now() > before.op.deadline) return null
    return {
      send: async () => {
        const again = await before.send({ ...before.op, now: now() })
        assert.deepEqual(again, before.answer, 'a repeated token must give the first answer')
      },
      predict: () => undefined,
    }
  },
}

function admission(at: Progress, sent: Sent & { tenant: string }, owner: number, continues?: number): Prepared {
  const request = requestFor({ ...sent, namespace: NAMESPACE }, at.owners[owner]!)
  const { key, plan } = request
  const asked = { ...key, owner, plan, body: sent.body ?? '', lane: sent.lane ?? null }
  return {
    send: (op) => at.store.admit({ ...op, ...request }),
    predict: () => at.model.admit({ ...asked, ...(continues !== undefined && { continues }) }),
  }
}

function completion(
  at: Progress,
  { key, owner, fence, plan }: Pick<Admission, 'key' | 'owner' | 'fence' | 'plan'>,
  expected: { name: string; fence: number; owner: number; outcome: Outcome; letter: string | null; unowned: boolean },
): Prepared {
  const { outcome, letter, unowned } = expected
  const draft = { ...draftFor(plan), action_id: key.id }
  const completing = {
    ...{ owner, key, fence, outcome, redacted: outcome, draft },
    ...(unowned && { unowned }),
    ...(letter !== null && { dead_letter: { id: letter, code: 'X', error: 'no', attempts: [] } }),
  }
  return { send: (op) => at.store.complete({ ...op, ...completing }), predict: () => at.model.complete(expected) }
}

const attempt = (n: number) => ({
  attempt: n,
  provider: 'email',
  at: '2026-01-05T12:00:00.000Z',
  duration_ms: 1,
  result: 'retryable' as const,
})
