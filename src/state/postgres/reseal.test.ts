import pg from 'pg'
import { expect, it } from 'vitest'
import { openPostgresAudit } from '../../audit/postgres/audit.js'
import type { AuditStore, Resealed, ResealRequest } from '../../audit/store.js'
import { failed, group, moveTo, planFor, requestFor, SCOPE } from '../conformance/builders.js'
import { openPostgresState } from './open.js'
import { databaseUrl, dropSchema, newPrefix } from './store.fixture.js'

const OLD = '~old~'
const NEW = '~new~'
/** What a sealer does, seen from a store: it knows its own texts anywhere in another, and leaves all else. */
const change = (text: string): string | null => (text.includes(OLD) ? text.replaceAll(OLD, NEW) : null)

async function through(store: (request: ResealRequest) => Promise<Resealed>): Promise<number> {
  let changed = 0
  for (let after: string | null = null; ;) {
    const piece = await store({ after, limit: 2, change })
    changed += piece.changed
    if (piece.next === null) return changed
    after = piece.next
  }
}

it('keys that are exchanged rewrite what is stored, in small pieces, and nothing is left of the older one', async () => {
  const [url, prefix] = [databaseUrl(), newPrefix()]
  const audit: AuditStore = await openPostgresAudit({ url, prefix, ttlMs: null })
  const state = await openPostgresState({ url, prefix, audit: { prefix, ttlMs: null } })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  /** Tables that hold a text, but for answers that are remembered for a minute. */
  const tablesWith = async (text: string): Promise<string[]> => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = '${prefix}'::regnamespace AND c.relkind = 'r' AND c.relname <> 'token'`,
    )
    const found: string[] = []
    for (const { name } of rows) {
      const sql = `SELECT EXISTS (SELECT 1 FROM ${prefix}."${name}" t WHERE strpos(t::text, $1) > 0) AS there`
      if ((await client.query<{ there: boolean }>(sql, [text])).rows[0]!.there) found.push(name)
    }
    return found.map((name) => name.replace(/^audit_record_.*/, 'audit_record'))
  }
  try {
    const op = (token: string) => ({ token, deadline: Date.now() + 30_000 })
    const { owner } = await state.join({ ...op('join'), node: 'a' })
    const payload = { note: `${OLD}"\u0000\ue000` }
    for (const id of ['a1', 'a2', 'a3', 'a4', 'a5'])
      expect(await state.admit({ ...op(id), ...requestFor({ id, payload }, owner) })).toMatchObject({ kind: 'deliver' })
    const original = planFor({ id: 'a6', payload: { note: 'as it was sent' } }).action
    await state.admit({ ...op('a6'), ...requestFor({ id: 'a6', payload, original }, owner) })
    const sent = requestFor({ id: 'a1', payload }, owner)
    // What PostgreSQL's own json does not take must not keep anything from being settled.
    const outcome = failed({ message: `${OLD}\u0000\ud800` })
    await state.complete({
      ...op('c1'),
      owner,
      key: sent.key,
      fence: (await state.entry(sent.key))!.fence,
      outcome,
      redacted: outcome,
      draft: sent.draft,
      dead_letter: { id: 'letter', code: 'PROVIDER_REJECTED', error: OLD, attempts: [] },
    })
    const member = group('m1', { labels: { cluster: OLD }, deliver: planFor({ id: 'for-g1', payload }) })
    await state.admit({ ...op('m1'), ...requestFor({ id: 'm1', payload, ending: member }, owner) })
    const move = moveTo(null, { labels: { cluster: OLD }, note: OLD })
    await state.admit({ ...op('e1'), ...requestFor({ id: 'e1', payload, ending: move }, owner) })
    const held = ['sent', 'entry', 'work', 'grp', 'grp_terms', 'event', 'event_label', 'event_terms', 'dead_letter', 'audit_record'] // prettier-ignore
    expect(await tablesWith(OLD)).toEqual(expect.arrayContaining(held))

    expect(await through((request) => state.reseal!({ ...op('r'), ...request }))).toBeGreaterThanOrEqual(
      held.length - 1,
    )
    expect(await through((request) => audit.reseal!(request))).toBeGreaterThanOrEqual(1)
    expect(await tablesWith(OLD)).toEqual([])
    expect(await through((request) => state.reseal!({ ...op('r'), ...request }))).toBe(0)
    expect(await through((request) => audit.reseal!(request))).toBe(0)

    const { action } = (await state.entry({ ...sent.key, id: 'a2' }))!
    expect(action!.payload).toEqual({ note: payload.note.replace(OLD, NEW) })
    expect((await state.deadLetter('letter'))!.error).toBe(NEW)
    const found = { kind: 'active_event', ...SCOPE, action_type: 'alert', label: 'cluster' } as const
    expect(await state.lookup({ lookups: [OLD, NEW].map((value) => ({ ...found, value })) })).toEqual([false, true])
  } finally {
    await client.end()
    await state.close()
    await audit.close()
    await dropSchema(url, prefix)
  }
}, 60_000)
