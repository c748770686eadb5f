import assert from 'node:assert/strict'
import type { Admission } from '../store.js'
import { executed, failed, group, moveTo, planFor, reservation, schedule, SCOPE, window } from './builders.js'
import { HOUR, matches, MINUTE, type Chapter, type World } from './harness.js'

const park = (w: World, { owner, key, fence }: Admission, delay_ms = MINUTE, more: object = {}) =>
  w.store.park({ ...w.op(), owner, key, fence, delay_ms, attempts: [], ...more })

const callOff = async (w: World, id: string, more: object = {}) => {
  const { key, fence } = await w.entry(id)
  const plan = planFor({ id })
  const outcome = failed({ code: 'CANCELLED' })
  return w.store.complete({
    ...w.completing({ key, fence, plan, owner: w.owner, try: 1 } as Admission, outcome),
    unowned: true,
    ...more,
  })
}

const attempt = {
  attempt: 1,
  provider: 'email',
  at: '2026-01-05T12:00:00.000Z',
  duration_ms: 12,
  result: 'retryable' as const,
  status: 503,
}

/** Scheduled actions (spec section 3, P8). */
export const scheduling: Chapter = (test) => {
  test('a scheduled action has its outcome at once, and its entry is held until it is due', async (w) => {
    const due = w.now + MINUTE
    const { outcome, follow } = await w.settled({ id: 'a1', ending: schedule(MINUTE) })
    matches(outcome, { type: 'Scheduled', action_id: 'a1' })
    assert.equal(Date.parse((outcome as { scheduled_for: string }).scheduled_for), due)
    assert.deepEqual(follow, [])
    matches(await w.entry('a1'), { status: 'scheduled', owner: null, due_at: due, outcome })
    matches(await w.admit({ id: 'a1', ending: schedule(MINUTE) }), { kind: 'replayed', outcome })
    matches(await w.records(), [{ draft: { action_id: 'a1' }, decision: { outcome } }])
  })

  test('it may name an instant instead', async (w) => {
    await w.settled({ id: 'a1', ending: schedule(0, { delay_ms: null, at_ms: w.now + HOUR }) })
    matches(await w.entry('a1'), { due_at: w.now + HOUR })
  })

  test('when due, never early, a derived action is opened to be planned anew', async (w) => {
    const gates = [reservation(), window(1, HOUR)]
    await w.settled({ id: 'a1', gates, ending: schedule(MINUTE) })
    await w.pass(MINUTE - 1)
    matches(await w.due(), { ran: 0, admissions: [], next_due: w.now + 1 })
    await w.pass(1)
    const { admissions, ran } = await w.due()
    assert.equal(ran, 1)
    matches(admissions, [
      {
        key: { ...SCOPE, space: 'derived', id: 'due:a1' },
        owner: w.owner,
        dispatched_at: w.now,
        plan: { action: { payload: { text: 'hello from a1' } } },
        origin: { kind: 'schedule', parent: 'a1', rules: ['later'], planned: false },
        idempotency_key: 'due:a1',
      },
    ])
    assert.ok(admissions[0]!.origin.kind === 'schedule' && admissions[0]!.origin.passed.length === gates.length)
    matches(await w.entry('a1'), { status: 'settled', outcome: { type: 'Scheduled' } })
    assert.equal((await w.due()).ran, 0, 'it is opened once')
  })

  test('planned anew it goes on under its fence, as whatever the new plan says', async (w) => {
    await w.settled({ id: 'a1', ending: schedule(MINUTE) })
    await w.settled({ id: 'a2', ending: schedule(MINUTE) })
    await w.pass(MINUTE)
    const [first, second] = (await w.due()).admissions
    const goOn = (admission: Admission, more: object) =>
      w.admit({ id: admission.key.id, space: 'derived', continues: { fence: admission.fence }, ...more })
    const delivering = await goOn(first!, { provider: 'sms', gates: [window(5, HOUR)] })
    matches(delivering, {
      kind: 'deliver',
      admission: {
        key: first!.key,
        fence: first!.fence,
        try: 1,
        plan: { action: { provider: 'sms' } },
        origin: { kind: 'schedule', parent: 'a1', planned: true },
      },
    })
    assert.ok(delivering.kind === 'deliver')
    await w.complete(delivering.admission)
    matches(await goOn(second!, { ending: group('due:a2') }), { kind: 'settled', outcome: { type: 'Grouped' } })
    matches(await w.entry('due:a2', { space: 'derived' }), { status: 'settled' })
  })

  test('planned anew under a fence that is not current, it is replaced', async (w) => {
    await w.settled({ id: 'a1', ending: schedule(MINUTE) })
    await w.pass(MINUTE)
    const [due] = (await w.due()).admissions
    const sent = { id: 'due:a1', space: 'derived' as const }
    assert.deepEqual(await w.admit({ ...sent, continues: { fence: due!.fence + 1 } }), { kind: 'replaced' })
    await w.complete(due!)
    assert.deepEqual(await w.admit({ ...sent, continues: { fence: due!.fence } }), { kind: 'replaced' })
  })

  test('a scheduled action holds its key for the ttl; once due, its derived action holds it until it has its outcome', async (w) => {
    const gates = [reservation('k', { ttl_ms: 2 * MINUTE })]
    const isHeld = async (id: string) => (await w.admit({ id, gates })).kind === 'settled'
    await w.settled({ id: 'a1', gates, ending: schedule(MINUTE) })
    await w.pass(MINUTE)
    const [due] = (await w.due()).admissions
    await w.pass(5 * MINUTE)
    assert.ok(await isHeld('b1'), 'held beyond the ttl while the derived action is open')
    const again = await w.admit({ id: 'due:a1', space: 'derived', continues: { fence: due!.fence }, gates })
    assert.equal(again.kind, 'deliver', 'its own key does not stop it')
    assert.ok(again.kind === 'deliver')
    await w.complete(again.admission, failed())
    assert.ok(!(await isHeld('b2')), 'its failure releases the key')
  })

  test('a scheduled action whose ttl runs out before it is due holds its key no longer', async (w) => {
    const gates = [reservation('k', { ttl_ms: MINUTE })]
    await w.settled({ id: 'a1', gates, ending: schedule(HOUR) })
    await w.pass(MINUTE - 1)
    await w.settled({ id: 'b1', gates })
    await w.pass(1)
    const other = await w.deliver({ id: 'b2', gates })
    await w.pass(HOUR)
    const [due] = (await w.due()).admissions
    await w.complete(due!, failed())
    await w.settled({ id: 'b3', gates })
    assert.equal((await w.entry(other.key.id)).status, 'running')
  })

  test('called off, it releases its key and never becomes due', async (w) => {
    const gates = [reservation('k', { ttl_ms: HOUR })]
    await w.settled({ id: 'a1', gates, ending: schedule(MINUTE) })
    matches(await callOff(w, 'a1'), { kind: 'done', completed_at: w.now })
    await w.deliver({ id: 'b1', gates })
    await w.pass(MINUTE)
    matches(await w.due(), { admissions: [] })
    matches(await w.entry('a1'), { status: 'settled', outcome: { code: 'CANCELLED' } })
  })

  test('it cannot be called off once it was taken', async (w) => {
    await w.settled({ id: 'a1', ending: schedule(MINUTE) })
    const { fence } = await w.entry('a1')
    await w.pass(MINUTE)
    await w.due()
    assert.deepEqual(await callOff(w, 'a1'), { kind: 'replaced' })
    assert.deepEqual(await callOff(w, 'a1', { fence }), { kind: 'replaced' })
  })
}

/** Retries that wait as jobs. */
export const parking: Chapter = (test) => {
  test('a parked retry has no owner, and is taken when it is due, with what was attempted', async (w) => {
    const admission = await w.deliver({ id: 'a1' })
    const due_at = w.now + MINUTE
    assert.deepEqual(await park(w, admission, MINUTE, { attempts: [attempt] }), { kind: 'parked', due_at })
    const view = await w.entry('a1')
    matches(view, { status: 'parked', owner: null, due_at, attempts: [attempt], try: 1 })
    assert.ok(view.fence > admission.fence, 'being parked raises the fence')
    await w.pass(MINUTE - 1)
    matches(await w.due(), { ran: 0, next_due: due_at })
    await w.pass(1)
    const [taken] = (await w.due()).admissions
    matches(taken, {
      key: admission.key,
      try: 1,
      owner: w.owner,
      dispatched_at: admission.dispatched_at,
      attempts: [attempt],
      takeovers: 0,
      idempotency_key: 'a1',
    })
    assert.deepEqual(taken!.plan, admission.plan)
    assert.ok(taken!.fence > view.fence, 'being taken raises it again')
    matches(await w.entry('a1'), { status: 'running', due_at: null })
    assert.equal((await w.due()).ran, 0)
  })

  test('it can be parked again and again, and is settled once', async (w) => {
    let admission = await w.deliver({ id: 'a1' })
    for (const _round of [1, 2, 3]) {
      await park(w, admission)
      await w.pass(MINUTE)
      admission = (await w.due()).admissions[0]!
    }
    await w.complete(admission, executed())
    assert.equal((await w.records()).length, 1)
    matches(await w.admit({ id: 'a1' }), { kind: 'replayed', outcome: executed() })
  })

  test('parking needs the current owner and fence', async (w) => {
    const admission = await w.deliver({ id: 'a1' })
    const other = await w.join('b')
    assert.deepEqual(await park(w, { ...admission, owner: other }), { kind: 'replaced' })
    assert.deepEqual(await park(w, { ...admission, fence: admission.fence + 1 }), { kind: 'replaced' })
    await park(w, admission)
    assert.deepEqual(await park(w, admission), { kind: 'replaced' })
    assert.deepEqual(await w.store.complete(w.completing(admission)), { kind: 'replaced' })
  })

  test('a parked action holds its key', async (w) => {
    const gates = [reservation('k', { ttl_ms: 1_000 })]
    await park(w, await w.deliver({ id: 'a1', gates }), HOUR)
    await w.pass(MINUTE)
    await w.settled({ id: 'a2', gates })
  })

  test('a parked retry can be called off; its job then does nothing', async (w) => {
    const gates = [reservation('k', { ttl_ms: HOUR })]
    await park(w, await w.deliver({ id: 'a1', gates }))
    const { fence } = await w.entry('a1')
    assert.deepEqual(await callOff(w, 'a1', { fence: fence + 1 }), { kind: 'replaced' })
    matches(await callOff(w, 'a1'), { kind: 'done' })
    await w.deliver({ id: 'a2', gates })
    await w.pass(MINUTE)
    matches(await w.due(), { admissions: [] })
    matches(await w.admit({ id: 'a1' }), { kind: 'replayed', outcome: { code: 'CANCELLED' } })
  })

  test('what somebody works on cannot be called off', async (w) => {
    await w.deliver({ id: 'a1' })
    assert.deepEqual(await callOff(w, 'a1'), { kind: 'replaced' })
  })

  test('the job of an earlier stay does nothing to a later one', async (w) => {
    const first = await w.deliver({ id: 'a1' })
    await park(w, first, MINUTE)
    await callOff(w, 'a1', { outcome: failed({ retryable: true }) })
    const second = await w.deliver({ id: 'a1' })
    await park(w, second, 10 * MINUTE)
    await w.pass(MINUTE)
    matches(await w.due(), { admissions: [] })
    await w.pass(9 * MINUTE)
    matches((await w.due()).admissions, [{ try: 2 }])
  })
}

/** Work with a due time, of every kind. */
export const jobs: Chapter = (test) => {
  test('jobs run in due order, at most as many as asked for, and it is said when the next one is due', async (w) => {
    const begin = w.now
    await w.settled({ id: 'third', ending: schedule(30_000) })
    await w.settled({ id: 'member', ending: group('member', { wait_ms: 20_000 }) })
    await park(w, await w.deliver({ id: 'first' }), 10_000)
    await w.settled({ id: 'moved', ending: moveTo('firing') })
    await w.pass(40_000)
    const first = await w.due(2)
    matches(first, { ran: 2, next_due: begin + 30_000, lag_ms: 30_000 })
    assert.deepEqual(
      first.admissions.map(({ origin }) => origin.kind),
      ['dispatch', 'flush'],
    )
    const second = await w.due(2)
    matches(second, { ran: 1, next_due: begin + 300_000, lag_ms: 10_000 })
    assert.deepEqual(
      second.admissions.map(({ key }) => key.id),
      ['due:third'],
    )
    matches(await w.due(2), { ran: 0, admissions: [] })
  })

  test('when there is nothing to do, nothing is said to be due', async (w) => {
    matches(await w.due(), { ran: 0, admissions: [], next_due: null })
  })

  test('a job is done by one node', async (w) => {
    const other = await w.join('b')
    await w.settled({ id: 'a1', ending: schedule(1_000) })
    await w.pass(1_000)
    const both = await Promise.all([w.due(10), w.due(10, other)])
    assert.equal(both.flatMap(({ admissions }) => admissions).length, 1)
  })
}
