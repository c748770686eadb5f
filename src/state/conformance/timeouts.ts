import assert from 'node:assert/strict'
import { HEARTBEAT } from './builders.js'
import { event, noticeOf, send } from './events.js'
import { matches, type Chapter } from './harness.js'

/** State timeouts (spec section 4, P7, P8). */
export const timeouts: Chapter = (test) => {
  test('a state that is not left in time is left by its timeout, never early, and its notification is sent', async (w) => {
    const first = await send(w, 'firing', { note: 'n' })
    await w.complete(first.follow[0]!)
    matches(await event(w), { next_timeout: { at: w.now + 300_000, to: 'stale' } })
    await w.pass(299_999)
    matches(await w.due(), { ran: 0, admissions: [], next_due: w.now + 1 })
    await w.pass(1)
    const { admissions, ran } = await w.due()
    assert.equal(ran, 1)
    matches(noticeOf(admissions[0]), {
      previous_state: 'firing',
      previous_since: new Date(w.now - 300_000).toISOString(),
      new_state: 'stale',
      changed_at: new Date(w.now).toISOString(),
      moved_by: { timeout: 'firing' },
      version: 2,
      note: 'n',
    })
    matches(await event(w), { state: 'stale', version: 2, next_timeout: null, count: 1 })
  })

  test('it fires once', async (w) => {
    await send(w, 'firing')
    await w.pass(300_000)
    assert.equal((await w.due()).ran, 1)
    assert.equal((await w.due()).ran, 0)
    await w.pass(300_000)
    assert.equal((await w.due()).ran, 0)
    assert.equal((await event(w)).version, 2)
  })

  test('leaving the state cancels it, also when the event comes back: only the stay that armed it counts', async (w) => {
    await send(w, 'firing')
    await w.pass(200_000)
    await send(w, 'acknowledged')
    await w.pass(1_000)
    await send(w, 'firing')
    const entered = w.now
    await w.pass(299_999)
    await w.due()
    matches(await event(w), { state: 'firing', version: 3, next_timeout: { at: entered + 300_000 } })
    await w.pass(1)
    await w.due()
    matches(await event(w), { state: 'stale', version: 4 })
  })

  test('a closed event has no timeout, and a new occurrence one of its own', async (w) => {
    await send(w, 'firing')
    await send(w, 'resolved')
    await w.pass(100_000)
    await send(w, 'firing')
    await w.pass(200_000)
    await w.due()
    matches(await event(w), { state: 'firing', occurrence: 2 })
    await w.pass(100_000)
    await w.due()
    assert.equal((await event(w)).state, 'stale')
  })

  test('a repetition does not restart it', async (w) => {
    await send(w, 'firing')
    await w.pass(200_000)
    await send(w, 'firing')
    await w.pass(100_000)
    await w.due()
    assert.equal((await event(w)).state, 'stale')
  })

  test('where the machine says so, a repetition restarts it', async (w) => {
    const beat = () => send(w, 'alive', { machine: HEARTBEAT })
    await beat()
    await w.pass(40_000)
    await beat()
    matches(await event(w), { next_timeout: { at: w.now + 60_000, to: 'missing' } })
    await w.pass(59_999)
    assert.equal((await w.due()).ran, 0)
    await w.pass(1)
    await w.due()
    matches(await event(w), { state: 'missing', version: 2 })
  })

  test('a status that no transition allows does not touch it, nor does a refused move by hand', async (w) => {
    await send(w, 'firing')
    const { next_timeout } = await event(w)
    await w.pass(1_000)
    await send(w, 'stale')
    await send(w, 'nonsense')
    await w.moveByHand('stale')
    assert.deepEqual((await event(w)).next_timeout, next_timeout)
  })

  test('a move by hand into a state arms its timeout', async (w) => {
    await send(w, 'firing')
    await send(w, 'acknowledged')
    await w.pass(1_000)
    await w.moveByHand('firing')
    matches(await event(w), { next_timeout: { at: w.now + 300_000, to: 'stale' } })
  })
}
