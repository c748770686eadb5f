import assert from 'node:assert/strict'
import type { Admission } from '../store.js'
import { ALERT, executed, failed, HEARTBEAT, letter, moveTo, SCOPE } from './builders.js'
import { HOUR, matches, type Chapter, type World } from './harness.js'

let ids = 0
/** Sends a status; its outcome and what is to be sent now. The note tells whose notification it is. */
export const send = (w: World, status: string | null, more: Parameters<typeof moveTo>[1] = {}) =>
  w.settled({ id: `e${++ids}`, ending: moveTo(status, more) })

export const event = async (w: World, fingerprint = 'f1') => {
  const [view] = await w.store.event({ ...SCOPE, fingerprint })
  assert.ok(view, `expected an event ${fingerprint}`)
  return view
}
const history = (w: World) => w.store.history({ ...SCOPE, fingerprint: 'f1' })
export const noticeOf = (admission: Admission | undefined) => {
  assert.ok(admission?.origin.kind === 'notification', 'expected a notification')
  return { ...admission.origin.event, note: (admission.plan.action.payload as { note: string }).note }
}

/** Events: lifecycles with a fingerprint (spec section 4, P7). */
export const events: Chapter = (test) => {
  test('a new event opens in the initial state and is notified', async (w) => {
    const { outcome, follow } = await w.settled({ id: 'opener', ending: moveTo('firing', { note: 'first' }) })
    matches(outcome, {
      type: 'StateChanged',
      fingerprint: 'f1',
      previous_state: null,
      new_state: 'firing',
      notify: true,
      state_machine: 'alert',
      version: 1,
      occurrence: 1,
    })
    assert.equal(follow.length, 1)
    matches(follow[0], { key: { ...SCOPE, space: 'derived' }, owner: w.owner, plan: { gates: [], ending: null } })
    assert.match(follow[0]!.key.id, /^notify:/)
    assert.equal(follow[0]!.idempotency_key, follow[0]!.key.id)
    assert.deepEqual(noticeOf(follow[0]), {
      fingerprint: 'f1',
      state_machine: 'alert',
      previous_state: null,
      new_state: 'firing',
      occurrence: 1,
      version: 1,
      started_at: new Date(w.now).toISOString(),
      changed_at: new Date(w.now).toISOString(),
      moved_by: { action: 'opener' },
      note: 'first',
    })
  })

  test('an action without a status opens in the initial state, and later is a repetition', async (w) => {
    matches((await send(w, null)).outcome, { previous_state: null, new_state: 'firing', notify: true })
    matches((await send(w, null)).outcome, { previous_state: 'firing', new_state: 'firing', notify: false })
  })

  test('a first status that the initial state leads to is accepted, and nobody is notified', async (w) => {
    const { outcome, follow } = await send(w, 'acknowledged')
    matches(outcome, { previous_state: null, new_state: 'acknowledged', notify: false, version: 1 })
    assert.deepEqual(follow, [])
  })

  test('a status that cannot be first, or that the machine does not have, is INVALID_STATUS and changes nothing', async (w) => {
    matches((await send(w, 'stale')).outcome, { type: 'Failed', code: 'INVALID_STATUS', retryable: false })
    assert.deepEqual(await w.store.event({ ...SCOPE, fingerprint: 'f1' }), [])
    await send(w, 'firing')
    const before = await event(w)
    const { outcome, follow } = await send(w, 'exploded')
    matches(outcome, { type: 'Failed', code: 'INVALID_STATUS' })
    assert.deepEqual((outcome as { allowed?: string[] }).allowed, Object.keys(ALERT.states))
    assert.deepEqual(follow, [])
    assert.deepEqual(await event(w), before)
  })

  test('an allowed transition is made, and tells who is to be notified', async (w) => {
    await send(w, 'firing')
    await w.pass(1_000)
    const quiet = await send(w, 'acknowledged')
    matches(quiet.outcome, { previous_state: 'firing', new_state: 'acknowledged', notify: false, version: 2 })
    assert.deepEqual(quiet.follow, [])
    await w.pass(1_000)
    matches((await send(w, 'resolved')).outcome, {
      previous_state: 'acknowledged',
      new_state: 'resolved',
      notify: true,
      version: 3,
    })
  })

  test('the same status, or one that no transition allows, is counted and leaves the state alone', async (w) => {
    await send(w, 'firing')
    await send(w, 'acknowledged')
    await send(w, 'resolved', { fingerprint: 'f2' })
    const { updated_at, version } = await event(w)
    await w.pass(1_000)
    for (const status of ['acknowledged', 'stale'])
      matches(await send(w, status), {
        outcome: { previous_state: 'acknowledged', new_state: 'acknowledged', notify: false, version },
        follow: [],
      })
    matches(await event(w), { state: 'acknowledged', version, updated_at, last_seen_at: w.now, count: 4 })
    assert.equal((await history(w)).length, 2)
  })

  test('an event shows what opened it, where it is and what happened last', async (w) => {
    const opened = w.now
    await send(w, 'firing', { labels: { cluster: 'east' } })
    await w.pass(1_000)
    await w.settled({ id: 'newest', ending: moveTo('acknowledged', { labels: { cluster: 'west' } }) })
    matches(await event(w), {
      ...SCOPE,
      fingerprint: 'f1',
      state_machine: 'alert',
      state: 'acknowledged',
      active: true,
      action_type: 'alert',
      labels: { cluster: 'east' },
      provider: 'email',
      severity: 'critical',
      occurrence: 1,
      version: 2,
      opened_at: opened,
      updated_at: w.now,
      last_seen_at: w.now,
      count: 2,
      next_timeout: null,
      last_action_id: 'newest',
    })
  })

  test('history has one entry for each move, versions without a gap, each beginning where the last ended', async (w) => {
    const at = w.now
    await w.settled({ id: 'one', ending: moveTo('firing') })
    await w.pass(1_000)
    await send(w, 'firing')
    await w.moveByHand('acknowledged')
    await w.pass(1_000)
    await w.settled({ id: 'two', ending: moveTo('resolved') })
    await w.pass(1_000)
    await w.settled({ id: 'three', ending: moveTo('firing') })
    await w.pass(300_000)
    await w.due()
    matches(await history(w), [
      { version: 1, occurrence: 1, from: null, to: 'firing', at, by: { action: 'one' } },
      { version: 2, occurrence: 1, from: 'firing', to: 'acknowledged', by: { caller: 'operator', comment: 'seen' } },
      { version: 3, occurrence: 1, from: 'acknowledged', to: 'resolved', by: { action: 'two' } },
      { version: 4, occurrence: 2, from: null, to: 'firing', by: { action: 'three' } },
      { version: 5, occurrence: 2, from: 'firing', to: 'stale', at: w.now },
    ])
    assert.ok('timeout' in (await history(w))[4]!.by)
  })

  test('an event in a final state is closed; only the initial status opens the next occurrence', async (w) => {
    await send(w, 'firing')
    await send(w, 'resolved')
    matches(await event(w), { state: 'resolved', active: false })
    for (const status of ['resolved', 'acknowledged', 'stale'])
      matches((await send(w, status)).outcome, { previous_state: 'resolved', new_state: 'resolved', notify: false })
    await w.pass(1_000)
    matches((await send(w, 'firing')).outcome, {
      previous_state: null,
      new_state: 'firing',
      occurrence: 2,
      version: 3,
      notify: true,
    })
    matches(await event(w), { active: true, occurrence: 2, opened_at: w.now, count: 1 })
  })

  test('a closed event is kept for its retention; after it the next one is the first again', async (w) => {
    await send(w, 'firing')
    await send(w, 'resolved')
    await w.pass(HOUR - 1)
    assert.equal((await event(w)).state, 'resolved')
    await w.pass(2)
    assert.deepEqual(await w.store.event({ ...SCOPE, fingerprint: 'f1' }), [])
    matches((await send(w, 'firing')).outcome, { previous_state: null, occurrence: 1, version: 1 })
    assert.equal((await history(w)).length, 1)
  })

  test('a fingerprint that belongs to another machine is EVENT_OF_OTHER_MACHINE', async (w) => {
    await send(w, 'firing')
    matches((await send(w, 'alive', { machine: HEARTBEAT })).outcome, {
      type: 'Failed',
      code: 'EVENT_OF_OTHER_MACHINE',
      retryable: false,
    })
    matches(await event(w), { state_machine: 'alert', state: 'firing', count: 1 })
  })

  test('the same fingerprint of another tenant is another event', async (w) => {
    await send(w, 'firing')
    const elsewhere = await w.settled({ id: 'x', tenant: 'other', ending: moveTo('firing') })
    matches(elsewhere.outcome, { previous_state: null, version: 1 })
    assert.equal((await w.store.event({ fingerprint: 'f1' })).length, 2)
  })

  test('notifications of one event go out one after the other, in the order of its versions', async (w) => {
    const first = await send(w, 'firing', { note: 'one' })
    await send(w, 'acknowledged')
    assert.deepEqual((await send(w, 'firing', { note: 'two' })).follow, [])
    assert.deepEqual((await send(w, 'resolved', { note: 'three' })).follow, [])
    const [second] = (await w.complete(first.follow[0]!, failed(), letter())).follow
    matches(noticeOf(second), { new_state: 'firing', version: 3, note: 'two' })
    const [third] = (await w.complete(second!, executed())).follow
    matches(noticeOf(third), { new_state: 'resolved', version: 4, previous_state: 'firing', note: 'three' })
    assert.deepEqual((await w.complete(third!)).follow, [])
    matches(await event(w), { state: 'resolved', notified_count: 3 })
  })

  test('notifications of different events do not wait for each other', async (w) => {
    assert.equal((await send(w, 'firing', { fingerprint: 'f1' })).follow.length, 1)
    assert.equal((await send(w, 'firing', { fingerprint: 'f2' })).follow.length, 1)
  })

  test('moved by hand: an allowed move is made, with the newest action as what is sent', async (w) => {
    const first = await send(w, 'firing', { note: 'old' })
    await w.complete(first.follow[0]!)
    await send(w, 'firing', { note: 'newest' })
    const moved = await w.moveByHand('resolved')
    matches(moved, { kind: 'moved', previous_state: 'firing', new_state: 'resolved', notify: true, version: 2 })
    assert.ok(moved.kind === 'moved')
    matches(noticeOf(moved.follow[0]), {
      new_state: 'resolved',
      version: 2,
      moved_by: { caller: 'operator', comment: 'seen' },
      note: 'newest',
    })
    matches(await event(w), { state: 'resolved', active: false, count: 2 })
  })

  test('moved by hand to where it is: nothing changes', async (w) => {
    await send(w, 'firing')
    const before = await event(w)
    matches(await w.moveByHand('firing'), {
      kind: 'moved',
      previous_state: 'firing',
      new_state: 'firing',
      notify: false,
      version: 1,
      follow: [],
    })
    assert.deepEqual(await event(w), before)
    assert.equal((await history(w)).length, 1)
  })

  test('moved by hand: an unknown event, and a move that is not allowed', async (w) => {
    assert.deepEqual(await w.moveByHand('resolved'), { kind: 'unknown' })
    await send(w, 'firing')
    const refused = await w.moveByHand('stale')
    matches(refused, { kind: 'not_allowed', state: 'firing' })
    assert.deepEqual([...(refused as { allowed: string[] }).allowed].sort(), ['acknowledged', 'resolved'])
    await send(w, 'resolved')
    assert.deepEqual(await w.moveByHand('firing'), { kind: 'not_allowed', state: 'resolved', allowed: [] })
  })

  test('each move is on record once: a dispatched one as its dispatch, one by hand or by timeout of its own', async (w) => {
    await send(w, 'firing')
    await w.pass(300_000)
    await w.due()
    await w.moveByHand('resolved')
    matches(await w.records(), [
      { draft: { kind: 'dispatch' }, decision: { outcome: { type: 'StateChanged', new_state: 'firing' } } },
      { decision: { outcome: { type: 'StateChanged', previous_state: 'firing', new_state: 'stale' } } },
      { draft: { caller_id: 'operator' }, decision: { outcome: { type: 'StateChanged', new_state: 'resolved' } } },
    ])
    for (const later of (await w.records()).slice(1)) assert.equal(later.draft.kind, 'transition')
  })
}
