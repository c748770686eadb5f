import { afterEach, describe, expect, it } from 'vitest'
import type { StateStore } from '../store.js'
import { openRedisState, type RedisOptions } from './open.js'
import { ownServer, until } from './servers.fixture.js'
import { newPrefix, redisUrl, removeKeys } from './store.fixture.js'

const opened: StateStore[] = []
const prefixes: string[] = []
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  for (const prefix of prefixes.splice(0)) await removeKeys(redisUrl(), prefix)
})

async function open(options: RedisOptions): Promise<StateStore> {
  const store = await openRedisState({ partitions: 2, ...options })
  opened.push(store)
  return store
}

describe('opening state on Redis', () => {
  const classes: [args: string[], name: string, degraded: boolean, says: RegExp][] = [
    [['--appendonly', 'yes', '--appendfsync', 'always'], 'redis-always', false, /power fails/],
    [['--appendonly', 'yes'], 'redis-everysec', false, /about a second/],
    [['--appendonly', 'yes', '--appendfsync', 'no'], 'redis-none', true, /appendfsync/],
    [['--appendonly', 'no'], 'redis-none', true, /Set appendonly yes/],
    [
      ['--appendonly', 'yes', '--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'],
      'redis-none',
      true,
      /allkeys-lru.*noeviction/,
    ],
  ]
  for (const [args, name, degraded, says] of classes)
    it(`says that ${args.join(' ')} is ${name}`, async () => {
      const { url } = await ownServer(...args)
      const { durability } = await open({ url })
      expect(durability).toMatchObject({ class: name, degraded })
      expect(durability.says).toMatch(says)
      const strict = openRedisState({ url, partitions: 2, requireDurable: true })
      if (degraded)
        await expect(strict).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
          message: expect.stringMatching(/require_durable is set/) as string,
        })
      else await (await strict).close()
    })

  it('says what a failover can lose where replicas follow, and refuses a replica', async () => {
    const primary = await ownServer('--appendonly', 'yes')
    const replica = await ownServer('--appendonly', 'yes', '--replicaof', '127.0.0.1', String(primary.port))
    await until('the replica follows', async () =>
      String(await primary.send('INFO', 'replication')).includes('connected_slaves:1'),
    )
    expect((await open({ url: primary.url })).durability.says).toMatch(/replica takes over/)
    await expect(openRedisState({ url: replica.url })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/replica/) as string,
    })
  })

  it('works where CONFIG is forbidden, and says that it could not ask', async () => {
    const server = await ownServer('--appendonly', 'yes')
    const rights = ['on', '>secret', '~acteon:*', '+@all', '-@admin', '-config', '+info']
    await server.send('ACL', 'SETUSER', 'acteon', ...rights)
    const store = await open({ url: server.url.replace('//', '//acteon:secret@') })
    expect(store.durability.says).toMatch(/may not be asked/)
    expect(await store.health()).toEqual({ ok: true })
    await expect(openRedisState({ url: server.url.replace('//', '//acteon:wrong@') })).rejects.toMatchObject({
      message: expect.not.stringContaining('wrong@') as string,
    })
  })

  it('refuses another number of partitions than the store was made with', async () => {
    const prefix = newPrefix()
    prefixes.push(prefix)
    await open({ url: redisUrl(), prefix, partitions: 4 })
    await open({ url: redisUrl(), prefix, partitions: 4 })
    await expect(openRedisState({ url: redisUrl(), prefix, partitions: 8 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/has 4 partitions.*is 8.*set it to 4/) as string,
    })
  })

  it('refuses what is no address of a Redis, without telling its password', async () => {
    for (const url of ['localhost:6379', 'http://user:hunter2@localhost', 'redis+cluster://'])
      await expect(openRedisState({ url }), url).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.not.stringContaining('hunter2') as string,
      })
  })

  it('says in a sentence when nobody answers', async () => {
    const server = await ownServer()
    await server.kill()
    for (const url of [server.url, server.url.replace('redis:', 'redis+cluster:')])
      await expect(openRedisState({ url }), url).rejects.toMatchObject({
        code: 'STATE_UNAVAILABLE',
        message: expect.stringMatching(/does not answer.*Start it, or correct \[state\] url/) as string,
      })
  })

  it('refuses a prefix that cannot be one, and a number of partitions that is none', async () => {
    for (const options of [{ prefix: 'a{b}' }, { prefix: '' }, { partitions: 0 }, { partitions: 1.5 }])
      await expect(openRedisState({ url: redisUrl(), ...options })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
