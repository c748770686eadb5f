import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { databaseUrl, dropSchema, newPrefix } from '../../state/postgres/store.fixture.js'
import { CONFORMANCE_TTL_MS, entryOf, ids, newestFirst, T0, variedEntries } from '../conformance/entries.js'
import { deliveredEntries, expectDeliveries } from '../deliveries.fixture.js'
import { carrierOf } from '../record.js'
import type { AuditStore } from '../store.js'
import { migrateAudit, openPostgresAudit } from './audit.js'

vi.setConfig({ testTimeout: 60_000 })

const url = databaseUrl()
const DAY_MS = 86_400_000
const entries = variedEntries(300)
/** Indexes that came later, by what stands in their definition. */
const LATER = { audit_carrier: 'COALESCE(stand_in, provider)', audit_delivered: '(event, tenant, namespace, at, seq)' }
let prefix: string
let older: AuditStore
/** One of its transactions keeps builds waiting for as long as it is open. */
let reader: pg.Client
let client: pg.Client

/** Tables as a version without the index left them; a node of that version works on. */
beforeEach(async () => {
  prefix = newPrefix()
  older = await openPostgresAudit({ url, prefix, ttlMs: CONFORMANCE_TTL_MS })
  await older.append(entries)
  client = new pg.Client({ connectionString: url })
  reader = new pg.Client({ connectionString: url })
  await Promise.all([client.connect(), reader.connect()])
  for (const name of Object.keys(LATER)) await client.query(`DROP INDEX ${prefix}.${name}`)
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await reader.query('SELECT 1')
})
afterEach(async () => {
  await Promise.all([older.close(), client.end(), reader.end()])
  await dropSchema(url, prefix)
})

/** Server processes that build an index of these tables. */
async function building(): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'CREATE INDEX CONCURRENTLY%' || $1 || '.%'`,
    [prefix],
  )
  return rows.map(({ pid }) => pid)
}

/** Each table that has an index, and whether it is whole. */
async function built(definition = LATER.audit_carrier): Promise<Record<string, boolean>> {
  const { rows } = await client.query<{ name: string; whole: boolean }>(
    `SELECT c.relname AS name, x.indisvalid AS whole FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
    WHERE pg_get_indexdef(x.indexrelid) LIKE '%' || $2 || '%' AND c.relnamespace = $1::regnamespace`,
    [prefix, definition],
  )
  return Object.fromEntries(rows.map(({ name, whole }) => [name, whole]))
}

async function tables(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relname ~ '^audit_record' AND relnamespace = $1::regnamespace`,
    [prefix],
  )
  return rows.map(({ name }) => name).toSorted()
}

async function expectWhole(): Promise<void> {
  for (const definition of Object.values(LATER)) {
    const found = await built(definition)
    expect(Object.keys(found).toSorted()).toEqual(await tables())
    expect(Object.values(found)).not.toContain(false)
  }
}

it('an index is built once by two nodes at once, while a node of the version before reads, writes and sweeps', async () => {
  const nodes = [migrateAudit(url, prefix), migrateAudit(url, prefix)]
  await vi.waitFor(async () => expect(await building()).toHaveLength(1), { timeout: 10_000 })

  await older.append(deliveredEntries)
  const late = entryOf({ id: 'late', at: T0 + 3_600_000 })
  await older.append([late])
  expect(ids((await older.query({ limit: 3 })).records)[0]).toBe('late')
  expect(await older.sweep(T0 + 10 * CONFORMANCE_TTL_MS, 10)).toBe(0)
  expect(await building()).toHaveLength(1)

  await reader.query('COMMIT')
  await Promise.all(nodes)
  await expectWhole()
  const expected = newestFirst(entries).filter((record) => record.namespace === 'n1' && carrierOf(record) === 'sms')
  expect((await older.query({ carrier: 'sms', namespace: 'n1', limit: 1_000 })).records).toEqual(expected)
  await expectDeliveries(older)
  expect(await older.sweep(T0 + 10 * CONFORMANCE_TTL_MS, 10)).toBe(10)
})

it('a build that was interrupted is gone on with: what is half done is built anew, and a new day has the index by itself', async () => {
  const first = migrateAudit(url, prefix)
  const pid = await vi.waitFor(
    async () => {
      const [found] = await building()
      expect(found).toBeDefined()
      return found
    },
    { timeout: 10_000 },
  )
  await Promise.all([
    expect(first).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' }),
    client.query('SELECT pg_terminate_backend($1)', [pid]),
  ])
  const halves = await built()
  expect(Object.values(halves)).toContain(false)
  expect(halves['audit_record']).toBe(false)
  const later = Math.floor(Date.now() / DAY_MS) + 10
  await client.query(`SELECT ${prefix}.audit_prepare($1)`, [later * DAY_MS])
  expect(await built()).toMatchObject({ audit_record: false, [`audit_record_${later}`]: true })

  await reader.query('COMMIT')
  await Promise.all([migrateAudit(url, prefix), migrateAudit(url, prefix)])
  await expectWhole()
})

it('a node of the version before that waits in a statement for what a build holds goes first', async () => {
  const node = migrateAudit(url, prefix)
  await vi.waitFor(async () => expect(await building()).toHaveLength(1), { timeout: 10_000 })
  const waiting = new pg.Client({ connectionString: url })
  await waiting.connect()
  const later = Math.floor(Date.now() / DAY_MS) + 10
  const prepared = waiting.query(`SELECT ${prefix}.audit_prepare($1)`, [later * DAY_MS])
  // It looks for a deadlock once, when it has waited for a second; later only the build can find it.
  await vi.waitFor(
    async () => {
      const { rows } = await client.query(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND query LIKE '%' || $1 || '.audit_prepare%'
          AND clock_timestamp() - query_start > 2 * current_setting('deadlock_timeout')::interval`,
        [prefix],
      )
      expect(rows).toHaveLength(1)
    },
    { timeout: 30_000 },
  )
  await reader.query('COMMIT')
  await Promise.all([prepared, node])
  await waiting.end()
  expect(await tables()).toContain(`audit_record_${later}`)
  await expectWhole()
})

it('a writer whose transaction lasts does not keep others waiting behind a build', async () => {
  await reader.query('COMMIT; BEGIN')
  await reader.query(`UPDATE ${prefix}.audit_record SET gates = NULL WHERE gates = 'none'`)
  const node = migrateAudit(url, prefix)
  await vi.waitFor(
    async () => {
      const { rows } = await client.query(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE INDEX%ON ONLY ' || $1 || '.%'`,
        [prefix],
      )
      expect(rows).toHaveLength(1)
    },
    { timeout: 10_000 },
  )
  await older.append([entryOf({ id: 'meanwhile', at: T0 + 3_600_000 })])
  await reader.query('COMMIT')
  await node
  await expectWhole()
})
