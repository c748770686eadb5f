import assert from 'node:assert/strict'
import type { DeadLetter, RedeliverRequest } from '../store.js'
import { draftFor, executed, failed, letter, planFor, reservation, SCOPE, window, type Sent } from './builders.js'
import { everyPage, HOUR, matches, type Chapter, type World } from './harness.js'

/** An action that failed for good, and what is kept of it. */
async function deadLetter(w: World, id: string, sent: Sent = {}, code = 'PROVIDER_REJECTED'): Promise<DeadLetter> {
  await w.complete(await w.deliver({ id, ...sent }), failed({ code }), letter(`letter-${id}`, code))
  return (await w.store.deadLetter(`letter-${id}`))!
}

const redeliver = (w: World, { id, version, context }: DeadLetter, more: Partial<RedeliverRequest> = {}) =>
  w.store.redeliver({ ...w.op(), owner: w.owner, id, version, context, force: false, idempotency_key: 'a1', ...more })

const audit = (w: World) => ({
  draft: { ...draftFor(planFor({ id: 'a1' })), kind: 'dead_letter' as const },
  decision: { outcome: failed(), dispatched_at: w.now, completed_at: w.now },
})

/** What failed for good (spec section 6). */
export const deadLetters: Chapter = (test) => {
  test('what failed for good is kept whole, in the step that settles it', async (w) => {
    const attempts = [
      { attempt: 1, provider: 'email', at: '2026-01-05T12:00:00.000Z', duration_ms: 3, result: 'final' as const },
    ]
    const admission = await w.deliver({ id: 'a1' })
    await w.pass(1_000)
    const dead_letter = { id: 'l1', code: 'PROVIDER_REJECTED', error: 'no such address', attempts }
    await w.complete(admission, failed(), { dead_letter })
    matches(await w.store.deadLetter('l1'), {
      id: 'l1',
      key: admission.key,
      try: 1,
      code: 'PROVIDER_REJECTED',
      error: 'no such address',
      attempts,
      created_at: w.now,
      plan: admission.plan,
      origin: { kind: 'dispatch' },
      context: admission.context,
      lane: null,
      duplicates: { count: 0, last: [] },
    })
    assert.equal(await w.store.deadLetter('l2'), null)
  })

  test('an ordinary outcome keeps none, and neither does a replaced owner', async (w) => {
    const first = await w.deliver({ id: 'a1' })
    await w.complete(first)
    await w.store.complete(w.completing(first, failed(), letter()))
    assert.deepEqual((await w.store.deadLetters({})).items, [])
  })

  test('they are listed by namespace, tenant, provider, kind, code and time', async (w) => {
    const begin = w.now
    await deadLetter(w, 'a1')
    await w.pass(1_000)
    await deadLetter(w, 'a2', { provider: 'sms', action_type: 'page' }, 'EXPIRED')
    await w.pass(1_000)
    await deadLetter(w, 'a3', { tenant: 'other' })
    const ids = async (filter: object) => (await w.store.deadLetters(filter)).items.map(({ key }) => key.id).sort()
    assert.deepEqual(await ids({}), ['a1', 'a2', 'a3'])
    assert.deepEqual(await ids({ tenant: 'acme' }), ['a1', 'a2'])
    assert.deepEqual(await ids({ namespace: 'elsewhere' }), [])
    assert.deepEqual(await ids({ provider: 'sms' }), ['a2'])
    assert.deepEqual(await ids({ action_type: 'send' }), ['a1', 'a3'])
    assert.deepEqual(await ids({ code: 'EXPIRED' }), ['a2'])
    assert.deepEqual(await ids({ from: begin + 500, to: begin + 1_500 }), ['a2'])
    assert.deepEqual(await ids({ provider: 'sms', code: 'PROVIDER_REJECTED' }), [])
  })

  test('an edit replaces what a redelivery will send, if nobody edited before', async (w) => {
    const kept = await deadLetter(w, 'a1')
    const plan = { ...kept.plan, action: { ...kept.plan.action, payload: { text: 'mended' } } }
    const edited = await w.store.editDeadLetter({
      ...w.op(),
      id: kept.id,
      version: kept.version,
      plan,
      audit: audit(w),
    })
    assert.ok(!('kind' in edited) && edited.version > kept.version)
    assert.deepEqual(edited.plan, plan)
    assert.deepEqual(await w.store.deadLetter(kept.id), edited)
    const late = { ...w.op(), id: kept.id, version: kept.version, plan: kept.plan, audit: audit(w) }
    assert.deepEqual(await w.store.editDeadLetter(late), { kind: 'conflict', version: edited.version })
    assert.deepEqual(await w.store.editDeadLetter({ ...late, ...w.op(), id: 'nothing' }), {
      kind: 'conflict',
      version: null,
    })
    assert.equal((await w.records()).filter(({ draft }) => draft.kind === 'dead_letter').length, 1)
    matches(await redeliver(w, edited), {
      kind: 'deliver',
      admission: { plan: { action: { payload: { text: 'mended' } } } },
    })
  })

  test('it is discarded once, with its record, at the version that was seen', async (w) => {
    const { id, version } = await deadLetter(w, 'a1')
    const discard = (at: number) => w.store.discardDeadLetter({ ...w.op(), id, version: at, audit: audit(w) })
    assert.deepEqual(await discard(version + 1), { kind: 'conflict', version })
    assert.deepEqual(await discard(version), { kind: 'done' })
    assert.equal(await w.store.deadLetter(id), null)
    assert.deepEqual(await discard(version), { kind: 'conflict', version: null })
    assert.equal((await w.records()).filter(({ draft }) => draft.kind === 'dead_letter').length, 1)
    matches(await w.admit({ id: 'a1' }), { kind: 'replayed', outcome: failed() })
  })

  test("a redelivery is the id's next try, removes the dead letter, and its outcome becomes the id's answer", async (w) => {
    const kept = await deadLetter(w, 'a1')
    await w.pass(1_000)
    const context = { caller_id: 'operator', auth_method: 'none', trace_id: null }
    const again = await redeliver(w, kept, { idempotency_key: 'a1-again', context })
    matches(again, {
      kind: 'deliver',
      admission: {
        key: kept.key,
        try: 2,
        owner: w.owner,
        dispatched_at: w.now,
        plan: kept.plan,
        origin: { kind: 'dispatch' },
        idempotency_key: 'a1-again',
        takeovers: 0,
      },
    })
    assert.ok(again.kind === 'deliver')
    assert.ok(again.admission.fence > kept.fence)
    assert.equal(await w.store.deadLetter(kept.id), null)
    matches(await w.admit({ id: 'a1' }), { kind: 'in_progress', try: 2 })
    assert.deepEqual(await redeliver(w, kept), { kind: 'conflict', version: null })
    await w.complete(again.admission)
    matches(await w.admit({ id: 'a1' }), { kind: 'replayed', outcome: executed(), try: 2 })
  })

  test('the renewed key of a redelivery goes with it through parking and takeover', async (w) => {
    const again = await redeliver(w, await deadLetter(w, 'a1'), { idempotency_key: 'renewed' })
    assert.ok(again.kind === 'deliver')
    const { owner, key, fence } = again.admission
    await w.store.park({ ...w.op(), owner, key, fence, delay_ms: 1_000, attempts: [] })
    await w.pass(1_000)
    matches((await w.due()).admissions, [{ idempotency_key: 'renewed' }])
    w.now += 15_000
    matches(await w.store.resume({ ...w.op(), owner: await w.join('b'), limit: 1 }), [{ idempotency_key: 'renewed' }])
  })

  test('a redelivery needs the version that was seen, and a lease', async (w) => {
    const kept = await deadLetter(w, 'a1')
    assert.deepEqual(await redeliver(w, kept, { version: kept.version + 1 }), {
      kind: 'conflict',
      version: kept.version,
    })
    assert.deepEqual(await redeliver(w, kept, { owner: 999_999 }), { kind: 'not_owner' })
    assert.ok(await w.store.deadLetter(kept.id))
  })

  test('the next try of the id removes its dead letter too', async (w) => {
    const first = await w.deliver({ id: 'a1' })
    await w.complete(first, failed({ retryable: true }), letter('l1'))
    await w.deliver({ id: 'a1' })
    assert.equal(await w.store.deadLetter('l1'), null)
  })

  test('a redelivery takes its key again', async (w) => {
    const gates = [reservation('k', { ttl_ms: HOUR })]
    const again = await redeliver(w, await deadLetter(w, 'a1', { gates }))
    await w.settled({ id: 'a2', gates })
    assert.ok(again.kind === 'deliver')
    await w.complete(again.admission)
    await w.settled({ id: 'a3', gates })
  })

  test('it is held while another has the key, unless it is forced', async (w) => {
    const gates = [reservation('k', { ttl_ms: HOUR })]
    const kept = await deadLetter(w, 'a1', { gates })
    const other = await w.deliver({ id: 'b1', gates })
    assert.deepEqual(await redeliver(w, kept), { kind: 'held', holder: 'b1' })
    assert.ok(await w.store.deadLetter(kept.id), 'what was refused is still there')
    matches(await w.admit({ id: 'a1' }), { kind: 'replayed' })
    matches(await redeliver(w, kept, { force: true }), { kind: 'deliver', admission: { try: 2 } })
    await w.settled({ id: 'c1', gates })
    await w.complete(other)
    await w.settled({ id: 'c2', gates })
  })

  test('a key that it kept is its own', async (w) => {
    const gates = [reservation('k', { ttl_ms: HOUR, on_failure: 'keep' })]
    matches(await redeliver(w, await deadLetter(w, 'a1', { gates })), { kind: 'deliver' })
  })

  test('a redelivery takes no place in a window', async (w) => {
    const gates = [window(1, HOUR)]
    matches(await redeliver(w, await deadLetter(w, 'a1', { gates })), { kind: 'deliver' })
  })

  test('a page of them is followed by the next, complete and without doubles', async (w) => {
    for (let n = 0; n < 5; n++) {
      await deadLetter(w, `a${n}`)
      if (n === 2) await w.pass(10)
    }
    const all = await everyPage(2, (cursor) => w.store.deadLetters({ ...SCOPE, limit: 2, cursor }))
    assert.deepEqual(all.map(({ key }) => key.id).sort(), ['a0', 'a1', 'a2', 'a3', 'a4'])
  })
}
