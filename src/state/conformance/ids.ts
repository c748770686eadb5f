import assert from 'node:assert/strict'
import type { Outcome } from '../../action/outcome.js'
import { circuitOpen, executed, failed, planFor, SCOPE, suppressed, answer, window } from './builders.js'
import { HOUR, matches, type Chapter } from './harness.js'

/** One answer per id (spec section 1, P2). */
export const ids: Chapter = (test) => {
  test('a new id is admitted as try 1, under a fence, owned by who asked', async (w) => {
    const admission = await w.deliver({ id: 'a1' })
    matches(admission, {
      key: { ...SCOPE, space: 'caller', id: 'a1' },
      try: 1,
      owner: w.owner,
      dispatched_at: w.now,
      plan: { action: { id: 'a1', payload: { text: 'hello from a1' } } },
      origin: { kind: 'dispatch' },
      context: { caller_id: 'tester' },
      attempts: [],
      takeovers: 0,
      gates: [],
      idempotency_key: 'a1',
    })
    assert.ok(admission.fence >= 1)
  })

  test('the same id and body is in progress while its first request runs', async (w) => {
    await w.deliver({ id: 'a1' })
    assert.deepEqual(await w.admit({ id: 'a1' }), { kind: 'in_progress', try: 1, outcome: null })
  })

  test('another body under an id that runs, or has run, is refused', async (w) => {
    const admission = await w.deliver({ id: 'a1', body: 'one' })
    assert.deepEqual(await w.admit({ id: 'a1', body: 'two' }), { kind: 'id_reused' })
    await w.complete(admission)
    assert.deepEqual(await w.admit({ id: 'a1', body: 'two' }), { kind: 'id_reused' })
  })

  test('a settled id answers its recorded outcome and acts no more', async (w) => {
    const admission = await w.deliver({ id: 'a1' })
    const dispatchedAt = w.now
    await w.pass(1_000)
    await w.complete(admission)
    const records = await w.records()
    const frames = await w.frames()
    await w.pass(1_000)
    const again = await w.admit({ id: 'a1', gates: [window(1, HOUR)] })
    assert.deepEqual(again, { kind: 'replayed', outcome: executed(), try: 1, dispatched_at: dispatchedAt })
    assert.deepEqual(await w.records(), records)
    assert.deepEqual(await w.frames(), frames)
    await w.deliver({ id: 'a2', gates: [window(1, HOUR)] })
  })

  test('what was settled without a delivery is replayed too', async (w) => {
    await w.settled({ id: 'a1', ending: answer(suppressed()) })
    matches(await w.admit({ id: 'a1' }), { kind: 'replayed', outcome: suppressed(), try: 1 })
  })

  for (const outcome of [
    failed({ retryable: true, code: 'PROVIDER_ERROR' }),
    circuitOpen(),
    { type: 'Throttled', retry_after: { secs: 1, nanos: 0 }, rule: 'r' },
    { type: 'QuotaExceeded', tenant: 'acme', limit: 1, used: 2, overage_behavior: 'block' },
  ] satisfies Outcome[])
    test(`after ${outcome.type} the same id is admitted as its next try, under a higher fence`, async (w) => {
      const first = await w.deliver({ id: 'a1' })
      await w.complete(first, outcome)
      await w.pass(1_000)
      const second = await w.deliver({ id: 'a1' })
      matches(second, { try: 2, dispatched_at: w.now })
      assert.ok(second.fence > first.fence, 'fences never go back')
      assert.deepEqual(await w.store.complete(w.completing(first)), { kind: 'replaced' })
      await w.complete(second)
      matches(await w.admit({ id: 'a1' }), { kind: 'replayed', outcome: executed(), try: 2 })
    })

  test('the next try needs the same body', async (w) => {
    await w.complete(await w.deliver({ id: 'a1', body: 'one' }), failed({ retryable: true }))
    assert.deepEqual(await w.admit({ id: 'a1', body: 'two' }), { kind: 'id_reused' })
    await w.deliver({ id: 'a1', body: 'one' })
  })

  for (const code of ['PROVIDER_REJECTED', 'OUTCOME_UNKNOWN', 'EXPIRED', 'CANCELLED'])
    test(`a final Failed (${code}) settles the id`, async (w) => {
      await w.complete(await w.deliver({ id: 'a1' }), failed({ code }))
      matches(await w.admit({ id: 'a1' }), { kind: 'replayed', outcome: failed({ code }) })
    })

  test('each try counts on, and has one record of its own', async (w) => {
    await w.deliver({ id: 'first', gates: [window(1, 10_000)] })
    for (const nth of [1, 2, 3]) {
      await w.pass(1_000)
      matches(await w.settled({ id: 'a1', gates: [window(1, 10_000)] }), { outcome: { type: 'Throttled' }, try: nth })
    }
    await w.pass(10_000)
    const last = await w.deliver({ id: 'a1', gates: [window(1, 10_000)] })
    await w.complete(last)
    const tries = (await w.records()).filter(({ draft }) => draft.action_id === 'a1').map(({ decision }) => decision)
    matches(
      tries,
      [1, 2, 3]
        .map((nth) => ({ try: nth, outcome: { type: 'Throttled' } }))
        .concat([{ try: 4, outcome: { type: 'Executed' } }]),
    )
  })

  test('while a retry is parked the id answers what it was parked with', async (w) => {
    const admission = await w.deliver({ id: 'a1' })
    const outcome = failed({ retrying: true, next_attempt_at: '2026-01-05T12:01:00.000Z' })
    const { owner, key, fence } = admission
    await w.store.park({ ...w.op(), owner, key, fence, delay_ms: 60_000, attempts: [], outcome })
    assert.deepEqual(await w.admit({ id: 'a1' }), { kind: 'in_progress', try: 1, outcome })
    assert.deepEqual(await w.admit({ id: 'a1', body: 'two' }), { kind: 'id_reused' })
  })

  test('the same id in another namespace, tenant or space is another action', async (w) => {
    await w.deliver({ id: 'a1' })
    await w.deliver({ id: 'a1', namespace: 'other' })
    await w.deliver({ id: 'a1', tenant: 'acme.us' })
    await w.deliver({ id: 'a1', space: 'derived' })
  })

  test(
    'an id is answered for its retention, counted from the final outcome, and is new after it',
    async (w) => {
      const admission = await w.deliver({ id: 'a1' })
      await w.pass(5 * 60_000)
      await w.complete(admission)
      await w.pass(HOUR - 1)
      matches(await w.admit({ id: 'a1' }), { kind: 'replayed' })
      await w.pass(2)
      matches(await w.deliver({ id: 'a1', body: 'two' }), { dispatched_at: w.now })
    },
    { id_retention_ms: HOUR },
  )

  test('an entry can be seen while it runs and, without its plan, once it is settled', async (w) => {
    const admission = await w.deliver({ id: 'a1' })
    matches(await w.entry('a1'), {
      status: 'running',
      try: 1,
      fence: admission.fence,
      owner: w.owner,
      dispatched_at: w.now,
      settled_at: null,
      outcome: null,
      plan: { action: { id: 'a1' } },
    })
    await w.pass(10)
    const { completed_at } = await w.complete(admission)
    assert.equal(completed_at, w.now)
    matches(await w.entry('a1'), { status: 'settled', outcome: executed(), settled_at: w.now, plan: null, owner: null })
    assert.equal(await w.store.entry({ ...SCOPE, space: 'caller', id: 'nobody' }), null)
  })

  test('the action as it was sent is kept with its id, settled or not, also where transforms changed it', async (w) => {
    const original = planFor({ id: 'a1', payload: { text: 'before' } }).action
    const changed = await w.deliver({ id: 'a1', payload: { text: 'after' }, original })
    await w.deliver({ id: 'a2', payload: { text: 'unchanged' } })
    assert.deepEqual((await w.entry('a1')).action, original)
    matches(await w.entry('a2'), { action: { payload: { text: 'unchanged' } } })
    await w.complete(changed)
    await w.settled({ id: 'a3', ending: answer(suppressed()), original: { ...original, id: 'a3' } })
    assert.deepEqual((await w.entry('a1')).action, original)
    assert.deepEqual((await w.entry('a3')).action, { ...original, id: 'a3' })
  })
}
