import assert from 'node:assert/strict'
import type { Outcome } from '../../action/outcome.js'
import {
  answer,
  circuitOpen,
  executed,
  failed,
  group,
  letter,
  moveTo,
  reservation,
  suppressed,
  window,
} from './builders.js'
import { HOUR, matches, type Chapter, type World } from './harness.js'

const isDuplicate = async (w: World, id: string, name = 'k'): Promise<boolean> => {
  const admitted = await w.admit({ id, gates: [reservation(name)] })
  if (admitted.kind === 'settled') assert.deepEqual(admitted.outcome.type, 'Deduplicated')
  return admitted.kind === 'settled'
}

/** Deduplication: a key is held by one action (spec section 3, P4). */
export const reservations: Chapter = (test) => {
  test('the first takes the key; another is Deduplicated, on record with the holder', async (w) => {
    await w.deliver({ id: 'a1', gates: [reservation()] })
    const { outcome, gates, follow } = await w.settled({ id: 'a2', gates: [reservation()] })
    matches(outcome, { type: 'Deduplicated' })
    matches(gates, [{ rule: 'once', verdict: 'deduplicate', would: 'refuse', holder: 'a1' }])
    assert.deepEqual(follow, [])
    matches(await w.records(), [
      {
        draft: { action_id: 'a2' },
        decision: {
          outcome: { type: 'Deduplicated' },
          dispatched_at: w.now,
          completed_at: w.now,
          refused_by: { rule: 'once', verdict: 'deduplicate' },
          links: { duplicate_of: 'a1' },
        },
      },
    ])
  })

  test('an open holder keeps its key beyond its ttl', async (w) => {
    const holder = await w.deliver({ id: 'a1', gates: [reservation('k', { ttl_ms: 1_000 })] })
    await w.pass(9 * 60_000)
    assert.ok(await isDuplicate(w, 'a2'))
    await w.complete(holder)
    assert.ok(!(await isDuplicate(w, 'a3')), 'its ttl was over when it had its outcome')
  })

  test('after its outcome the key is held until the ttl, counted from the admission, and not longer', async (w) => {
    const holder = await w.deliver({ id: 'a1', gates: [reservation('k', { ttl_ms: 60_000 })] })
    await w.pass(10_000)
    await w.complete(holder)
    await w.pass(49_999)
    assert.ok(await isDuplicate(w, 'a2'))
    await w.pass(1)
    assert.ok(!(await isDuplicate(w, 'a3')))
  })

  for (const outcome of [failed(), failed({ retryable: true }), failed({ code: 'CANCELLED' }), circuitOpen()])
    test(`a holder that ends ${JSON.stringify(outcome)} releases its key at once`, async (w) => {
      await w.complete(await w.deliver({ id: 'a1', gates: [reservation()] }), outcome)
      assert.ok(!(await isDuplicate(w, 'a2')))
    })

  const keeping: [string, 'release' | 'keep', Outcome][] = [
    ['on_failure is keep', 'keep', failed()],
    ['on_failure is keep and its circuit is open', 'keep', circuitOpen()],
    ['it is unknown whether it took effect', 'release', failed({ code: 'OUTCOME_UNKNOWN' })],
  ]
  for (const [why, on_failure, outcome] of keeping)
    test(`a holder that failed keeps its key for the ttl when ${why}`, async (w) => {
      await w.complete(await w.deliver({ id: 'a1', gates: [reservation('k', { on_failure })] }), outcome)
      await w.pass(59_999)
      assert.ok(await isDuplicate(w, 'a2'))
      await w.pass(1)
      assert.ok(!(await isDuplicate(w, 'a3')))
    })

  test('a holder that ends grouped or as a transition holds its key for the ttl', async (w) => {
    await w.settled({ id: 'a1', gates: [reservation('g')], ending: group('a1') })
    await w.settled({ id: 'a2', gates: [reservation('t')], ending: moveTo('firing') })
    await w.pass(59_999)
    assert.ok(await isDuplicate(w, 'b1', 'g'))
    assert.ok(await isDuplicate(w, 'b2', 't'))
    await w.pass(1)
    assert.ok(!(await isDuplicate(w, 'b3', 'g')))
    assert.ok(!(await isDuplicate(w, 'b4', 't')))
  })

  test('duplicates are counted, and the last ten are named', async (w) => {
    const holder = await w.deliver({ id: 'a1', gates: [reservation()] })
    const ids = Array.from({ length: 12 }, (_, i) => `dup-${i}`)
    for (const id of ids) await w.settled({ id, gates: [reservation()] })
    await w.admit({ id: 'dup-0', gates: [reservation()] })
    const { duplicates } = await w.complete(holder, failed(), letter())
    assert.equal(duplicates.count, 12, 'a replayed duplicate is not another one')
    assert.deepEqual([...duplicates.last].sort(), ids.slice(2).sort())
    matches(await w.store.deadLetter('letter-1'), { duplicates: { count: 12 } })
  })

  test('whoever takes a released key starts its own count', async (w) => {
    const first = await w.deliver({ id: 'a1', gates: [reservation()] })
    await w.settled({ id: 'dup', gates: [reservation()] })
    await w.complete(first, failed())
    const second = await w.deliver({ id: 'a2', gates: [reservation()] })
    assert.equal((await w.complete(second)).duplicates.count, 0)
  })

  test('a key kept by an earlier try of the same id counts as its own, and is taken anew', async (w) => {
    const gates = [reservation('k', { on_failure: 'keep' })]
    await w.complete(await w.deliver({ id: 'a1', gates }), failed({ retryable: true }))
    assert.ok(await isDuplicate(w, 'a2'))
    await w.pass(50_000)
    await w.complete(await w.deliver({ id: 'a1', gates }))
    await w.pass(50_000)
    assert.ok(await isDuplicate(w, 'a3'))
  })

  test('a failure releases only keys that are still its own', async (w) => {
    const gates = [reservation('k', { ttl_ms: 1_000, on_failure: 'keep' })]
    await w.complete(await w.deliver({ id: 'a1', gates }), failed({ retryable: true }))
    await w.pass(1_000)
    await w.deliver({ id: 'a2', gates: [reservation()] })
    await w.complete(await w.deliver({ id: 'a1' }), failed())
    assert.ok(await isDuplicate(w, 'a3'), 'a2 took the key meanwhile and holds it')
  })

  test('a key whose time is over does not come back when its holder is tried again', async (w) => {
    const gates = [reservation('k', { ttl_ms: 1_000, on_failure: 'keep' })]
    await w.complete(await w.deliver({ id: 'a1', gates }), failed({ retryable: true }))
    await w.pass(1_000)
    await w.deliver({ id: 'a1' })
    assert.ok(!(await isDuplicate(w, 'a2')), 'it was free before the next try, which does not ask for it')
  })

  test('several keys are held and released one by one', async (w) => {
    const gates = [reservation('x'), reservation('y', { on_failure: 'keep' })]
    await w.complete(await w.deliver({ id: 'a1', gates }), failed())
    assert.ok(!(await isDuplicate(w, 'a2', 'x')))
    assert.ok(await isDuplicate(w, 'a3', 'y'))
  })

  test('the first gate that refuses, in plan order, is the outcome; nothing is taken and nothing else counted', async (w) => {
    const holder = await w.deliver({ id: 'a1', gates: [reservation('held')] })
    await w.deliver({ id: 'a2', gates: [window(1, HOUR)] })
    const free = reservation('free')
    const throttledFirst = await w.settled({ id: 'b1', gates: [free, window(1, HOUR), reservation('held')] })
    assert.equal(throttledFirst.outcome.type, 'Throttled')
    const deduplicatedFirst = await w.settled({ id: 'b2', gates: [free, reservation('held'), window(1, HOUR)] })
    assert.equal(deduplicatedFirst.outcome.type, 'Deduplicated')
    assert.ok(!(await isDuplicate(w, 'b3', 'free')))
    assert.deepEqual((await w.complete(holder)).duplicates, { count: 1, last: ['b2'] })
  })

  test('a duplicate uses up no place in a window', async (w) => {
    await w.deliver({ id: 'a1', gates: [reservation()] })
    await w.settled({ id: 'a2', gates: [window(1, HOUR), reservation()] })
    await w.settled({ id: 'a3', gates: [reservation(), window(1, HOUR)] })
    await w.deliver({ id: 'a4', gates: [window(1, HOUR)] })
  })

  test('an ending that answers looks at no gate and takes none', async (w) => {
    const holder = await w.deliver({ id: 'a1', gates: [reservation('held')] })
    const gates = [reservation('held'), reservation('free'), window(1, HOUR)]
    matches(await w.settled({ id: 'a2', gates, ending: answer(suppressed()) }), { outcome: suppressed(), follow: [] })
    await w.deliver({ id: 'a3', gates: [reservation('free'), window(1, HOUR)] })
    assert.equal((await w.complete(holder)).duplicates.count, 0)
  })

  test('a dry run says what the gates would say now, and takes nothing', async (w) => {
    const holder = await w.deliver({ id: 'a1', gates: [reservation('held'), window(2, HOUR)] })
    const gates = [reservation('held'), reservation('free'), window(2, HOUR)]
    const say = { entry: null, gates, now: w.now }
    const seen = await w.store.peek(say)
    matches(seen, [
      { rule: 'once', would: 'refuse', holder: 'a1' },
      { rule: 'once', would: 'pass' },
      { rule: 'slow-down', would: 'pass', used: 1, limit: 2 },
    ])
    assert.deepEqual(await w.store.peek(say), seen)
    matches(await w.store.peek({ ...say, entry: holder.key }), [
      { would: 'pass' },
      { would: 'pass' },
      { would: 'pass' },
    ])
    await w.deliver({ id: 'a2', gates: [reservation('free'), window(2, HOUR)] })
    matches(await w.store.peek(say), [
      { would: 'refuse' },
      { would: 'refuse', holder: 'a2' },
      { would: 'refuse', used: 2, limit: 2, retry_after_ms: HOUR },
    ])
    assert.deepEqual((await w.complete(holder, executed())).duplicates.count, 0, 'a dry run is no duplicate')
  })
}
