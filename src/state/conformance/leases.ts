import assert from 'node:assert/strict'
import { LEASE_MS } from '../store.js'
import { executed, failed, reservation } from './builders.js'
import { HOUR, matches, type Chapter, type World } from './harness.js'

const resume = (w: World, owner: number, limit = 100) => w.store.resume({ ...w.op(), owner, limit })
const renew = (w: World, owner: number) => w.store.renew({ ...w.op(), owner })

/** Nodes, their leases, and who may act for an entry (spec section 8, P1). */
export const leases: Chapter = (test) => {
  test('a node joins under a number that was never used, with a lease from now', async (w) => {
    const first = await w.store.join({ ...w.op(), node: 'b' })
    matches(first, { now: w.now, lease_until: w.now + LEASE_MS })
    const second = await w.store.join({ ...w.op(), node: 'b' })
    assert.ok(second.owner > first.owner && first.owner > w.owner)
  })

  test('a renewal extends the lease from now', async (w) => {
    w.now += 5_000
    matches(await renew(w, w.owner), { owner: w.owner, now: w.now, lease_until: w.now + LEASE_MS })
    w.now += LEASE_MS - 1
    matches(await renew(w, w.owner), { lease_until: w.now + LEASE_MS })
  })

  test('a renewal after the lease ran out is refused, for good', async (w) => {
    w.now += LEASE_MS
    matches(await renew(w, w.owner), { expired: true, now: w.now })
    matches(await renew(w, w.owner), { expired: true })
    matches(await renew(w, 999_999), { expired: true })
  })

  test('whoever has no lease admits nothing', async (w) => {
    matches(await w.admit({ id: 'a1', owner: 999_999 }), { kind: 'not_owner' })
    w.now += LEASE_MS - 1
    await w.deliver({ id: 'a1' })
    w.now += 1
    matches(await w.admit({ id: 'a2' }), { kind: 'not_owner' })
    matches(await w.moveByHand('resolved'), { kind: 'not_owner' })
    w.owner = await w.join('a')
    matches(await w.deliver({ id: 'a2' }), { try: 1 })
  })

  test('an action is left to its owner while its lease holds, and is taken over once it ran out', async (w) => {
    const gates = [reservation('k', { ttl_ms: 1_000 })]
    const first = await w.deliver({ id: 'a1', gates })
    const dispatchedAt = w.now
    w.now += LEASE_MS - 1
    const other = await w.join('b')
    assert.deepEqual(await resume(w, other), [])
    w.now += 1
    const [taken] = await resume(w, other)
    matches(taken, {
      key: first.key,
      try: 1,
      owner: other,
      dispatched_at: dispatchedAt,
      plan: first.plan,
      context: first.context,
      takeovers: 1,
      gates: first.gates,
      idempotency_key: first.idempotency_key,
    })
    assert.ok(taken!.fence > first.fence)
    assert.deepEqual(await resume(w, other), [], 'it is taken once')
    await w.settled({ id: 'a2', gates, owner: other })
  })

  test('an owner that was replaced can neither complete nor park, and its result is dropped', async (w) => {
    const first = await w.deliver({ id: 'a1' })
    w.now += LEASE_MS
    const other = await w.join('b')
    const [taken] = await resume(w, other)
    assert.deepEqual(await w.store.complete(w.completing(first, failed())), { kind: 'replaced' })
    assert.deepEqual(await w.store.complete(w.completing(first, failed(), { fence: taken!.fence })), {
      kind: 'replaced',
    })
    const { owner, key, fence } = first
    assert.deepEqual(await w.store.park({ ...w.op(), owner, key, fence, delay_ms: 1, attempts: [] }), {
      kind: 'replaced',
    })
    matches(await w.entry('a1'), { status: 'running', owner: other })
    await w.complete(taken!)
    matches(await w.records(), [{ decision: { outcome: executed() } }])
  })

  test('an owner whose lease ran out may still record its result while nobody took over', async (w) => {
    const first = await w.deliver({ id: 'a1' })
    w.now += LEASE_MS
    await w.complete(first)
    assert.deepEqual(await resume(w, await w.join('b')), [])
  })

  test('what was completed cannot be completed again', async (w) => {
    const first = await w.deliver({ id: 'a1' })
    await w.complete(first)
    assert.deepEqual(await w.store.complete(w.completing(first, failed())), { kind: 'replaced' })
    matches(await w.entry('a1'), { outcome: executed() })
    assert.equal((await w.records()).length, 1)
  })

  test('completing needs the owner, the fence and an entry', async (w) => {
    const first = await w.deliver({ id: 'a1' })
    const other = await w.join('b')
    const refused = { kind: 'replaced' }
    assert.deepEqual(await w.store.complete(w.completing(first, executed(), { owner: other })), refused)
    assert.deepEqual(await w.store.complete(w.completing(first, executed(), { fence: first.fence - 1 })), refused)
    const nobody = { ...first.key, id: 'nobody' }
    assert.deepEqual(await w.store.complete(w.completing(first, executed(), { key: nobody })), refused)
    await w.complete(first)
  })

  test('takeovers count on, and each raises the fence', async (w) => {
    let { fence } = await w.deliver({ id: 'a1' })
    for (const count of [1, 2, 3]) {
      w.now += LEASE_MS
      const [taken] = await resume(w, await w.join(`n${count}`))
      matches(taken, { takeovers: count })
      assert.ok(taken!.fence > fence)
      fence = taken!.fence
    }
  })

  test('a node that leaves hands its work back at once', async (w) => {
    await w.deliver({ id: 'a1' })
    const other = await w.join('b')
    await w.store.leave({ ...w.op(), owner: w.owner })
    matches(await renew(w, w.owner), { expired: true })
    matches(await w.admit({ id: 'a2' }), { kind: 'not_owner' })
    matches(await resume(w, other), [{ key: { id: 'a1' } }])
  })

  test('work is taken over oldest first, at most as much as asked for', async (w) => {
    for (const id of ['a1', 'a2', 'a3', 'a4', 'a5']) {
      await w.deliver({ id })
      w.now += 10
    }
    w.now += LEASE_MS
    const other = await w.join('b')
    const take = async (limit: number) => (await resume(w, other, limit)).map(({ key }) => key.id)
    assert.deepEqual(await take(2), ['a1', 'a2'])
    assert.deepEqual(await take(2), ['a3', 'a4'])
    assert.deepEqual(await take(2), ['a5'])
  })

  test('it is fair over owners: the few of one do not wait for the many of another', async (w) => {
    const many = w.owner
    const few = await w.join('b')
    for (let n = 0; n < 20; n++) await w.deliver({ id: `many-${n}`, owner: many })
    await w.deliver({ id: 'few', owner: few })
    w.now += LEASE_MS
    const taken = await resume(w, await w.join('c'), 10)
    assert.equal(taken.length, 10)
    assert.ok(
      taken.some(({ key }) => key.id === 'few'),
      'the work of b was left out',
    )
  })

  test('nodes are listed with their leases, for an hour after they went', async (w) => {
    const joined = w.now
    const other = await w.join('b')
    w.now += 5_000
    await renew(w, w.owner)
    await w.store.leave({ ...w.op(), owner: other })
    const of = async (owner: number) => (await w.store.nodes()).find((node) => node.owner === owner)
    matches(await of(w.owner), { node: 'a', joined_at: joined, renewed_at: w.now, lease_until: w.now + LEASE_MS })
    const left = await of(other)
    assert.ok(left !== undefined && left.lease_until <= w.now)
    w.now += HOUR + LEASE_MS + 1
    assert.equal(await of(other), undefined)
    assert.equal(await of(w.owner), undefined)
  })
}
