import { cpSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, it } from 'vitest'
import { reservation, window } from '../conformance/builders.js'
import { SCHEMA_VERSION } from './schema.js'
import { admit, complete, deliver, joined, key, newDirectory, op, open, standingClock, START } from './store.fixture.js'

/** What a crash leaves behind: the files as they are while the store is open, between two commits. */
function crashed(path: string): string {
  const copy = newDirectory()
  cpSync(path, copy, { recursive: true })
  return copy
}

describe('the data directory', () => {
  it('is made for its owner alone', async () => {
    const path = join(newDirectory(), 'deep', 'data')
    await joined(await open({ path }))
    expect(statSync(path).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(path)) expect(statSync(join(path, file)).mode & 0o777, file).toBe(0o600)
  })

  it('is open in one place at a time; the second is told which directory and what to do', async () => {
    const path = newDirectory()
    const first = await open({ path })
    await expect(open({ path })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_IN_USE',
      message: expect.stringMatching(new RegExp(`${path}.*another process.*\\[state\\] path`)),
    })
    await joined(first)
    await first.close()
    await joined(await open({ path }))
  })

  it('flushes each commit, also when the file was made by something that does not', async () => {
    const path = newDirectory()
    const other = new DatabaseSync(join(path, 'acteon.db'))
    other.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = TRUNCATE')
    other.close()
    const { database } = await open({ path })
    expect(database.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 })
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
  })

  it('of a newer version is refused untouched, naming both versions', async () => {
    const path = newDirectory()
    const store = await open({ path })
    store.database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`)
    await store.close()
    const before = statSync(join(path, 'acteon.db')).mtimeMs
    await expect(open({ path })).rejects.toMatchObject({
      code: 'DATA_DAMAGED',
      message: expect.stringMatching(new RegExp(`newer Acteon.*${SCHEMA_VERSION + 1}.*${SCHEMA_VERSION}`)),
    })
    expect(statSync(join(path, 'acteon.db')).mtimeMs).toBe(before)
  })

  it('that cannot be made is refused with what to do', async () => {
    const file = join(newDirectory(), 'file')
    writeFileSync(file, '')
    await expect(open({ path: join(file, 'data') })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/cannot be made.*\[state\] path/),
    })
  })

  it("with another program's database is refused", async () => {
    const path = newDirectory()
    const other = new DatabaseSync(join(path, 'acteon.db'))
    other.exec('CREATE TABLE theirs (a)')
    other.close()
    await expect(open({ path })).rejects.toMatchObject({
      code: 'DATA_DAMAGED',
      message: expect.stringMatching(/not one of/),
    })
  })

  it('with a file that is no database, or a torn one, is refused with its name', async () => {
    const garbage = newDirectory()
    writeFileSync(join(garbage, 'acteon.db'), 'not a database at all '.repeat(500))
    await expect(open({ path: garbage })).rejects.toMatchObject({
      code: 'DATA_DAMAGED',
      message: expect.stringContaining(join(garbage, 'acteon.db')),
    })
    const torn = newDirectory()
    const store = await open({ path: torn })
    await deliver(store, await joined(store), { id: 'a1' })
    await store.close()
    truncateSync(join(torn, 'acteon.db'), 40_960)
    await expect(open({ path: torn })).rejects.toMatchObject({ code: 'DATA_DAMAGED' })
  })
})

describe('after a crash', () => {
  it('everything that was answered is there: open work, outcomes, keys, windows', async () => {
    const path = newDirectory()
    const store = await open({ path })
    const owner = await joined(store)
    await complete(store, await deliver(store, owner, { id: 'settled' }))
    const payload = { b: 1, a: [1.5, 'é', { '10': 1, '9': 2 }] }
    const running = await deliver(store, owner, {
      id: 'running',
      payload,
      gates: [reservation('k'), window(1, 60_000)],
    })

    const again = await open({ path: crashed(path) })
    const next = await joined(again)
    expect(await admit(again, next, { id: 'settled' })).toMatchObject({
      kind: 'replayed',
      outcome: { type: 'Executed' },
    })
    expect(await admit(again, next, { id: 'b1', gates: [reservation('k')] })).toMatchObject({
      outcome: { type: 'Deduplicated' },
    })
    expect(await admit(again, next, { id: 'b2', gates: [window(1, 60_000)] })).toMatchObject({
      outcome: { type: 'Throttled' },
    })
    const [resumed] = await again.resume({ ...op(), owner: next, limit: 10 })
    expect(resumed).toMatchObject({ key: key('running'), takeovers: 1, fence: running.fence + 1 })
    expect(JSON.stringify(resumed!.plan.action)).toBe(JSON.stringify(running.plan.action))
  })

  it('what the dead process left open is resumed at once, though its lease would hold', async () => {
    const path = newDirectory()
    const store = await open({ path })
    await deliver(store, await joined(store), { id: 'a1' })
    const again = await open({ path: crashed(path) })
    expect(await again.resume({ ...op(), owner: await joined(again), limit: 10 })).toHaveLength(1)
  })

  it('numbers go on: no incarnation, frame or place is used twice', async () => {
    const path = newDirectory()
    const store = await open({ path })
    const owner = await joined(store)
    await complete(store, await deliver(store, owner, { id: 'a1' }))
    const { last } = await store.frames({ after: null, limit: 1 })
    const again = await open({ path: crashed(path) })
    expect(await joined(again)).toBeGreaterThan(owner)
    expect((await again.frames({ after: last, limit: 1 })).lost).toBe(false)
    const next = await joined(again)
    await complete(again, await deliver(again, next, { id: 'a2' }))
    const { frames } = await again.frames({ after: last, limit: 10 })
    expect(frames.map(({ data }) => data['action_id'])).toEqual(['a2'])
    expect(frames[0]!.id > last).toBe(true)
  })

  it('the figures are counted anew', async () => {
    const path = newDirectory()
    const store = await open({ path })
    const owner = await joined(store)
    for (const id of ['a1', 'a2', 'a3']) await deliver(store, owner, { id, lane: 'one' }).catch(() => {})
    const before = await store.stats()
    expect(before).toMatchObject({ open: 3, queued: 2 })
    expect(await (await open({ path: crashed(path) })).stats()).toEqual(before)
  })
})

describe('time', () => {
  it('does not run backwards over a restart with a clock that was set back, and goes on meanwhile', async () => {
    const path = newDirectory()
    const store = await open({ path })
    await joined(store)
    await store.close()
    const late = standingClock(START - 3_600_000)
    const again = await open({ path, clock: late })
    const lease = await again.join({ ...op(), node: 'a' })
    expect(lease.now).toBeGreaterThanOrEqual(START)
    late.at += 10_000
    expect((await again.renew({ ...op(), owner: lease.owner })).now).toBe(lease.now + 10_000)
  })

  it('stands still rather than going back when the wall clock is set back while it runs', async () => {
    const clock = standingClock()
    const wall = { now: () => clock.at, monotonic: () => 0, after: () => () => {} }
    const store = await open({ path: newDirectory(), clock: wall })
    const { now } = await store.join({ ...op(), node: 'a' })
    clock.at -= 60_000
    expect((await store.join({ ...op(), node: 'b' })).now).toBe(now)
  })
})
