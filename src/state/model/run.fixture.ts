import assert from 'node:assert/strict'
import type { Clock } from '../../lib/clock.js'
import { START, type MakeStore } from '../conformance/harness.js'
import { DEFAULT_LIMITS, OP_DEADLINE_MS, type Admission, type EntryKey, type Op, type StateStore } from '../store.js'
import { nameOfReal, originText, plain, workIn } from './answers.fixture.js'
import type { ModelAdmission } from './entries.fixture.js'
import { createModel } from './model.fixture.js'
import { nameOf } from './remembered.fixture.js'
import { REQUESTS, type Prepared, type Progress } from './requests.fixture.js'
import { ID_RETENTION_MS, LIFE, NAMESPACE, PASSES, TENANTS, type Step } from './steps.fixture.js'
import { compareVisible } from './visible.fixture.js'

/** Runs a sequence on a store and on the model, and fails where an answer, or what can be seen after a step, differs. */
export async function compareWithModel(makeStore: MakeStore, steps: Step[]): Promise<void> {
  let now = START
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => {} }
  const made = await makeStore({
    clock,
    limits: DEFAULT_LIMITS,
    outbox_bound: 100_000,
    id_retention_ms: ID_RETENTION_MS,
  })
  try {
    const at = begin(made.store, () => now)
    at.model.tick(now)
    for (const slot of [0, 1]) await join(at, slot)
    for (let i = 0; i < steps.length; i++) {
      const batch = [steps[i]!]
      if (steps[i]!.op === 'pass') {
        if (steps[i]!.b % 3 !== 0) await renewAll(at)
        now += PASSES[steps[i]!.a % PASSES.length]!
        at.model.tick(now)
      } else {
        while (steps[i]!.together && steps[i + 1] !== undefined && steps[i + 1]!.op !== 'pass') batch.push(steps[++i]!)
        await sendTogether(at, batch)
      }
      settleNames(at)
      await compareVisible(at, i)
    }
    await compareVisible(at, 'everything')
  } finally {
    await made.store.close()
    await made.close?.()
  }
}

type Run = Progress & { fences: Map<string, Map<number, number>> }

function begin(store: StateStore, now: () => number): Run {
  let serial = 0
  const fences: Run['fences'] = new Map()
  return {
    store,
    now,
    model: createModel({ idRetentionMs: ID_RETENTION_MS, machine: LIFE }),
    owners: [],
    nodes: [],
    held: [],
    keys: new Map<string, EntryKey>(),
    sent: [],
    ids: new Set(['a0', 'a1', 'a2', 'a3']),
    next: () => ++serial,
    fences,
    bindFence(name, expected, real) {
      const bound = fences.get(name) ?? new Map<number, number>()
      fences.set(name, bound.set(expected, bound.get(expected) ?? real))
      for (const [fence, was] of bound)
        assert.equal(Math.sign(real - was), Math.sign(expected - fence), `${name}: fence ${real}, and ${was} before`)
    },
  }
}

const opOf = ({ next, now }: Run): Op => ({ token: `t${next()}`, deadline: now() + OP_DEADLINE_MS, now: now() })

async function join(at: Run, slot: number): Promise<void> {
  const { owner } = await at.store.join({ ...opOf(at), node: `node-${slot}` })
  assert.ok(owner > Math.max(0, ...at.owners), 'incarnations grow')
  const node = at.model.join()
  at.nodes[slot] = node
  at.owners[node] = owner
}

async function renewAll(at: Run): Promise<void> {
  for (const node of at.nodes) if (at.model.renew(node)) await at.store.renew({ ...opOf(at), owner: at.owners[node]! })
}

/** Sends all at once; a store in this process takes them in the order in which they were sent. */
async function sendTogether(at: Run, steps: Step[]): Promise<void> {
  const prepared: (Prepared & { op: Op; twice: boolean })[] = []
  if (!at.nodes.some((node) => at.model.alive(node))) await join(at, steps[0]!.b % 2)
  for (const step of steps) {
    if (step.op === 'pass') continue
    if (step.op === 'join') {
      await join(at, step.b % 2)
      continue
    }
    const one = await REQUESTS[step.op](at, step)
    if (one !== null) prepared.push({ ...one, op: opOf(at), twice: step.twice && step.op !== 'again' })
  }
  const answers = await Promise.all(
    prepared.map(async ({ send, op, twice }) => {
      const [first, second] = await Promise.all(twice ? [send(op), send(op)] : [send(op)])
      if (twice) assert.deepEqual(second, first, 'two sendings under one token have one answer')
      return first
    }),
  )
  prepared.forEach(({ predict, send, op }, i) => {
    compareAnswers(at, predict(), answers[i])
    at.sent.push({ send, op, answer: answers[i] })
  })
}

/** Compares what both answered, learns the store's fences and ids, and keeps what may be completed later. */
function compareAnswers(at: Run, expected: unknown, real: unknown): void {
  if (expected === undefined) return
  const expectedWork = workIn(expected) as ModelAdmission[]
  const realWork = workIn(real) as Admission[]
  const seen = (admission: Admission) => ({
    name: nameOfReal(admission),
    try: admission.try,
    owner: at.owners.indexOf(admission.owner),
    dispatched_at: admission.dispatched_at,
    payload: admission.plan.action.payload,
    origin: originText(admission.origin),
    attempts: admission.attempts.length,
    takeovers: admission.takeovers,
  })
  const said = plain(expected)
  const heard = plain(real)
  if (!('duplicates' in said)) for (const field of ['duplicates', 'last']) delete heard[field]
  assert.deepEqual(
    { ...heard, work: realWork.map(seen) },
    { ...said, work: expectedWork.map(({ fence: _fence, ...rest }) => rest) },
  )
  expectedWork.forEach((admission, i) => {
    const given = realWork[i]!
    at.keys.set(admission.name, given.key)
    at.bindFence(admission.name, admission.fence, given.fence)
    at.held.push({ expected: admission, real: given })
  })
}

/** An id that was forgotten begins anew: what was held for it in its earlier life says nothing about it. */
function settleNames(at: Run): void {
  const { entries } = at.model.remembered
  for (const name of at.fences.keys()) if (!entries.has(name)) at.fences.delete(name)
  // The store may use the id of a forgotten notification again.
  for (const name of at.keys.keys()) if (!entries.has(name)) at.keys.delete(name)
  at.held = at.held.filter(({ expected }) => entries.has(expected.name))
  for (const tenant of TENANTS)
    for (const id of at.ids)
      at.keys.set(nameOf(tenant, 'caller', id), { namespace: NAMESPACE, tenant, space: 'caller', id })
}
