import assert from 'node:assert/strict'
import type { Admission, Batch } from '../store.js'
import { failed, group, SCOPE } from './builders.js'
import { matches, type Chapter, type World } from './harness.js'

const batchOf = (admission: Admission | undefined): Batch => {
  assert.ok(admission, 'expected a sealed batch')
  assert.equal(admission.origin.kind, 'flush')
  return (admission.origin as { batch: Batch }).batch
}
const idsOf = (admission: Admission | undefined): string[] => batchOf(admission).members.map(({ id }) => id)

const join = (w: World, id: string, more: Parameters<typeof group>[1] = {}) =>
  w.settled({ id, ending: group(id, more) })
const seen = (w: World, group_key = 'together:g1') => w.store.group({ ...SCOPE, group_key })
const flush = (w: World, group_key = 'together:g1') => w.store.flush({ ...w.op(), ...SCOPE, owner: w.owner, group_key })
const iso = (ms: number): string => new Date(ms).toISOString()

/** Groups and their batches (spec section 5, P6). */
export const groups: Chapter = (test) => {
  test('the first member opens the group; each is answered with its size and when it is due', async (w) => {
    const opened = w.now
    const first = await join(w, 'a1')
    matches(first.outcome, { type: 'Grouped', group_id: 'group-of-a1', group_key: 'together:g1', group_size: 1 })
    await w.pass(10_000)
    const second = await join(w, 'a2')
    matches(second.outcome, { type: 'Grouped', group_id: 'group-of-a1', group_size: 2 })
    for (const { outcome } of [first, second])
      assert.equal(Date.parse((outcome as { notify_at: string }).notify_at), opened + 30_000)
    assert.deepEqual(second.follow, [])
    matches(await seen(w), [
      {
        ...SCOPE,
        group_id: 'group-of-a1',
        rule: 'together',
        provider: 'email',
        action_type: 'send',
        labels: { cluster: 'g1' },
        event_count: 2,
        state: 'pending',
        notify_at: opened + 30_000,
        created_at: opened,
      },
    ])
    assert.equal((await seen(w))[0]!.members.length, 2)
  })

  test('when it is due its batch is sealed: one derived action with all members, in order of admission', async (w) => {
    const opened = w.now
    await join(w, 'a1')
    await w.pass(1_000)
    await join(w, 'a2', { member_labels: { env: 'prod', member: 'other' } })
    await w.pass(28_999)
    matches(await w.due(), { admissions: [], ran: 0, next_due: opened + 30_000 })
    await w.pass(1)
    const { admissions, ran } = await w.due()
    assert.equal(ran, 1)
    assert.equal(admissions.length, 1)
    const [admission] = admissions
    const batch = batchOf(admission)
    matches(batch, {
      group_id: 'group-of-a1',
      group_key: 'together:g1',
      rule: 'together',
      labels: { cluster: 'g1' },
      shared_labels: { env: 'prod' },
      first_at: opened,
      last_at: opened + 1_000,
      flushed_at: w.now,
      reason: 'wait',
      members: [
        { id: 'a1', received_at: opened, text: '{"id":"a1","payload":{"n":"a1"}}' },
        { id: 'a2', received_at: opened + 1_000, text: '{"id":"a2","payload":{"n":"a2"}}' },
      ],
    })
    assert.deepEqual(Object.keys(batch.shared_labels), ['env'])
    const id = `flush:group-of-a1:${batch.generation}`
    matches(admission, {
      key: { ...SCOPE, space: 'derived', id },
      owner: w.owner,
      dispatched_at: w.now,
      plan: { action: { provider: 'email', action_type: 'send' }, gates: [], ending: null },
      idempotency_key: id,
    })
    assert.equal((await w.entry(id, { space: 'derived' })).status, 'running')
  })

  test('without an interval a group closes with its flush, and the next member opens another', async (w) => {
    await join(w, 'a1')
    await w.pass(30_000)
    await w.due()
    assert.deepEqual(await seen(w), [])
    matches((await join(w, 'a2')).outcome, { group_id: 'group-of-a2', group_size: 1 })
  })

  test('the member that fills the group seals it at once, itself included', async (w) => {
    await join(w, 'a1', { max_size: 3 })
    await join(w, 'a2', { max_size: 3 })
    const { outcome, follow } = await join(w, 'a3', { max_size: 3 })
    matches(outcome, { type: 'Grouped', group_id: 'group-of-a1', group_size: 3 })
    matches(batchOf(follow[0]), { reason: 'size' })
    assert.deepEqual(idsOf(follow[0]), ['a1', 'a2', 'a3'])
    assert.equal(follow[0]!.owner, w.owner)
    await w.pass(30_000)
    matches(await w.due(), { admissions: [] })
  })

  test('a mebibyte of members seals at once, the reaching member included', async (w) => {
    const member = (id: string) => ({ member: JSON.stringify({ id, payload: 'é'.repeat(300_000) }) })
    assert.deepEqual((await join(w, 'a1', member('a1'))).follow, [])
    const { follow } = await join(w, 'a2', member('a2'))
    assert.deepEqual(idsOf(follow[0]), ['a1', 'a2'])
  })

  test('a group of one is sealed by its first member', async (w) => {
    assert.deepEqual(idsOf((await join(w, 'a1', { max_size: 1 })).follow[0]), ['a1'])
  })

  test('during its interval it collects on, and flushes at its end', async (w) => {
    const interval = { interval_ms: 60_000 }
    await join(w, 'a1', interval)
    await w.pass(30_000)
    const [first] = (await w.due()).admissions
    const flushed = w.now
    matches(await seen(w), [{ event_count: 0, state: 'notified', notify_at: flushed + 60_000 }])
    await w.pass(20_000)
    const { outcome } = await join(w, 'a2', interval)
    matches(outcome, { group_id: 'group-of-a1', group_size: 1, notify_at: iso(flushed + 60_000) })
    await w.pass(39_999)
    matches(await w.due(), { admissions: [] })
    await w.pass(1)
    const [second] = (await w.due()).admissions
    assert.equal(batchOf(second).reason, 'interval')
    assert.deepEqual(idsOf(second), ['a2'])
    assert.equal(batchOf(second).generation, batchOf(first).generation + 1)
    matches(await seen(w), [{ notify_at: w.now + 60_000, event_count: 0 }])
  })

  test('an interval in which nobody came closes it', async (w) => {
    await join(w, 'a1', { interval_ms: 60_000 })
    await w.pass(30_000)
    await w.due()
    await w.pass(60_000)
    matches(await w.due(), { admissions: [], ran: 1 })
    assert.deepEqual(await seen(w), [])
    matches((await join(w, 'a2')).outcome, { group_id: 'group-of-a2' })
  })

  test('asked for a reminder, it repeats the last batch once the repeat interval is over, as a generation of its own', async (w) => {
    await join(w, 'a1', { interval_ms: 60_000, repeat_ms: 180_000 })
    await w.pass(30_000)
    const [first] = (await w.due()).admissions
    for (const _empty of [1, 2]) {
      await w.pass(60_000)
      matches(await w.due(), { admissions: [] })
      matches(await seen(w), [{ group_id: 'group-of-a1', event_count: 0 }])
    }
    await w.pass(60_000)
    const [reminder] = (await w.due()).admissions
    matches(batchOf(reminder), { reason: 'repeat', members: batchOf(first).members })
    assert.ok(batchOf(reminder).generation > batchOf(first).generation)
    assert.notEqual(reminder!.key.id, first!.key.id)
  })

  test('every flush starts the interval anew, by size and by hand too', async (w) => {
    const terms = { interval_ms: 60_000, max_size: 2 }
    await join(w, 'a1', terms)
    await w.pass(30_000)
    await w.due()
    await w.pass(50_000)
    await join(w, 'a2', terms)
    assert.equal((await join(w, 'a3', terms)).follow.length, 1)
    matches(await seen(w), [{ notify_at: w.now + 60_000, event_count: 0 }])
    await w.pass(50_000)
    await join(w, 'a4', terms)
    assert.ok(await flush(w))
    matches(await seen(w), [{ notify_at: w.now + 60_000, event_count: 0 }])
    matches(await w.due(), { admissions: [] })
  })

  test('flushed by hand it sends what waits, now', async (w) => {
    await join(w, 'a1')
    await join(w, 'a2')
    const flushed = await flush(w)
    matches(flushed?.group, { group_id: 'group-of-a1', group_key: 'together:g1' })
    matches(batchOf(flushed?.admission), { reason: 'manual', flushed_at: w.now })
    assert.deepEqual(idsOf(flushed?.admission), ['a1', 'a2'])
    await w.pass(30_000)
    matches(await w.due(), { admissions: [] })
  })

  test('there is nothing to flush in an unknown group, or in one where nobody waits', async (w) => {
    assert.equal(await flush(w), null)
    await join(w, 'a1', { interval_ms: 60_000 })
    assert.ok(await flush(w))
    assert.equal(await flush(w), null)
  })

  test('what is being sent is frozen: a later member belongs to the next batch', async (w) => {
    const interval = { interval_ms: 60_000 }
    await join(w, 'a1', interval)
    const sealed = (await flush(w))!.admission
    await join(w, 'a2', interval)
    assert.deepEqual(idsOf(sealed), ['a1'])
    w.now += 15_000
    w.owner = await w.join('b')
    const [resumed] = await w.store.resume({ ...w.op(), owner: w.owner, limit: 10 })
    assert.deepEqual(batchOf(resumed), batchOf(sealed))
    assert.equal(resumed!.idempotency_key, sealed.idempotency_key)
    await w.pass(45_000)
    assert.deepEqual(idsOf((await w.due()).admissions[0]), ['a2'])
  })

  test('a batch that failed for good is a dead letter as a whole, and goes out again with the same members', async (w) => {
    await join(w, 'a1')
    const { admission } = (await flush(w))!
    const dead_letter = { id: 'l1', code: 'PROVIDER_ERROR', error: 'no', attempts: [] }
    await w.complete(admission, failed(), { dead_letter })
    const kept = await w.store.deadLetter('l1')
    assert.deepEqual(kept?.origin, admission.origin)
    const again = await w.store.redeliver({
      ...w.op(),
      owner: w.owner,
      id: 'l1',
      version: kept!.version,
      force: false,
      idempotency_key: admission.idempotency_key,
      context: admission.context,
    })
    matches(again, { kind: 'deliver', admission: { key: admission.key, try: 2, origin: admission.origin } })
  })

  test('a group keeps the terms, and what delivers it, of the member that opened it', async (w) => {
    const opened = w.now
    await join(w, 'a1', { max_size: 3, wait_ms: 30_000 })
    const deliver = { ...group('x').deliver, rules_version: 'v2' }
    const later = await join(w, 'a2', { max_size: 2, wait_ms: 1_000, deliver })
    matches(later, { outcome: { notify_at: iso(opened + 30_000) }, follow: [] })
    const { follow } = await join(w, 'a3', { max_size: 100, deliver })
    assert.deepEqual(idsOf(follow[0]), ['a1', 'a2', 'a3'])
    assert.equal(follow[0]!.plan.rules_version, 'v1')
  })

  test('groups of different keys and tenants do not mix', async (w) => {
    await join(w, 'a1', { name: 'g1' })
    await join(w, 'a2', { name: 'g2' })
    await w.settled({ id: 'a3', tenant: 'other', ending: group('a3', { name: 'g1' }) })
    assert.deepEqual(idsOf((await flush(w, 'together:g1'))?.admission), ['a1'])
    assert.deepEqual(idsOf((await flush(w, 'together:g2'))?.admission), ['a2'])
    matches(await w.store.group({ group_key: 'together:g1' }), [{ tenant: 'other', event_count: 1 }])
  })

  test('a repeated id is no second member', async (w) => {
    await join(w, 'a1')
    matches(await w.admit({ id: 'a1', ending: group('a1') }), { kind: 'replayed', outcome: { group_size: 1 } })
    matches(await seen(w), [{ event_count: 1 }])
  })

  test('groups that are due together are sealed in the order in which they are due', async (w) => {
    await join(w, 'late', { name: 'late', wait_ms: 20_000 })
    await join(w, 'early', { name: 'early', wait_ms: 10_000 })
    await w.pass(25_000)
    const { admissions, lag_ms } = await w.due()
    assert.deepEqual(admissions.map(idsOf), [['early'], ['late']])
    assert.equal(lag_ms, 15_000)
  })
}
