import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../../config/load.js'
import { newPrefix, redisUrl, removeKeys } from '../../state/redis/store.fixture.js'
import { ownServer, until } from '../../state/redis/servers.fixture.js'
import { createLog } from '../log.js'
import { startServer, type RunningServer } from '../start.js'

const RULES = `
rules:
  - name: once
    condition: { field: action_type, eq: once }
    action: { type: deduplicate, ttl_seconds: 60 }
`
const folder = mkdtempSync(join(tmpdir(), 'acteon-redis-server-'))
const running: RunningServer[] = []
let prefix = newPrefix()
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
  await removeKeys(redisUrl(), prefix)
  prefix = newPrefix()
  rmSync(folder, { recursive: true, force: true })
})

async function start(data: string, audit: string, url = redisUrl()): Promise<RunningServer> {
  mkdirSync(join(folder, 'rules'), { recursive: true })
  writeFileSync(join(folder, 'rules', 'all.yaml'), RULES)
  const text = `[server]\nport = 0\n[state]\nbackend = "redis"\nurl = "${url}"\nprefix = "${prefix}"\npath = "${data}"\n[audit]\n${audit}\n[[providers]]\nname = "shown"\ntype = "log"\n`
  const { config, problems } = await parseConfig({ text, file: 'acteon.toml', folder }, {})
  if (config === undefined) throw new Error(JSON.stringify(problems))
  const server = await startServer(config, { log: createLog({ level: 'error', format: 'text' }, () => {}) })
  running.push(server)
  return server
}

const call = async ({ url }: RunningServer, path: string, body?: unknown): Promise<Record<string, unknown>> => {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  return (await (await fetch(`${url}${path}`, init)).json()) as Record<string, unknown>
}
const action = (id: string) => ({
  id,
  namespace: 'shop',
  tenant: 'acme',
  provider: 'shown',
  action_type: 'once',
  payload: { n: 1 },
})

describe('a server whose state is on Redis', () => {
  it('says so, decides with it, and carries each record from there into its audit', async () => {
    const server = await start('data', 'backend = "embedded"')
    const health = await call(server, '/health')
    expect(health['durability']).toMatchObject({ class: 'redis-everysec', degraded: false })
    expect(await call(server, '/v1/dispatch', action('a1'))).toHaveProperty('Executed')
    expect(
      await (await fetch(`${server.url}/v1/dispatch`, { method: 'POST', body: JSON.stringify(action('a2')) })).json(),
    ).toBe('Deduplicated')
    let records: { action_id: string; durability: string }[] = []
    for (const end = Date.now() + 15_000; records.length < 2 && Date.now() < end;)
      records = (await call(server, '/v1/audit'))['records'] as typeof records
    expect(records.map(({ action_id }) => action_id).sort()).toEqual(['a1', 'a2'])
    expect(records[0]!.durability).toBe('redis-everysec')
  }, 60_000)

  it('shares it with another where no records are kept, and refuses another where they are of one node', async () => {
    const first = await start('one', 'enabled = false')
    const second = await start('two', 'enabled = false')
    expect(await call(first, '/v1/dispatch', action('a1'))).toHaveProperty('Executed')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => call(n % 2 === 0 ? first : second, '/v1/dispatch', action(`b${n}`))),
    )
    expect(answers.every((answer) => (answer as unknown) === 'Deduplicated')).toBe(true)
    await expect(start('three', 'backend = "embedded"')).rejects.toMatchObject({
      message: expect.stringMatching(/keeps the records of one node.*use "postgres"/) as string,
    })
  }, 60_000)

  it('is degraded where Redis can lose what it acknowledged, and where another life of it answers, which is on record', async () => {
    const redis = await ownServer('--appendonly', 'no')
    const server = await start('weak', 'backend = "embedded"', redis.url)
    expect(await call(server, '/health')).toMatchObject({
      status: 'degraded',
      reasons: [expect.stringMatching(/^Redis writes no log/)],
      durability: { class: 'redis-none', degraded: true },
    })
    await redis.send('CONFIG', 'SET', 'appendonly', 'yes')
    await redis.kill()
    await redis.start()
    await until('it is told', async () =>
      /Possible loss: since/.test(JSON.stringify((await call(server, '/health'))['reasons'])),
    )
    await until('it is on record', async () => {
      const { records } = (await call(server, '/v1/audit?action_type=state_possible_loss')) as { records: unknown[] }
      return records.length === 1
    })
  }, 60_000)
})
