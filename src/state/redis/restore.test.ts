import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { reservation, schedule } from '../conformance/builders.js'
import { admit, completing, deliver, joined } from '../talk.fixture.js'
import { openRedisState } from './open.js'
import { ownServer, until } from './servers.fixture.js'

it('what BGSAVE saved is the same store in another server, once that was told to write a log', async () => {
  const before = await ownServer('--appendonly', 'yes')
  const first = await openRedisState({ url: before.url, partitions: 2 })
  const gates = [reservation('k', { ttl_ms: 600_000 })]
  const owner = await joined(first)
  await first.complete(completing(await deliver(first, owner, { id: 'a1', gates })))
  await admit(first, owner, { id: 'later', ending: schedule(3_600_000) })
  await first.close()
  await before.send('BGSAVE')
  await until('it is saved', async () =>
    /rdb_bgsave_in_progress:0[^]*rdb_saves:[1-9]/.test(String(await before.send('INFO', 'persistence'))),
  )

  // With a log, Redis starts from that alone, and would be empty.
  const next = await ownServer('--appendonly', 'no')
  await next.kill()
  copyFileSync(join(before.folder, 'dump.rdb'), join(next.folder, 'dump.rdb'))
  await next.start()
  await next.send('CONFIG', 'SET', 'appendonly', 'yes')
  await until('the log is whole', async () =>
    /aof_rewrite_in_progress:0/.test(String(await next.send('INFO', 'persistence'))),
  )
  const second = await openRedisState({ url: next.url, partitions: 2, requireDurable: true })
  const again = await joined(second)
  expect(again).toBeGreaterThan(owner)
  expect(await admit(second, again, { id: 'a1', gates })).toMatchObject({ kind: 'replayed' })
  expect(await admit(second, again, { id: 'a2', gates })).toMatchObject({ outcome: { type: 'Deduplicated' } })
  expect((await second.stats()).jobs).toBe(1)
  await second.close()
}, 60_000)
