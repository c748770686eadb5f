import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { openPostgresAudit } from '../../audit/postgres/audit.js'
import { reservation, schedule } from '../conformance/builders.js'
import type { StateStore } from '../store.js'
import { admit, completing, deliver, joined, op } from '../talk.fixture.js'
import { openPostgresState } from './open.js'
import { ownServer, type OwnServer } from './servers.fixture.js'

const run = promisify(execFile)
const after: (() => unknown)[] = []
afterEach(async () => {
  for (const end of after.splice(0).reverse()) await end()
})

async function server(): Promise<OwnServer> {
  const own = await ownServer()
  after.push(() => own.remove())
  return own
}
async function open({ url }: OwnServer): Promise<StateStore> {
  const audit = await openPostgresAudit({ url, ttlMs: null })
  const store = await openPostgresState({ url, audit: { prefix: 'acteon', ttlMs: null } })
  after.push(async () => {
    await store.close()
    await audit.close()
  })
  return store
}
const dispatched = async (store: StateStore, owner: number, id: string) =>
  store.complete(completing(await deliver(store, owner, { id, gates: [reservation('k', { ttl_ms: 600_000 })] })))

describe('what pg_dump saved, in another server', () => {
  it('is the same store: ids answer, keys hold, what is due later is due, and streams go on', async () => {
    const before = await server()
    const first = await open(before)
    const owner = await joined(first)
    // This server has seen far more than the next one.
    await before.query(
      'CREATE TEMP TABLE burnt (i int); DO $$ BEGIN FOR i IN 1..20000 LOOP BEGIN INSERT INTO burnt VALUES (i); EXCEPTION WHEN others THEN END; END LOOP; END $$',
    )
    await first.complete(completing(await deliver(first, owner, { id: 'old' })))
    await before.query('UPDATE acteon.frame SET at = 0')
    expect(await first.sweep({ ...op(), limit: 100 })).toBeGreaterThan(0)
    await dispatched(first, owner, 'a1')
    await admit(first, owner, { id: 'later', ending: schedule(3_600_000) })
    const { last } = await first.frames({ after: null, limit: 100 })

    const file = before.write('saved.sql', '')
    await run(before.program('pg_dump'), ['-d', before.url, '-n', 'acteon', '-f', file])
    const next = await server()
    await run(next.program('psql'), ['-q', '-v', 'ON_ERROR_STOP=1', '-d', next.url, '-f', file])
    const second = await open(next)
    const again = await joined(second)
    expect(again).toBeGreaterThan(owner)
    expect(await admit(second, again, { id: 'a1', gates: [reservation('k', { ttl_ms: 600_000 })] })).toMatchObject({
      kind: 'replayed',
    })
    expect(await admit(second, again, { id: 'a2', gates: [reservation('k')] })).toMatchObject({
      outcome: { type: 'Deduplicated' },
    })
    expect((await second.stats()).jobs).toBe(1)
    // Who stood at a position of the other server is told that something may be missing, and sees what comes.
    expect(await second.frames({ after: last, limit: 100 })).toMatchObject({ lost: true })
    const from = (await second.frames({ after: null, limit: 0 })).last
    await second.complete(completing(await deliver(second, again, { id: 'a3' })))
    const { frames, lost } = await second.frames({ after: from, limit: 100 })
    expect([lost, frames.map(({ data }) => data['action_id'])]).toEqual([false, ['a3']])
    expect((await second.due({ ...op(), owner: again, limit: 10, machines: {} })).ran).toBe(0)
  }, 90_000)
})
