import { afterEach, describe, expect, it } from 'vitest'
import { keyOf } from '../../lib/ids.js'
import {
  answer,
  failed,
  group,
  letter,
  moveTo,
  planFor,
  reservation,
  schedule,
  SCOPE,
  suppressed,
  window,
  type Sent,
} from '../conformance/builders.js'
import { everyPage, START } from '../conformance/harness.js'
import type { Action, Admission, Admitted, Frame, StateStore, StoredRecord } from '../store.js'
import { connect } from './connect.js'
import { openRedisState } from './open.js'
import { newPrefix, PATIENT_MS, redisUrl, removeKeys } from './store.fixture.js'
import { admit, completing, deliver, joined, op } from '../talk.fixture.js'

const PARTITIONS = 8
const opened: StateStore[] = []
let prefix = newPrefix()
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  await removeKeys(redisUrl(), prefix)
  prefix = newPrefix()
})

/** Another node on the same store: a connection of its own, and the server's time. */
async function node(name: string): Promise<{ store: StateStore; owner: number }> {
  const store = await openRedisState({ url: redisUrl(), prefix, partitions: PARTITIONS, answerWithinMs: PATIENT_MS })
  opened.push(store)
  return { store, owner: await joined(store, name) }
}
const nodes = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => node(`n${n}`)))

/** Of what came in one millisecond to several partitions, none is older. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 2))

const kinds = (answers: Admitted[], kind: string): number => answers.filter((one) => one.kind === kind).length

describe('several nodes on one Redis', () => {
  it('admit one of a thousand actions with one key, whichever node they come to', async () => {
    const all = await nodes(3)
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => {
        const { store, owner } = all[n % all.length]!
        return admit(store, owner, { id: `a${n}`, gates: [reservation()] })
      }),
    )
    expect(kinds(answers, 'deliver')).toBe(1)
    expect(kinds(answers, 'settled')).toBe(999)
  }, 60_000)

  it('let no more pass than the limit in any window of the server’s time, and starve nobody', async () => {
    const all = await nodes(3)
    const [limit, window_ms] = [5, 400]
    const key = keyOf('a window')
    const passed: number[] = []
    const refused: { at: number; wait: number }[] = []
    let n = 0
    const until = performance.now() + 2_500
    const send = async ({ store, owner }: (typeof all)[number]): Promise<void> => {
      while (performance.now() < until) {
        const answered = await admit(store, owner, { id: `w${n++}`, gates: [window(limit, window_ms, { key })] })
        if (answered.kind === 'deliver') passed.push(answered.admission.dispatched_at)
        else if (answered.kind === 'settled')
          refused.push({ at: answered.dispatched_at, wait: answered.gates[0]!.retry_after_ms! })
        await new Promise((resolve) => setTimeout(resolve, 3))
      }
    }
    await Promise.all(all.map(send))
    passed.sort((a, b) => a - b)
    for (let i = 0; i + limit < passed.length; i++)
      expect(passed[i + limit]! - passed[i]!, `${i}`).toBeGreaterThanOrEqual(window_ms)
    for (const { at, wait } of refused) {
      const within = passed.filter((one) => one <= at && one > at - window_ms)
      expect(within.length).toBe(limit)
      expect(wait).toBe(within[0]! + window_ms - at)
    }
    expect(passed.length).toBeGreaterThan(limit)
    expect(refused.length).toBeGreaterThan(0)
  }, 60_000)

  it('move one event one after the other: the versions that were answered are the history, in the order of time', async () => {
    const all = await nodes(3)
    const statuses = ['firing', 'acknowledged', 'resolved', null]
    interface Seen {
      version: number
      from: string | null
      to: string
      sent: number
      answered: number
    }
    const seen: Seen[] = []
    await Promise.all(
      Array.from({ length: 24 }, async (_, caller) => {
        const { store, owner } = all[caller % all.length]!
        for (let n = 0; n < 12; n++) {
          const sent = performance.now()
          const ending = moveTo(statuses[(caller * 7 + n * 5) % statuses.length]!)
          const answered = await admit(store, owner, { id: `e${caller}-${n}`, ending })
          if (answered.kind !== 'settled' || answered.outcome.type !== 'StateChanged') continue
          const { version, previous_state, new_state } = answered.outcome
          if (previous_state !== new_state)
            seen.push({ version: version!, from: previous_state, to: new_state, sent, answered: performance.now() })
        }
      }),
    )
    seen.sort((a, b) => a.version - b.version)
    const history = await all[0]!.store.history({ ...SCOPE, fingerprint: 'f1' })
    expect(seen.map(({ version, from, to }) => [version, from, to])).toEqual(
      history.map(({ version, from, to }) => [version, from, to]),
    )
    // What was answered before another was sent comes before it.
    let latestSent = -Infinity
    for (const { sent, answered } of seen) {
      expect(answered).toBeGreaterThanOrEqual(latestSent)
      latestSent = Math.max(latestSent, sent)
    }
    expect(seen.length).toBeGreaterThan(20)
  }, 60_000)

  it('read all frames in one order while others append, without gap or double, from any position', async () => {
    const all = await nodes(3)
    const TENANTS = 20
    const first = (await all[2]!.store.frames({ after: null, limit: 0 })).last
    let done = 0
    const writing = Promise.all(
      Array.from({ length: 12 }, async (_, caller) => {
        const { store, owner } = all[caller % 2]!
        for (let n = 0; n < 60; n++) {
          const sent = {
            id: `f${caller}-${n}`,
            tenant: `t${(caller * 60 + n) % TENANTS}`,
            ending: answer(suppressed()),
          }
          await admit(store, owner, sent)
          done++
        }
      }),
    )
    const read: Frame[] = []
    let after = first
    let reads = 0
    while (read.length < 720) {
      const finished = done === 720
      const page = await all[2]!.store.frames({ after, limit: 17 })
      expect(page.lost).toBe(false)
      read.push(...page.frames)
      after = page.frames.at(-1)?.id ?? after
      reads++
      if (finished && page.frames.length === 0) break
    }
    await writing
    const whole = (await all[0]!.store.frames({ after: null, limit: 10_000 })).frames.filter(({ id }) => id > first)
    expect(read.map(({ id }) => id)).toEqual(whole.map(({ id }) => id))
    expect(new Set(read.map(({ data }) => data['action_id'])).size).toBe(720)
    expect(read.map(({ id }) => id)).toEqual([...new Set(read.map(({ id }) => id))].sort())
    expect(reads).toBeGreaterThan(10)
  }, 60_000)

  it('wake who listens to frames, also for what another node did', async () => {
    const [here, there] = await nodes(2)
    let woken = 0
    const stop = here!.store.onFrames(() => woken++)
    await admit(there!.store, there!.owner, { id: 'a1', ending: answer(suppressed()) })
    await new Promise((resolve) => setTimeout(resolve, 700))
    await admit(there!.store, there!.owner, { id: 'a2', ending: answer(suppressed()) })
    for (const end = Date.now() + 15_000; woken === 0 && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 20))
    stop()
    expect(woken).toBeGreaterThan(0)
  }, 30_000)

  it('do what is due over all tenants in due order, at most as much as asked for, and each once', async () => {
    const [one, other] = await nodes(2)
    for (let n = 0; n < 30; n++)
      await admit(one!.store, one!.owner, { id: `s${n}`, tenant: `t${n % 9}`, ending: schedule(1 + ((n * 7) % 30)) })
    await new Promise((resolve) => setTimeout(resolve, 60))
    const taken: { due: string; parent: string }[] = []
    for (let ran = 1; ran > 0;) {
      const both = await Promise.all(
        [one!, other!].map(({ store, owner }) => store.due({ ...op(), owner, limit: 4, machines: {} })),
      )
      for (const work of both) {
        expect(work.ran).toBeLessThanOrEqual(4)
        for (const { origin, key } of work.admissions)
          if (origin.kind === 'schedule') taken.push({ due: key.id, parent: origin.parent })
      }
      ran = both.reduce((sum, work) => sum + work.ran, 0)
    }
    expect(taken.map(({ parent }) => parent).sort()).toEqual(Array.from({ length: 30 }, (_, n) => `s${n}`).sort())
  }, 30_000)

  it('take over the work of one that left, over all tenants, oldest first, and each once', async () => {
    const [gone, one, other] = await nodes(3)
    for (let n = 0; n < 40; n++) {
      await deliver(gone!.store, gone!.owner, { id: `r${n}`, tenant: `t${n % 9}` })
      await aMoment()
    }
    await gone!.store.leave({ ...op(), owner: gone!.owner })
    const first = await one!.store.resume({ ...op(), owner: one!.owner, limit: 5 })
    expect(first.map(({ key }) => key.id)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4'])
    const rest = await Promise.all(
      [one!, other!].map(async ({ store, owner }) => {
        const all: string[] = []
        for (;;) {
          const some = await store.resume({ ...op(), owner, limit: 3 })
          all.push(...some.map(({ key }) => key.id))
          if (some.length === 0) return all
        }
      }),
    )
    expect(rest.flat()).toHaveLength(35)
    expect(new Set(rest.flat()).size).toBe(35)
  }, 30_000)

  it('list what lies in many partitions page by page, complete, in order and without doubles', async () => {
    const [{ store, owner }] = (await nodes(1)) as [Awaited<ReturnType<typeof node>>]
    const ids = Array.from({ length: 50 }, (_, n) => `l${n}`)
    const tenantOf = (n: number): string => `t${n % 13}`
    for (const [n, id] of ids.entries()) {
      await aMoment()
      const admission = await deliver(store, owner, { id, tenant: tenantOf(n) })
      if (n % 2 === 1)
        await store.complete({
          ...completing(admission),
          outcome: failed(),
          redacted: failed(),
          ...letter(`letter-${id}`),
        })
      await admit(store, owner, { id: `g${n}`, tenant: tenantOf(n), ending: group(`g${n}`, { name: `g${n}` }) })
      await admit(store, owner, {
        id: `e${n}`,
        tenant: tenantOf(n),
        ending: moveTo('acknowledged', { fingerprint: `f${n}` }),
      })
    }
    const open = await everyPage(7, (cursor) => store.openEntries({ limit: 7, cursor }))
    expect(open.map(({ key }) => key.id)).toEqual(ids.filter((_, n) => n % 2 === 0))
    const letters = await everyPage(7, (cursor) => store.deadLetters({ limit: 7, cursor }))
    expect(letters.map(({ key }) => key.id)).toEqual(ids.filter((_, n) => n % 2 === 1).reverse())
    const groups = await everyPage(7, (cursor) => store.groups({ limit: 7, cursor }))
    expect(groups.map(({ group_key }) => group_key)).toEqual(ids.map((_, n) => `together:g${n}`).reverse())
    const events = await everyPage(7, (cursor) => store.events({ limit: 7, cursor }))
    expect(events.map(({ fingerprint }) => fingerprint)).toEqual(ids.map((_, n) => `f${n}`).reverse())
    const ofOne = await everyPage(2, (cursor) => store.events({ limit: 2, cursor, tenant: 't3' }))
    expect(ofOne.map(({ fingerprint }) => fingerprint)).toEqual(['f42', 'f29', 'f16', 'f3'])
    expect((await store.outbox({ limit: 1_000 })).length).toBe(125)
  }, 60_000)

  it('keep all that a caller sent as it was sent', async () => {
    const [{ store, owner }] = (await nodes(1)) as [Awaited<ReturnType<typeof node>>]
    const payload = {
      large: 9_007_199_254_740_991,
      exact: 0.1,
      tiny: 5e-324,
      huge: 1.7976931348623157e308,
      empty: [] as never[],
      nothing: {},
      none: null,
      nested: [[], [{}], [null]],
      text: 'a/b "quoted" \\ud800 \u0000 \u2028 \ud83d\ude00 é',
      half: '\ud800',
      '1': 'a name that is a number',
      z: 1,
      a: 2,
    }
    const { action } = planFor({ id: 'a1', payload })
    const original = { ...action, payload: { ...payload, half: 'changed' } } as Action
    const admission = await deliver(store, owner, { id: 'a1', payload, original })
    await store.park({ ...op(), owner, key: admission.key, fence: admission.fence, delay_ms: 0, attempts: [] })
    const { admissions } = await store.due({ ...op(), owner, limit: 10, machines: {} })
    expect(JSON.stringify(admissions[0]!.plan.action.payload)).toBe(JSON.stringify(payload))
    const view = await store.entry(admission.key)
    expect(JSON.stringify(view!.action!.payload)).toBe(JSON.stringify(original.payload))
    const text = JSON.stringify({ id: 'm1', payload })
    await admit(store, owner, { id: 'm1', ending: group('m1', { member: text, labels: { cluster: '\ud800 "' } }) })
    const flushed = await store.flush({ ...op(), ...SCOPE, owner, group_key: 'together:g1' })
    const { origin } = flushed!.admission
    expect(origin.kind === 'flush' && origin.batch.members[0]!.text).toBe(text)
    expect(origin.kind === 'flush' && origin.batch.labels).toEqual({ cluster: '\ud800 "' })
  })

  it('write no key without the tag of a partition or of what is global', async () => {
    const [{ store, owner }] = (await nodes(1)) as [Awaited<ReturnType<typeof node>>]
    const gates = [reservation('x', { ttl_ms: 1_000 }), window(3, 1_000)]
    await store.complete(completing(await deliver(store, owner, { id: 'a1', gates, lane: 'x' })))
    await admit(store, owner, { id: 'a2', ending: group('a2') })
    await admit(store, owner, { id: 'a3', ending: moveTo('firing') })
    await store.take({ ...op(), name: 'email', per_second: 5, count: 1 })
    const keys = await keysOf(prefix)
    expect(keys.length).toBeGreaterThan(20)
    for (const key of keys) expect(key).toMatch(/^test-[-0-9a-f]+:\{(p\d\d|all)\}(:|$)/)
  })

  it('leave nothing behind once all that callers sent is over', async () => {
    const clock = { at: START, now: () => clock.at, monotonic: () => clock.at, after: () => () => {} }
    const store = await openRedisState({ url: redisUrl(), prefix, partitions: 2, clock })
    opened.push(store)
    const at = () => ({ ...op(), deadline: clock.at + 30_000, now: clock.at })
    let { owner } = await store.join({ ...at(), node: 'a' })
    const send = (sent: Sent) => admit(store, owner, sent, at())
    const follow = async (answered: Admitted): Promise<void> => {
      const work =
        answered.kind === 'settled' ? answered.follow : answered.kind === 'deliver' ? [answered.admission] : []
      for (const one of work) await finish(one)
    }
    const finish = async (one: Admission, more: object = {}): Promise<void> => {
      const done = await store.complete({ ...completing(one, at()), ...more })
      if (done.kind === 'done') for (const next of done.follow) await finish(next)
    }
    const gates = [reservation('x'), window(5, 1_000), window(5_000, 64_000, { key: 'e'.repeat(64) })]
    const held = await send({ id: 'a1', gates, lane: 'x' })
    await send({ id: 'dup', gates })
    await send({ id: 'a2', lane: 'x' })
    await send({ id: 'a3', tenant: 'other', lane: 'x' }).then(follow)
    await follow(held)
    const failing = await send({ id: 'a4', lane: 'y' })
    if (failing.kind === 'deliver')
      await finish(failing.admission, { outcome: failed(), redacted: failed(), ...letter('l1') })
    await send({ id: 'm1', ending: group('m1', { name: 'closes', max_size: 1, interval_ms: 1_000 }) }).then(follow)
    await send({ id: 'm2', ending: group('m2', { name: 'waits' }) })
    for (const status of ['firing', 'acknowledged', 'resolved', 'firing', 'resolved'])
      await send({ id: `e-${status}-${clock.at++}`, ending: moveTo(status, { labels: { a: 'b', c: 'd' } }) }).then(
        follow,
      )
    await send({ id: 's1', ending: schedule(1_000), gates: [reservation('s')] })
    await store.take({ ...at(), name: 'email', per_second: 5, count: 1 })
    const parked = await send({ id: 'p1' })
    if (parked.kind === 'deliver') {
      const { key, fence } = parked.admission
      await store.park({ ...at(), owner, key, fence, delay_ms: 1_000, attempts: [] })
    }
    const written = await store.casRecord({ ...at(), kind: 'k', name: 'n', version: 0, value: 1 })
    await store.casRecord({ ...at(), kind: 'k', name: 'n', version: (written as StoredRecord).version, value: null })

    for (let round = 0; round < 5; round++) {
      clock.at += 60_000
      owner = (await store.join({ ...at(), node: 'a' })).owner
      for (const one of (await store.due({ ...at(), owner, limit: 100, machines: {} })).admissions) await finish(one)
    }
    const positions = (await store.outbox({ limit: 1_000 })).map(({ position }) => position)
    await store.acknowledge({ ...at(), positions })
    expect((await store.openEntries({})).items).toEqual([])
    clock.at += 60 * 86_400_000
    while ((await store.sweep({ ...at(), limit: 200 })) > 0);
    const left = (await keysOf(prefix)).map((key) => key.replace(/^.*?\}/, '')).filter((key) => !key.startsWith(':t:'))
    expect([...new Set(left)].sort()).toEqual(['', ':frames', ':out'])
  }, 30_000)
})

async function keysOf(prefix: string): Promise<string[]> {
  const { client } = await connect({ url: redisUrl(), onReconnect: () => {} })
  try {
    return (await client.call('KEYS', `${prefix}:*`)) as string[]
  } finally {
    client.disconnect()
  }
}
