import assert from 'node:assert/strict'
import type { OutcomeOf } from '../../action/outcome.js'
import type { Admission, Admitted } from '../store.js'
import { executed, group, moveTo, reservation, SCOPE, window } from './builders.js'
import { chance, HOUR, matches, type Chapter, type World } from './harness.js'

const many = <T>(count: number, one: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => one(n)))
const outcomes = (answers: Admitted[], type: string): number =>
  answers.filter((answer) => answer.kind === 'settled' && answer.outcome.type === type).length
const delivered = (answers: Admitted[]): number => answers.filter(({ kind }) => kind === 'deliver').length

const members = (admissions: Admission[]): string[] =>
  admissions.flatMap(({ origin }) => (origin.kind === 'flush' ? origin.batch.members.map(({ id }) => id) : []))

/** Many at once: every operation is atomic. */
export const concurrency: Chapter = (test) => {
  test('of a thousand actions with one key, sent at once, one is delivered', async (w) => {
    const answers = await many(1_000, (n) => w.admit({ id: `a${n}`, gates: [reservation()] }))
    assert.equal(delivered(answers), 1)
    assert.equal(outcomes(answers, 'Deduplicated'), 999)
    const winner = answers.find((answer) => answer.kind === 'deliver')
    assert.ok(winner?.kind === 'deliver')
    assert.equal((await w.complete(winner.admission)).duplicates.count, 999)
  })

  test('of a hundred requests with one id, sent at once, one is admitted', async (w) => {
    const answers = await many(100, () => w.admit({ id: 'a1' }))
    assert.equal(delivered(answers), 1)
    assert.equal(answers.filter(({ kind }) => kind === 'in_progress').length, 99)
  })

  test('a window lets exactly its limit pass, however many come at once', async (w) => {
    for (const _round of [1, 2, 3]) {
      const answers = await many(200, (n) => w.admit({ id: `${w.now}-${n}`, gates: [window(17, 10_000)] }))
      assert.equal(delivered(answers), 17)
      assert.equal(outcomes(answers, 'Throttled'), 183)
      await w.pass(10_000)
    }
  })

  test('gates are taken together: as many keys are held as places were taken', async (w) => {
    const answers = await many(200, (n) =>
      w.admit({ id: `a${n}`, gates: [reservation(`k${n % 20}`), window(10, HOUR)] }),
    )
    assert.equal(delivered(answers), 10)
    const free = await many(20, (n) => w.admit({ id: `b${n}`, gates: [reservation(`k${n}`)] }))
    assert.equal(delivered(free), 10)
  })

  test('each of many members that join at once is in exactly one batch, in order, and none is lost', async (w) => {
    const ids = Array.from({ length: 305 }, (_, n) => `m${n}`)
    const terms = { max_size: 10, interval_ms: 60_000 }
    const answers = await many(ids.length, (n) => w.admit({ id: ids[n]!, ending: group(ids[n]!, terms) }))
    assert.equal(outcomes(answers, 'Grouped'), ids.length)
    const sealed = answers.flatMap((answer) => (answer.kind === 'settled' ? answer.follow : []))
    assert.equal(sealed.length, 30)
    const rest = await w.store.flush({ ...w.op(), ...SCOPE, owner: w.owner, group_key: 'together:g1' })
    const batched = [...members(sealed), ...members([rest!.admission])]
    assert.deepEqual(batched.sort(), ids.sort())
    assert.equal(new Set([...sealed, rest!.admission].map(({ key }) => key.id)).size, 31)
  })

  test('flushes at the same moment as joins lose no member and send none twice', async (w) => {
    const random = chance(11)
    const terms = { max_size: 7, interval_ms: 60_000 }
    const sealed: Admission[] = []
    const ids = Array.from({ length: 120 }, (_, n) => `m${n}`)
    await many(ids.length, async (n) => {
      const admitted = await w.admit({ id: ids[n]!, ending: group(ids[n]!, terms) })
      if (admitted.kind === 'settled') sealed.push(...admitted.follow)
      if (random() < 0.3) {
        const flushed = await w.store.flush({ ...w.op(), ...SCOPE, owner: w.owner, group_key: 'together:g1' })
        if (flushed !== null) sealed.push(flushed.admission)
      }
    })
    const rest = await w.store.flush({ ...w.op(), ...SCOPE, owner: w.owner, group_key: 'together:g1' })
    if (rest !== null) sealed.push(rest.admission)
    assert.deepEqual(members(sealed).sort(), ids.sort())
  })

  test('transitions of one event that meet are made one after the other, versions without a gap', async (w) => {
    const random = chance(5)
    const statuses = ['firing', 'acknowledged', 'resolved', 'firing', null]
    const answers = await many(200, (n) => {
      const ending = moveTo(statuses[Math.floor(random() * statuses.length)]!)
      return w.admit({ id: `a${n}`, ending })
    })
    const history = await w.store.history({ ...SCOPE, fingerprint: 'f1' })
    history.forEach(({ version, from, to }, i) => {
      assert.equal(version, i + 1)
      const before = history[i - 1]?.to
      assert.ok(from === (before ?? null) || (from === null && before === 'resolved'), `${before} → ${from} → ${to}`)
    })
    const moves = answers.flatMap((answer) => {
      if (answer.kind !== 'settled' || answer.outcome.type !== 'StateChanged') return []
      const outcome = answer.outcome as OutcomeOf<'StateChanged'>
      return outcome.previous_state === outcome.new_state ? [] : [outcome]
    })
    const told = moves.map(({ previous_state, new_state, version }) => [version, previous_state, new_state])
    assert.deepEqual(
      told.sort(([a], [b]) => (a as number) - (b as number)),
      history.map(({ version, from, to }) => [version, from, to]),
    )
  })

  test('notifications of an event that moved many times at once still go out in the order of versions', async (w) => {
    const answers = await many(60, (n) =>
      w.admit({ id: `a${n}`, ending: moveTo(n % 2 === 0 ? 'firing' : 'acknowledged') }),
    )
    let next = answers.flatMap((answer) => (answer.kind === 'settled' ? answer.follow : []))
    const versions: number[] = []
    assert.equal(next.length, 1)
    while (next.length > 0) {
      assert.equal(next.length, 1)
      const { origin } = next[0]!
      assert.ok(origin.kind === 'notification')
      versions.push(origin.event.version)
      next = (await w.complete(next[0]!, executed())).follow
    }
    assert.deepEqual(
      versions,
      [...versions].sort((a, b) => a - b),
    )
    assert.ok(versions.length > 10)
  })

  test('open work of a dead node goes to one of those who ask at once, and to nobody twice', async (w) => {
    for (let n = 0; n < 50; n++) await w.deliver({ id: `a${n}` })
    w.now += 15_000
    const owners = await many(4, (n) => w.join(`n${n}`))
    const taken = (await Promise.all(owners.map((owner) => resumeAll(w, owner)))).flat()
    assert.equal(taken.length, 50)
    assert.equal(new Set(taken.map(({ key }) => key.id)).size, 50)
  })

  test('of two that complete the same admission at once one is heard', async (w) => {
    const admission = await w.deliver({ id: 'a1' })
    const both = await many(2, () => w.store.complete(w.completing(admission)))
    assert.deepEqual(both.map(({ kind }) => kind).sort(), ['done', 'replaced'])
    matches(await w.records(), [{ draft: { action_id: 'a1' } }])
  })

  test('a lane hands out one at a time, in order, however they came', async (w) => {
    const answers = await many(40, (n) => w.admit({ id: `a${n}`, lane: 'x' }))
    let next = answers.flatMap((answer) => (answer.kind === 'deliver' ? [answer.admission] : []))
    let count = 0
    for (; next.length > 0; count++) {
      assert.equal(next.length, 1)
      next = (await w.complete(next[0]!)).follow
    }
    assert.equal(count, 40)
  })
}

async function resumeAll(w: World, owner: number): Promise<Admission[]> {
  const all: Admission[] = []
  for (;;) {
    const some = await w.store.resume({ ...w.op(), owner, limit: 7 })
    if (some.length === 0) return all
    all.push(...some)
  }
}
