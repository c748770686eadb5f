import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../config/load.js'
import { databaseUrl, dropSchema, newPrefix } from '../../state/postgres/store.fixture.js'
import { createLog } from '../log.js'
import { startServer, type RunningServer } from '../start.js'
import { migrateStores } from '../stores.js'

const RULES = `
rules:
  - name: once
    condition: { field: action_type, eq: once }
    action: { type: deduplicate, ttl_seconds: 600 }
  - name: never
    condition: { field: action_type, eq: never }
    action: { type: suppress, reason: "not wanted" }
  - name: together
    condition: { field: action_type, eq: together }
    action: { type: group, group_by: [tenant], group_wait_seconds: 3600 }
  - name: later
    condition: { field: action_type, eq: later }
    action: { type: schedule, delay_seconds: 3600 }
`
const folder = mkdtempSync(join(tmpdir(), 'acteon-postgres-server-'))
const running: RunningServer[] = []
/** How often each action reached the provider. */
const received = new Map<string, number>()
let prefix = newPrefix()
let peer: Server

beforeAll(async () => {
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'all.yaml'), RULES)
  peer = createServer((request, response) => {
    const id = String(request.headers['idempotency-key'])
    received.set(id, (received.get(id) ?? 0) + 1)
    request.resume().on('end', () => response.end('{}'))
  })
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  peer.close()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
  await dropSchema(databaseUrl(), prefix)
  prefix = newPrefix()
  received.clear()
})

async function configured(more = '') {
  const { port } = peer.address() as { port: number }
  const text = `[server]\nport = 0\n[state]\nbackend = "postgres"\nurl = "${databaseUrl()}"\nprefix = "${prefix}"\n${more}
[[providers]]\nname = "hook"\ntype = "webhook"\nurl = "http://127.0.0.1:${port}/"\n`
  const { config, problems } = await parseConfig({ text, file: 'acteon.toml', folder }, {})
  if (config === undefined) throw new Error(JSON.stringify(problems))
  return config
}
async function start(more?: string): Promise<RunningServer> {
  const server = await startServer(await configured(more), {
    log: createLog({ level: 'error', format: 'text' }, () => {}),
  })
  running.push(server)
  return server
}
async function call({ url }: RunningServer, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  return (await fetch(`${url}${path}`, init)).json()
}
const action = (id: string, action_type: string) => ({
  ...{ id, namespace: 'shop', tenant: 'acme', provider: 'hook', action_type, payload: { n: 1 } },
})
async function query<Row extends object>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl() })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

describe('a server whose state is on PostgreSQL', () => {
  it('starts on migrated tables, keeps the record of each dispatch beside it, and says what its answers survive', async () => {
    expect(await migrateStores(await configured())).toHaveLength(2)
    // The audit takes its address from the state.
    const server = await start('[audit]\nbackend = "postgres"')
    expect(await call(server, '/health')).toMatchObject({ status: 'ok', durability: { class: 'postgres' } })
    expect(await call(server, '/v1/dispatch', action('a1', 'once'))).toHaveProperty('Executed')
    expect(await call(server, '/v1/dispatch', action('a2', 'once'))).toBe('Deduplicated')
    const { records } = (await call(server, '/v1/audit')) as { records: { action_id: string; durability: string }[] }
    expect(records.map(({ action_id, durability }) => [action_id, durability])).toEqual([
      ['a2', 'postgres'],
      ['a1', 'postgres'],
    ])
  }, 60_000)

  it('migrates its tables once, however many nodes start at the same time', async () => {
    const config = await configured()
    await Promise.all(Array.from({ length: 12 }, () => migrateStores(config)))
    const versions = await query<{ part: string }>(`SELECT part FROM ${prefix}.acteon_version ORDER BY part`)
    expect(versions.map(({ part }) => part)).toEqual(['audit', 'state'])
  }, 60_000)

  it('executes one of many actions with one key that reach two nodes at once', async () => {
    const nodes = [await start(), await start()]
    const end = Date.now() + 60_000
    const settled = async (n: number): Promise<unknown> => {
      for (;;) {
        const answer = await call(nodes[n % 2]!, '/v1/dispatch', action(`k${n}`, 'once'))
        // A node that has too much to do says so, and is asked again.
        const isRefused = typeof answer === 'object' && answer !== null && 'error' in answer
        if (!isRefused || Date.now() > end) return answer
      }
    }
    const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => settled(n)))
    expect(answers.filter((answer) => answer === 'Deduplicated')).toHaveLength(299)
    expect([...received.values()]).toEqual([1])
  }, 120_000)
})
