import assert from 'node:assert/strict'
import { fromWireDuration } from '../../action/outcome.js'
import { EXACT_WINDOW_LIMIT, WINDOW_BUCKETS, type WindowGate } from '../plan.js'
import { executed, failed, window } from './builders.js'
import { chance, matches, type Chapter, type World } from './harness.js'

let ids = 0

/** Sends an action through the window; null: it passed, else how long until the next one would, milliseconds. */
async function refusal(w: World, gate: WindowGate): Promise<number | null> {
  const admitted = await w.admit({ id: `w${++ids}`, gates: [gate] })
  if (admitted.kind === 'deliver') return null
  assert.ok(admitted.kind === 'settled' && admitted.outcome.type === 'Throttled', JSON.stringify(admitted))
  return fromWireDuration(admitted.outcome.retry_after)
}

const within = (passed: number[], from: number, to: number): number =>
  passed.filter((at) => at > from && at <= to).length

/** The most that passed in any half-open interval of `widthMs`. */
const densest = (passed: number[], widthMs: number): number =>
  Math.max(0, ...passed.map((at) => within(passed, at - widthMs, at)))

/** Sends random bursts and checks both halves of P5; how many passed and how many were refused. */
async function checkPromise(
  w: World,
  seed: number,
  gateAt: (step: number) => WindowGate,
  { steps, burst, gapMs, slackMs }: { steps: number; burst: number; gapMs: number; slackMs: number },
): Promise<{ passed: number; refused: number }> {
  const random = chance(seed)
  const passed: number[] = []
  let refused = 0
  for (let step = 0; step < steps; step++) {
    if (random() < 0.7) await w.pass(1 + Math.floor(random() * gapMs))
    const gate = gateAt(step)
    for (let n = Math.ceil(random() * burst); n > 0; n--) {
      const retryAfter = await refusal(w, gate)
      if (retryAfter === null) {
        passed.push(w.now)
        const now = within(passed, w.now - gate.window_ms, w.now)
        assert.ok(now <= gate.limit, `seed ${seed}: ${now} passed within a window of ${gate.limit}`)
      } else {
        refused++
        const lately = within(passed, w.now - gate.window_ms - slackMs, w.now)
        assert.ok(lately >= gate.limit, `seed ${seed}: refused although only ${lately} of ${gate.limit} passed`)
      }
    }
  }
  return { passed: passed.length, refused }
}

/** Throttling: at most `limit` in any interval (spec section 3, P5). */
export const windows: Chapter = (test) => {
  test('as many as the limit pass; the next is Throttled until the oldest leaves the window', async (w) => {
    const gate = window(3, 10_000, { message: 'slow down' })
    for (const id of ['a1', 'a2', 'a3']) {
      await w.deliver({ id, gates: [gate] })
      await w.pass(1_000)
    }
    const { outcome, gates } = await w.settled({ id: 'a4', gates: [gate] })
    assert.deepEqual(outcome, {
      type: 'Throttled',
      retry_after: { secs: 7, nanos: 0 },
      rule: 'slow-down',
      message: 'slow down',
    })
    matches(gates, [
      { rule: 'slow-down', verdict: 'throttle', would: 'refuse', used: 3, limit: 3, retry_after_ms: 7_000 },
    ])
    matches((await w.records()).at(-1), { decision: { refused_by: { rule: 'slow-down', verdict: 'throttle' } } })
  })

  test('it passes exactly one window after the oldest, not a millisecond before', async (w) => {
    const gate = window(1, 10_000)
    assert.equal(await refusal(w, gate), null)
    await w.pass(9_999)
    assert.equal(await refusal(w, gate), 1)
    await w.pass(1)
    assert.equal(await refusal(w, gate), null)
  })

  test('refusals do not prolong it: under steady traffic one passes in each window', async (w) => {
    const gate = window(1, 10_000)
    const passedAt: number[] = []
    for (let second = 0; second <= 30; second++) {
      if ((await refusal(w, gate)) === null) passedAt.push(second)
      await w.pass(1_000)
    }
    assert.deepEqual(passedAt, [0, 10, 20, 30])
  })

  test('who was told retry_after passes then', async (w) => {
    const gate = window(2, 7_777)
    for (const ms of [0, 1_234, 0, 3_210]) {
      await w.pass(ms)
      const retryAfter = await refusal(w, gate)
      if (retryAfter === null) continue
      await w.pass(retryAfter)
      assert.equal(await refusal(w, gate), null)
    }
  })

  test('what passed and then failed keeps its place', async (w) => {
    const gates = [window(1, 10_000)]
    await w.complete(await w.deliver({ id: 'a1', gates }), failed())
    assert.equal((await w.settled({ id: 'a2', gates })).outcome.type, 'Throttled')
  })

  test('a throttled id passes as its next try when there is room', async (w) => {
    const gates = [window(1, 10_000)]
    await w.deliver({ id: 'a1', gates })
    await w.settled({ id: 'a2', gates })
    await w.pass(10_000)
    matches(await w.deliver({ id: 'a2', gates }), { try: 2, gates: [{ would: 'pass', used: 0, limit: 1 }] })
  })

  test('retries and resumption take no place', async (w) => {
    const gates = [window(2, 3_600_000)]
    const { owner, key, fence } = await w.deliver({ id: 'a1', gates })
    await w.store.park({ ...w.op(), owner, key, fence, delay_ms: 1_000, attempts: [] })
    await w.pass(1_000)
    matches(await w.due(), { admissions: [{ key }] })
    w.now += 15_000
    w.owner = await w.join('b')
    matches(await w.store.resume({ ...w.op(), owner: w.owner, limit: 10 }), [{ key }])
    await w.deliver({ id: 'a2', gates })
  })

  test('each key has a window of its own', async (w) => {
    const other = window(1, 10_000, { key: 'f'.repeat(64) })
    assert.equal(await refusal(w, window(1, 10_000)), null)
    assert.equal(await refusal(w, other), null)
    assert.notEqual(await refusal(w, window(1, 10_000)), null)
  })

  test('two windows of one plan are both asked and both taken', async (w) => {
    const tight = window(1, 1_000)
    const wide = window(2, 60_000, { key: 'e'.repeat(64) })
    await w.deliver({ id: 'a1', gates: [tight, wide] })
    await w.pass(1_000)
    await w.deliver({ id: 'a2', gates: [tight, wide] })
    await w.pass(1_000)
    matches(await w.settled({ id: 'a3', gates: [tight, wide] }), {
      outcome: { retry_after: { secs: 58, nanos: 0 } },
      gates: [{ would: 'pass' }, { would: 'refuse', used: 2 }],
    })
  })

  for (const seed of [1, 2, 3])
    test(`no interval holds more than the limit, and nothing else is refused (seed ${seed})`, async (w) => {
      const sums = await checkPromise(w, seed, () => window(5, 10_000), {
        steps: 100,
        burst: 4,
        gapMs: 3_000,
        slackMs: 0,
      })
      assert.ok(sums.passed > 20 && sums.refused > 20, JSON.stringify(sums))
    })

  test('a limit that a reload changed holds at once, in both directions', async (w) => {
    const limits = [5, 2, 7, 3, 6]
    const gateAt = (step: number) => window(limits[Math.floor(step / 20) % limits.length]!, 10_000)
    const sums = await checkPromise(w, 4, gateAt, { steps: 100, burst: 5, gapMs: 3_000, slackMs: 0 })
    assert.ok(sums.passed > 20 && sums.refused > 20, JSON.stringify(sums))
  })

  test('a window that a reload lengthened holds what has passed before', async (w) => {
    assert.equal(await refusal(w, window(1, 1_000)), null)
    await w.pass(5_000)
    assert.equal(await refusal(w, window(1, 10_000)), 5_000)
  })

  const large = EXACT_WINDOW_LIMIT + 24
  const WINDOW = 64_000
  const bucketMs = WINDOW / WINDOW_BUCKETS
  const burst = (w: World, gate: WindowGate, count: number) =>
    Promise.all(Array.from({ length: count }, () => refusal(w, gate)))

  test('above the exact limit no more pass either, and the next at most 1/64 of the window late', async (w) => {
    const gate = window(large, WINDOW)
    await w.pass(333)
    const answers = await burst(w, gate, large + 50)
    assert.equal(answers.filter((answer) => answer === null).length, large)
    const retryAfter = answers.find((answer) => answer !== null)!
    assert.ok(retryAfter >= WINDOW && retryAfter <= WINDOW + bucketMs, `retry_after ${retryAfter} of ${WINDOW}`)
    await w.pass(WINDOW - 1)
    assert.notEqual(await refusal(w, gate), null)
    await w.pass(1 + bucketMs)
    assert.equal(await refusal(w, gate), null)
  })

  test('above the exact limit no interval holds more, wherever it starts, and nothing is refused for longer', async (w) => {
    const gate = window(large, WINDOW)
    const random = chance(7)
    const passed: number[] = []
    let refusedCount = 0
    for (let step = 0; step < 60; step++) {
      await w.pass(1 + Math.floor(random() * 5_000))
      const answers = await burst(w, gate, Math.ceil(random() * 180))
      const passing = answers.filter((answer) => answer === null).length
      refusedCount += answers.length - passing
      if (passing < answers.length)
        assert.ok(
          within(passed, w.now - WINDOW - bucketMs, w.now) + passing >= large,
          `step ${step}: refused too early`,
        )
      passed.push(...Array.from({ length: passing }, () => w.now))
    }
    assert.ok(densest(passed, WINDOW) <= large, `${densest(passed, WINDOW)} within a window of ${large}`)
    assert.ok(refusedCount > 100 && passed.length > large, `${passed.length} passed, ${refusedCount} refused`)
  })

  test('a limit that grows beyond the exact ones still counts what has passed', async (w) => {
    for (let n = 0; n < 10; n++) assert.equal(await refusal(w, window(10, WINDOW)), null)
    await w.pass(1_000)
    const answers = await burst(w, window(large, WINDOW), large)
    assert.equal(answers.filter((answer) => answer === null).length, large - 10)
    assert.notEqual(await refusal(w, window(10, WINDOW)), null, 'and back again')
  })

  test('a completed action leaves its place to nobody', async (w) => {
    await w.complete(await w.deliver({ id: 'a1', gates: [window(1, 10_000)] }), executed())
    assert.equal(await refusal(w, window(1, 10_000)), 10_000)
  })
}
