import type { Sql } from './sql.js'

/** What is counted, in all and per tenant. */
export type Counted =
  | 'running'
  | 'queued'
  | 'parked'
  | 'scheduled'
  | 'groups'
  | 'events'
  | 'timeouts'
  | 'reservations'
  | 'dead_letters'
  | 'outbox'

/**
 * How many rows of each kind there are, kept in memory because this process alone writes the database: counting a
 * million rows at each admission would be slow, and a counter on disk a page more in each commit. Counted anew at open.
 */
export interface Tally {
  add(what: Counted, tenant: string, count: number): void
  of(what: Counted, tenant: string): number
  total(what: Counted): number
  /** Tenants of which any are counted. */
  tenants(what: Counted): string[]
  /** Keeps what was added since, or takes it back with its transaction. */
  commit(): void
  rollback(): void
}

const COUNTS: Record<Counted, string> = {
  running: 'SELECT tenant, count(*) AS n FROM work WHERE status = 0 GROUP BY tenant',
  queued: 'SELECT tenant, count(*) AS n FROM work WHERE status = 1 GROUP BY tenant',
  parked: 'SELECT tenant, count(*) AS n FROM work WHERE status = 2 GROUP BY tenant',
  scheduled: 'SELECT tenant, count(*) AS n FROM work WHERE status = 3 GROUP BY tenant',
  groups: 'SELECT tenant, count(*) AS n FROM grp GROUP BY tenant',
  events: 'SELECT tenant, count(*) AS n FROM event WHERE active = 1 GROUP BY tenant',
  timeouts: 'SELECT tenant, count(*) AS n FROM event WHERE timeout_at IS NOT NULL GROUP BY tenant',
  reservations: 'SELECT tenant, count(*) AS n FROM reservation GROUP BY tenant',
  dead_letters: 'SELECT tenant, count(*) AS n FROM dead_letter GROUP BY tenant',
  outbox: 'SELECT tenant, count(*) AS n FROM outbox GROUP BY tenant',
}

export function countAll(sql: Sql): Tally {
  const counts = Object.fromEntries(
    (Object.keys(COUNTS) as Counted[]).map((what) => [
      what,
      new Map(sql.all<{ tenant: string; n: number }>(COUNTS[what]).map(({ tenant, n }) => [tenant, n])),
    ]),
  ) as Record<Counted, Map<string, number>>
  const totals = Object.fromEntries(
    Object.entries(counts).map(([what, perTenant]) => [what, [...perTenant.values()].reduce((sum, n) => sum + n, 0)]),
  ) as Record<Counted, number>
  let added: [Counted, string, number][] = []

  const apply = (what: Counted, tenant: string, count: number): void => {
    const now = (counts[what].get(tenant) ?? 0) + count
    if (now === 0) counts[what].delete(tenant)
    else counts[what].set(tenant, now)
    totals[what] += count
  }
  return {
    add(what, tenant, count) {
      if (count === 0) return
      added.push([what, tenant, count])
      apply(what, tenant, count)
    },
    of: (what, tenant) => counts[what].get(tenant) ?? 0,
    total: (what) => totals[what],
    tenants: (what) => [...counts[what].keys()],
    commit() {
      added = []
    },
    rollback() {
      for (const [what, tenant, count] of added) apply(what, tenant, -count)
      added = []
    },
  }
}
