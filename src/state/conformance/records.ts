import assert from 'node:assert/strict'
import { everyPage, matches, MINUTE, type Chapter, type World } from './harness.js'

const write = (w: World, name: string, version: number, value: unknown) =>
  w.store.casRecord({ ...w.op(), kind: 'switch', name, version, value })

/** Small named values: switches, breaker changes, revisions. */
export const records: Chapter = (test) => {
  test('a record is written if it is still at the version that was seen; 0 is absent', async (w) => {
    assert.equal(await w.store.readRecord('switch', 'r1'), null)
    const first = await write(w, 'r1', 0, { enabled: false })
    matches(first, { kind: 'switch', name: 'r1', value: { enabled: false }, at: w.now })
    assert.deepEqual(await w.store.readRecord('switch', 'r1'), first)
    const version = (first as { version: number }).version
    assert.ok(version > 0)
    assert.deepEqual(await write(w, 'r1', 0, 'x'), { kind: 'conflict', version })
    const second = await write(w, 'r1', version, [1, 'two'])
    assert.ok((second as { version: number }).version > version)
    matches(await w.store.readRecord('switch', 'r1'), { value: [1, 'two'] })
  })

  test('a conflict says what is there: nothing, or the version', async (w) => {
    const { version } = await write(w, 'r1', 3, 'x')
    assert.ok(version === null || version === 0, 'nothing is there')
    assert.equal(await w.store.readRecord('switch', 'r1'), null)
  })

  test('null removes it, and it can be written again', async (w) => {
    const { version } = (await write(w, 'r1', 0, 1)) as { version: number }
    await write(w, 'r1', version, null)
    assert.equal(await w.store.readRecord('switch', 'r1'), null)
    assert.deepEqual((await w.store.listRecords('switch')).items, [])
    matches(await write(w, 'r1', 0, 2), { value: 2 })
  })

  test('kinds do not mix', async (w) => {
    await write(w, 'r1', 0, 1)
    assert.equal(await w.store.readRecord('breaker', 'r1'), null)
    assert.deepEqual((await w.store.listRecords('breaker')).items, [])
  })

  test('of many that write at the same version one succeeds', async (w) => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => write(w, 'r1', 0, n)))
    assert.equal(answers.filter((answer) => answer.kind !== 'conflict').length, 1)
  })

  test('a page of them is followed by the next, complete and without doubles', async (w) => {
    const names = Array.from({ length: 7 }, (_, n) => `r${n}`)
    for (const name of names) await write(w, name, 0, name)
    const all = await everyPage(3, (cursor) =>
      w.store.listRecords('switch', cursor === undefined ? { limit: 3 } : { limit: 3, cursor }),
    )
    assert.deepEqual(all.map(({ name }) => name).sort(), names)
  })
}

/** Permits of a rate, taken in blocks. */
export const rates: Chapter = (test) => {
  const take = (w: World, count: number, name = 'email') => w.store.take({ ...w.op(), name, per_second: 10, count })

  test('at most a second of permits is granted ahead, and it is said when more come', async (w) => {
    const { granted } = await take(w, 1_000)
    assert.ok(granted >= 1 && granted <= 10, `granted ${granted} of a rate of 10 per second`)
    const empty = await take(w, 10)
    assert.equal(empty.granted, 0)
    assert.ok(empty.retry_after_ms > 0 && empty.retry_after_ms <= 1_000)
    await w.pass(Math.ceil(empty.retry_after_ms))
    assert.ok((await take(w, 10)).granted >= 1)
  })

  test('fewer are granted when fewer are asked for, and the rest is left', async (w) => {
    assert.deepEqual((await take(w, 3)).granted, 3)
    assert.ok((await take(w, 3)).granted >= 1)
  })

  test('over time the rate is kept, and not fallen short of', async (w) => {
    let granted = 0
    for (let ms = 0; ms < MINUTE; ms += 250) {
      granted += (await take(w, 10)).granted
      await w.pass(250)
    }
    assert.ok(granted <= 610, `${granted} in a minute at 10 per second`)
    assert.ok(granted >= 580, `${granted} in a minute at 10 per second`)
  })

  test('what was not used for a while does not pile up', async (w) => {
    await w.pass(10 * MINUTE)
    await take(w, 1)
    await w.pass(10 * MINUTE)
    const grants = [await take(w, 100), await take(w, 100)].map(({ granted }) => granted)
    assert.ok(grants[0]! + grants[1]! <= 10, `granted ${grants.join(' + ')} at one moment`)
  })

  test('each name has a rate of its own', async (w) => {
    await take(w, 10)
    assert.ok((await take(w, 1, 'sms')).granted === 1)
  })
}
