import { describe, expect, it, vi } from 'vitest'
import { failed, reservation } from '../conformance/builders.js'
import { StoreRefused, StoreUnavailable } from '../store.js'
import { admit, complete, deliver, joined, key, newDirectory, op, open, standingClock, START } from './store.fixture.js'

const big = (id: string) => ({ id, payload: { text: 'x'.repeat(20_000) } })

/** Lets no page more be added to the database, as a full disk would; gives it room again when called. */
function fillDisk(database: Awaited<ReturnType<typeof open>>['database']): () => void {
  const pages = (database.prepare('PRAGMA page_count').get() as { page_count: number }).page_count
  database.exec(`PRAGMA max_page_count = ${pages}`)
  return () => database.exec('PRAGMA max_page_count = 1000000')
}

describe('operations of one turn', () => {
  it('share one commit, and each is answered after it', async () => {
    const store = await open({ path: newDirectory() })
    const owner = await joined(store)
    const exec = vi.spyOn(store.database, 'exec')
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => admit(store, owner, { id: `a${n}` })))
    expect(answers.every(({ kind }) => kind === 'deliver')).toBe(true)
    expect(exec.mock.calls.map(([sql]) => sql)).toEqual(['BEGIN IMMEDIATE', 'COMMIT'])
  })

  it('see each other in the order in which they came', async () => {
    const store = await open({ path: newDirectory() })
    const owner = await joined(store)
    const gates = [reservation('k')]
    const answers = await Promise.all(['a1', 'a2', 'a3'].map((id) => admit(store, owner, { id, gates })))
    expect(answers.map(({ kind }) => kind)).toEqual(['deliver', 'settled', 'settled'])
  })

  it('do not share the fate of one that throws: it alone fails, and leaves nothing', async () => {
    const store = await open({ path: newDirectory() })
    const owner = await joined(store)
    const unspeakable = { id: 'bad', payload: { n: 1n as unknown as number }, gates: [reservation('k')] }
    const [first, bad, last] = await Promise.allSettled([
      admit(store, owner, { id: 'a1' }),
      admit(store, owner, unspeakable),
      admit(store, owner, { id: 'a2', gates: [reservation('k')] }),
    ])
    expect(first).toMatchObject({ value: { kind: 'deliver' } })
    expect(bad).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) })
    expect(last).toMatchObject({ value: { kind: 'deliver' } })
    expect(await store.entry(key('bad'))).toBeNull()
    expect(await store.stats()).toMatchObject({ open: 2 })
  })

  it('are refused one by one when their deadline has passed', async () => {
    const store = await open({ path: newDirectory() })
    const owner = await joined(store)
    const late = { ...op(), deadline: START - 1, owner }
    const [refused, taken] = await Promise.allSettled([store.renew(late), admit(store, owner, { id: 'a1' })])
    expect(refused).toMatchObject({ reason: expect.any(StoreRefused) })
    expect(taken).toMatchObject({ value: { kind: 'deliver' } })
  })
})

describe('a full disk', () => {
  it('refuses what does not fit, with certainty that nothing was changed, and all is well once there is room', async () => {
    const clock = standingClock()
    const store = await open({ path: newDirectory(), clock })
    const owner = await joined(store)
    await deliver(store, owner, { id: 'before' })
    const makeRoom = fillDisk(store.database)
    const refused = await Promise.allSettled([1, 2, 3].map((n) => admit(store, owner, big(`full-${n}`))))
    for (const one of refused)
      expect(one).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable', applied: 'no' } })
    expect(await store.entry(key('full-1'))).toBeNull()
    expect(await store.entry(key('before'))).toMatchObject({ status: 'running' })
    expect(await store.stats()).toMatchObject({ open: 1 })

    expect(await store.health()).toMatchObject({ ok: false, reason: expect.stringMatching(/no room left on the disk/) })

    makeRoom()
    clock.at += 10_000
    expect(await store.health()).toEqual({ ok: true })
    await deliver(store, owner, big('full-1'))
    expect(store.database.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' })
  })

  it('still takes what fits beside what does not', async () => {
    const store = await open({ path: newDirectory() })
    const owner = await joined(store)
    const admission = await deliver(store, owner, { id: 'a1' })
    fillDisk(store.database)
    const [large, small] = await Promise.allSettled([admit(store, owner, big('b1')), complete(store, admission)])
    expect(large.status).toBe('rejected')
    expect(small).toMatchObject({ value: { kind: 'done' } })
  })
})

describe('a flush that fails', () => {
  it('stops the store for good: nobody knows what the disk holds', async () => {
    const onFatal = vi.fn()
    const store = await open({ path: newDirectory(), onFatal })
    const owner = await joined(store)
    const exec = store.database.exec.bind(store.database)
    const failing = vi.spyOn(store.database, 'exec').mockImplementation((sql) => {
      if (sql === 'COMMIT')
        throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 1034 })
      exec(sql)
    })
    await expect(admit(store, owner, { id: 'a1' })).rejects.toMatchObject({
      name: 'StoreUnavailable',
      applied: 'unknown',
    })
    expect(onFatal).toHaveBeenCalledOnce()
    failing.mockRestore()
    await expect(admit(store, owner, { id: 'a2' })).rejects.toMatchObject({ applied: 'no' })
    await expect(store.entry(key('a1'))).rejects.toThrow(StoreUnavailable)
    expect(await store.health()).toMatchObject({ ok: false, reason: expect.stringMatching(/flush to disk failed/) })
    expect(onFatal).toHaveBeenCalledOnce()
  })

  it('another error while committing is told as unknown, and the store goes on', async () => {
    const store = await open({ path: newDirectory() })
    const owner = await joined(store)
    const exec = store.database.exec.bind(store.database)
    const failing = vi.spyOn(store.database, 'exec').mockImplementation((sql) => {
      if (sql === 'COMMIT') throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 778 })
      exec(sql)
    })
    await expect(admit(store, owner, { id: 'a1' })).rejects.toMatchObject({ applied: 'unknown' })
    failing.mockRestore()
    await deliver(store, owner, { id: 'a1' })
  })
})

describe('a transaction that cannot begin', () => {
  it('refuses what waits for it, and the next one is tried', async () => {
    const store = await open({ path: newDirectory() })
    const owner = await joined(store)
    const exec = store.database.exec.bind(store.database)
    const failing = vi.spyOn(store.database, 'exec').mockImplementation((sql) => {
      if (sql === 'BEGIN IMMEDIATE') throw Object.assign(new Error('unable to open'), { errcode: 14 })
      exec(sql)
    })
    const met = await Promise.allSettled(['a1', 'b1'].map((id) => admit(store, owner, { id })))
    for (const one of met) expect(one).toMatchObject({ reason: { name: 'StoreUnavailable', applied: 'no' } })
    failing.mockRestore()
    await deliver(store, owner, { id: 'a1' })
  })
})

describe('closing', () => {
  it('commits what waits and refuses what comes later', async () => {
    const path = newDirectory()
    const store = await open({ path })
    const owner = await joined(store)
    const waiting = admit(store, owner, { id: 'a1' })
    await store.close()
    expect(await waiting).toMatchObject({ kind: 'deliver' })
    await expect(admit(store, owner, { id: 'a2' })).rejects.toMatchObject({ applied: 'no' })
    const again = await open({ path })
    expect(await again.entry(key('a1'))).toMatchObject({ status: 'running' })
  })
})

describe('a shared audit', () => {
  it('is prepared at open, and written in the transaction of the outcome: it fails with it, and alone', async () => {
    const written: string[] = []
    const audit = {
      prepare: vi.fn(),
      write: (_db: unknown, { draft }: { draft: { action_id: string } }) => {
        if (draft.action_id === 'unrecordable') throw new Error('no record')
        written.push(draft.action_id)
      },
    }
    const store = await open({ path: newDirectory(), audit })
    expect(audit.prepare).toHaveBeenCalledWith(store.database)
    const owner = await joined(store)
    const [good, bad] = [await deliver(store, owner, { id: 'a1' }), await deliver(store, owner, { id: 'unrecordable' })]
    const [done, refused] = await Promise.allSettled([complete(store, good), complete(store, bad)])
    expect(done).toMatchObject({ value: { kind: 'done' } })
    expect(refused.status).toBe('rejected')
    expect(await store.entry(key('unrecordable'))).toMatchObject({ status: 'running', outcome: null })
    expect(written).toContain('a1')
    expect(await store.outbox({ limit: 10 })).toEqual([])
  })
})

describe('what has expired', () => {
  it('is removed a few rows at a time, and a dead letter keeps its id known', async () => {
    const store = await open({ path: newDirectory(), idRetentionMs: 1_000 })
    const owner = await joined(store)
    for (let n = 0; n < 300; n++) await complete(store, await deliver(store, owner, { id: `a${n}` }))
    const dead = await deliver(store, owner, { id: 'dead' })
    await store.complete({
      ...op(),
      owner,
      key: dead.key,
      fence: dead.fence,
      outcome: failed(),
      redacted: failed(),
      draft: (await store.outbox({ limit: 1 }))[0]!.entry.draft,
      dead_letter: { id: 'l1', code: 'X', error: 'x', attempts: [] },
    })
    const sweep = () => store.sweep({ ...op(), limit: 1_000, now: START + 2_000 })
    expect(await sweep()).toBe(200)
    expect(await sweep()).toBe(100)
    expect(await sweep()).toBe(0)
    expect(store.database.prepare('SELECT count(*) AS n FROM sent').get()).toMatchObject({ n: 1 })
    expect(await store.deadLetter('l1')).toMatchObject({ key: dead.key })
    expect(await store.entry(dead.key)).toMatchObject({ outcome: { type: 'Failed' } })
  })
})
