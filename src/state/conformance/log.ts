import assert from 'node:assert/strict'
import { FRAMES_KEPT_MS } from '../store.js'
import { answer, executed, failed, group, moveTo, reservation, schedule, SCOPE, suppressed } from './builders.js'
import { matches, MINUTE, type Chapter } from './harness.js'

/** The event log, for streams (P14). */
export const frames: Chapter = (test) => {
  test('each thing that happens is a frame, in the step in which it happens', async (w) => {
    await w.settled({ id: 'quiet', ending: answer(suppressed()) })
    await w.complete(await w.deliver({ id: 'sent' }))
    await w.settled({ id: 'member', ending: group('member', { max_size: 2 }) })
    await w.settled({ id: 'alert', ending: moveTo('firing', { deliver: moveTo('firing').deliver }) })
    const seen = await w.frames()
    const dispatched = seen.filter(({ type }) => type === 'action_dispatched')
    const idOf = (data: Record<string, unknown>) => data.action_id
    assert.deepEqual(
      dispatched.map(({ data }) => idOf(data)),
      ['quiet', 'sent', 'member', 'alert'],
    )
    for (const frame of seen) matches(frame, { ...SCOPE, at: w.now })
    const added = seen.filter(({ type }) => type === 'group_event_added')
    matches(added, [{ data: { group_id: 'group-of-member', group_key: 'together:g1', event_count: 1 } }])
  })

  test('a flush, a closed group, a due action, a move and a timeout are frames too', async (w) => {
    await w.settled({ id: 'm', ending: group('m', { wait_ms: 1_000, interval_ms: 1_000 }) })
    await w.settled({ id: 's', ending: schedule(1_000) })
    await w.settled({ id: 'e', ending: moveTo('firing') })
    await w.moveByHand('acknowledged')
    await w.moveByHand('firing')
    await w.pass(1_000)
    await w.due()
    await w.pass(5 * MINUTE)
    await w.due()
    const seen = await w.frames()
    const of = (type: string) => seen.filter((frame) => frame.type === type).map(({ data }) => data)
    matches(of('group_flushed'), [{ group_id: 'group-of-m', event_count: 1 }])
    matches(of('group_resolved'), [{ group_id: 'group-of-m', group_key: 'together:g1' }])
    assert.equal(of('scheduled_action_due').length, 1)
    matches(of('timeout'), [
      { fingerprint: 'f1', state_machine: 'alert', previous_state: 'firing', new_state: 'stale' },
    ])
    const moves = of('action_status_changed').map((data) => [data.previous_status, data.new_status].join(' → '))
    assert.ok(moves.includes('firing → acknowledged') && moves.includes('acknowledged → firing'), moves.join())
  })

  test('positions have one width and grow in text order; each is a place to go on from, without gap or double', async (w) => {
    for (let n = 0; n < 12; n++) await w.settled({ id: `a${n}`, ending: answer(suppressed()) })
    const all = await w.frames()
    assert.ok(all.length >= 12)
    const ids = all.map(({ id }) => id)
    assert.deepEqual(ids, [...new Set(ids)].sort())
    assert.equal(new Set(ids.map((id) => id.length)).size, 1)
    let after = ids[2]!
    const rest: string[] = []
    for (;;) {
      const page = await w.store.frames({ after, limit: 4 })
      assert.equal(page.lost, false)
      if (page.frames.length === 0) break
      assert.ok(page.frames.length <= 4)
      rest.push(...page.frames.map(({ id }) => id))
      after = rest.at(-1)!
    }
    assert.deepEqual(rest, ids.slice(3))
    const { last } = await w.store.frames({ after: ids.at(-1)!, limit: 10 })
    assert.equal(last, ids.at(-1))
  })

  test('a frame says nothing of what a provider answered', async (w) => {
    const redacted = { ...executed(), body: null }
    await w.complete(await w.deliver({ id: 'a1' }), executed(), { redacted })
    const [frame] = (await w.frames()).filter(({ type }) => type === 'action_dispatched')
    assert.ok(!JSON.stringify(frame).includes('"ok":true'), JSON.stringify(frame))
  })

  test('whoever goes on from what is no longer kept is told that frames are lost', async (w) => {
    await w.settled({ id: 'a1', ending: answer(suppressed()) })
    await w.settled({ id: 'a2', ending: answer(suppressed()) })
    const [first] = await w.frames()
    assert.equal((await w.store.frames({ after: first!.id, limit: 10 })).lost, false)
    await w.pass(FRAMES_KEPT_MS + 1)
    while ((await w.store.sweep({ ...w.op(), limit: 100 })) > 0);
    const { lost, last } = await w.store.frames({ after: first!.id, limit: 10 })
    assert.equal(lost, true)
    await w.settled({ id: 'a3', ending: answer(suppressed()) })
    matches(await w.store.frames({ after: last, limit: 10 }), { lost: false, frames: [{ data: { action_id: 'a3' } }] })
  })

  test('a listener is woken when frames were added, and not after it stopped', async (w) => {
    let woken = 0
    const stop = w.store.onFrames(() => woken++)
    await w.settled({ id: 'a1', ending: answer(suppressed()) })
    for (let turn = 0; woken === 0 && turn < 1_000; turn++) await w.store.health()
    assert.ok(woken > 0)
    stop()
    const before = woken
    await w.settled({ id: 'a2', ending: answer(suppressed()) })
    await w.store.health()
    assert.equal(woken, before)
  })
}

/** The outbox, where audit is elsewhere (P10). */
export const outbox: Chapter = (test) => {
  test('each try that has its outcome leaves one entry, oldest first, with what the store decided', async (w) => {
    const dispatched = w.now
    const sent = await w.deliver({ id: 'sent', gates: [reservation()] })
    await w.settled({ id: 'dup', gates: [reservation()] })
    await w.pass(1_000)
    const redacted = { ...failed(), message: '[redacted]' }
    await w.complete(sent, failed(), { redacted })
    matches(await w.records(), [
      { draft: { action_id: 'dup' }, decision: { try: 1, dispatched_at: dispatched, completed_at: dispatched } },
      {
        draft: { action_id: 'sent' },
        decision: { outcome: redacted, try: 1, dispatched_at: dispatched, completed_at: w.now },
      },
    ])
  })

  test('what is open has no entry yet', async (w) => {
    await w.deliver({ id: 'a1', lane: 'x' })
    await w.admit({ id: 'a2', lane: 'x' })
    assert.deepEqual(await w.records(), [])
  })

  test('what was acknowledged is gone, also when it is acknowledged again', async (w) => {
    for (const id of ['a1', 'a2', 'a3']) await w.settled({ id, ending: answer(suppressed()) })
    const waiting = await w.store.outbox({ limit: 2 })
    assert.deepEqual(
      waiting.map(({ entry }) => entry.draft.action_id),
      ['a1', 'a2'],
    )
    const positions = waiting.map(({ position }) => position)
    await w.store.acknowledge({ ...w.op(), positions })
    await w.store.acknowledge({ ...w.op(), positions })
    matches(await w.records(), [{ draft: { action_id: 'a3' } }])
  })

  test(
    'at its bound dispatches are refused before anything else is decided, and what runs is still recorded',
    async (w) => {
      const running = await w.deliver({ id: 'running', gates: [reservation()] })
      for (const id of ['a1', 'a2', 'a3']) await w.settled({ id, ending: answer(suppressed()) })
      matches(await w.admit({ id: 'a4' }), { kind: 'backlog', waiting: 3 })
      matches(await w.admit({ id: 'a5', gates: [reservation()] }), { kind: 'backlog' })
      assert.equal((await w.complete(running)).duplicates.count, 0)
      const positions = (await w.store.outbox({ limit: 10 })).map(({ position }) => position)
      assert.equal(positions.length, 4)
      await w.store.acknowledge({ ...w.op(), positions })
      matches(await w.deliver({ id: 'a4' }), { try: 1 })
    },
    { outbox_bound: 3 },
  )
}
