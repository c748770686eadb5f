import assert from 'node:assert/strict'
import type { Outcome } from '../../action/outcome.js'
import type { Admission } from '../store.js'
import { executed, failed, letter, reservation } from './builders.js'
import { HOUR, matches, MINUTE, type Chapter, type World } from './harness.js'

const lane = 'orders-of-7'

const queue = async (w: World, id: string, more: object = {}) => {
  const admitted = await w.admit({ id, lane, ...more })
  assert.equal(admitted.kind, 'queued')
  return admitted as Extract<typeof admitted, { kind: 'queued' }>
}

/** Lanes: what shares one goes out one at a time, in order of admission. */
export const lanes: Chapter = (test) => {
  test('the first of a lane is delivered; those behind it are queued, without an owner', async (w) => {
    matches(await w.deliver({ id: 'a1', lane }), { lane })
    matches(await queue(w, 'a2'), { try: 1, dispatched_at: w.now })
    matches(await w.entry('a2'), { status: 'queued', owner: null, lane })
    matches(await w.admit({ id: 'a2', lane }), { kind: 'in_progress' })
    await w.deliver({ id: 'b1', lane: 'another' })
    await w.deliver({ id: 'c1' })
  })

  const endings: Outcome[] = [executed(), failed(), failed({ retryable: true }), failed({ code: 'OUTCOME_UNKNOWN' })]
  for (const outcome of endings)
    test(`whoever completes the one before (${JSON.stringify(outcome)}) gets the next, under a higher fence`, async (w) => {
      const first = await w.deliver({ id: 'a1', lane })
      const { fence } = await queue(w, 'a2')
      await queue(w, 'a3')
      const { follow } = await w.complete(first, outcome)
      matches(follow, [
        { key: { id: 'a2' }, owner: w.owner, try: 1, takeovers: 0, lane, plan: { action: { id: 'a2' } } },
      ])
      assert.ok(follow[0]!.fence > fence, 'leaving the queue raises the fence')
      matches(await w.entry('a2'), { status: 'running', owner: w.owner })
      matches(await w.entry('a3'), { status: 'queued' })
      const { follow: last } = await w.complete(follow[0]!)
      matches(last, [{ key: { id: 'a3' } }])
      assert.deepEqual((await w.complete(last[0]!)).follow, [])
      await w.deliver({ id: 'a4', lane })
    })

  test('a parked head keeps the lane waiting', async (w) => {
    const { owner, key, fence } = await w.deliver({ id: 'a1', lane })
    await queue(w, 'a2')
    await w.store.park({ ...w.op(), owner, key, fence, delay_ms: MINUTE, attempts: [] })
    await queue(w, 'a3')
    await w.pass(MINUTE)
    const { admissions } = await w.due()
    matches(admissions, [{ key: { id: 'a1' } }])
    matches((await w.complete(admissions[0]!)).follow, [{ key: { id: 'a2' } }])
  })

  test('a queued action can be called off; the lane goes on without it', async (w) => {
    const gates = [reservation('k', { ttl_ms: HOUR })]
    const first = await w.deliver({ id: 'a1', lane })
    const { fence } = await queue(w, 'a2', { gates })
    await queue(w, 'a3')
    const second = { ...first, key: { ...first.key, id: 'a2' }, fence } as Admission
    const calledOff = await w.store.complete({ ...w.completing(second, failed({ code: 'CANCELLED' })), unowned: true })
    matches(calledOff, { kind: 'done', follow: [] })
    await w.deliver({ id: 'b1', gates })
    matches((await w.complete(first)).follow, [{ key: { id: 'a3' } }])
  })

  test('a parked head that is called off lets the next go', async (w) => {
    const { owner, key, fence, plan } = await w.deliver({ id: 'a1', lane })
    await queue(w, 'a2')
    await w.store.park({ ...w.op(), owner, key, fence, delay_ms: MINUTE, attempts: [] })
    const parked = { key, plan, owner, fence: (await w.entry('a1')).fence, try: 1 } as Admission
    const calledOff = await w.store.complete({ ...w.completing(parked, failed({ code: 'CANCELLED' })), unowned: true })
    matches(calledOff, { kind: 'done', follow: [{ key: { id: 'a2' }, owner: w.owner }] })
  })

  test('a queued action holds its keys', async (w) => {
    const gates = [reservation('k', { ttl_ms: 1_000 })]
    await w.deliver({ id: 'a1', lane })
    await queue(w, 'a2', { gates })
    await w.pass(MINUTE)
    await w.settled({ id: 'b1', gates })
  })

  test('the head of a dead node is resumed, and those behind it stay behind it', async (w) => {
    await w.deliver({ id: 'a1', lane })
    await queue(w, 'a2')
    w.now += 15_000
    w.owner = await w.join('b')
    const resumed = await w.store.resume({ ...w.op(), owner: w.owner, limit: 10 })
    matches(resumed, [{ key: { id: 'a1' }, takeovers: 1 }])
    matches((await w.complete(resumed[0]!)).follow, [{ key: { id: 'a2' }, takeovers: 0 }])
  })

  test('a dead letter of a lane is sent again at its end, and not once a later action entered the lane', async (w) => {
    const redeliver = async (id: string) => {
      const { version, context } = (await w.store.deadLetter(id))!
      const request = { id, version, context, force: false, idempotency_key: 'again' }
      return w.store.redeliver({ ...w.op(), owner: w.owner, ...request })
    }
    await w.complete(await w.deliver({ id: 'a1', lane }), failed(), letter('l1'))
    matches(await redeliver('l1'), { kind: 'deliver', admission: { key: { id: 'a1' }, try: 2, lane } })
    await w.complete(await w.deliver({ id: 'b1', lane: 'other' }), failed(), letter('l2'))
    await w.complete(await w.deliver({ id: 'b2', lane: 'other' }))
    assert.deepEqual(await redeliver('l2'), { kind: 'superseded' })
    assert.ok(await w.store.deadLetter('l2'), 'what was refused is still there')
  })
}
