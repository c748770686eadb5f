import { escaped, plain } from '../../lib/postgres-text.js'
import type { Delivery, EventSince } from '../store.js'
import type { Read } from './rows.js'

interface Row {
  n: string
  action_id: string
  provider: string
  asked: string | null
  carrier: string
  action_type: string
  at: string
}

/** What was delivered for events since a time (`AuditStore.deliveries`), in one statement. */
export const deliveriesOf =
  (read: Read) =>
  async (events: readonly EventSince[], each: number): Promise<Delivery[][]> => {
    const found: Delivery[][] = events.map(() => [])
    if (events.length === 0) return found
    const rows = await read<Row>(
      `SELECT q.n, r.* FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY
        AS q (namespace, tenant, event, since, n)
      CROSS JOIN LATERAL (
        SELECT action_id, at, seq, provider, coalesce(stand_in, provider) AS carrier, action_type,
          CASE outcome WHEN 'rerouted' THEN acteon.audit_json(decided) ->> 'original_provider' END AS asked
        FROM acteon.audit_record a
        WHERE a.event = q.event AND a.tenant = q.tenant AND a.namespace = q.namespace AND a.at >= q.since
          AND a.outcome IN ('executed', 'rerouted') AND a.kind NOT IN ('transition', 'dead_letter', 'system')
        ORDER BY at DESC, seq DESC LIMIT $5) AS r
      ORDER BY q.n, r.at DESC, r.seq DESC`,
      [
        events.map(({ namespace }) => escaped(namespace)),
        events.map(({ tenant }) => escaped(tenant)),
        events.map(({ event }) => escaped(event)),
        events.map(({ from }) => Math.ceil(from)),
        each,
      ],
    )
    for (const { n, action_id, provider, asked, carrier, action_type, at } of rows)
      found[Number(n) - 1]!.push({
        ...plain({ action_id, asked: asked ?? provider, carrier, action_type }),
        dispatched_at: Number(at),
      })
    return found
  }
