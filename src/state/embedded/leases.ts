import { LEASE_MS, type Admission, type Lease, type NodeInfo, type Op } from '../store.js'
import { take, type WorkRow } from './work.js'
import type { Step } from './step.js'

const LISTED_MS = 3_600_000

/** Whether an incarnation's lease holds: until, and not at, the instant it was given to. */
export function holdsLease({ sql, now }: Step, owner: number): boolean {
  const row = sql.get<{ lease_until: number }>('SELECT lease_until FROM node WHERE owner = ?', owner)
  return row !== undefined && row.lease_until > now
}

export function join({ sql, counters, now }: Step, { node }: Op & { node: string }): Lease {
  const owner = ++counters.owner
  const lease_until = now + LEASE_MS
  sql.run('INSERT INTO node VALUES (?, ?, ?, ?, ?)', owner, node, now, now, lease_until)
  return { owner, now, lease_until }
}

export function renew(step: Step, { owner }: Op & { owner: number }): Lease | { expired: true; now: number } {
  const { sql, now } = step
  if (!holdsLease(step, owner)) return { expired: true, now }
  sql.run('UPDATE node SET renewed_at = ?, lease_until = ? WHERE owner = ?', now, now + LEASE_MS, owner)
  return { owner, now, lease_until: now + LEASE_MS }
}

export function leave({ sql, now }: Step, { owner }: Op & { owner: number }): void {
  sql.run('UPDATE node SET lease_until = ? WHERE owner = ? AND lease_until > ?', now, owner, now)
}

export const nodes = ({ sql, now }: Step): NodeInfo[] =>
  sql
    .all<NodeInfo>(
      'SELECT node, owner, joined_at, renewed_at, lease_until FROM node WHERE lease_until > ? ORDER BY owner',
      now - LISTED_MS,
    )
    .map((row) => ({ ...row }))

export function forgetNodes({ sql, now }: Step, limit: number): number {
  return sql.run(
    'DELETE FROM node WHERE owner IN (SELECT owner FROM node WHERE lease_until <= ? LIMIT ?)',
    now - LISTED_MS,
    limit,
  )
}

/** Takes over open work of owners whose lease has run out, by turns of the owners, each one's oldest first. */
export function resume(step: Step, { owner, limit }: Op & { owner: number; limit: number }): Admission[] {
  if (!holdsLease(step, owner)) return []
  const dead = ownersWithWork(step).filter((other) => !holdsLease(step, other))
  const found = dead.map((other) =>
    step.sql.all<{ pos: number }>('SELECT pos FROM work WHERE owner = ? ORDER BY pos LIMIT ?', other, limit),
  )
  const turns: number[] = []
  for (let turn = 0; turns.length < limit && found.some((rows) => turn < rows.length); turn++)
    for (const rows of found) if (turn < rows.length && turns.length < limit) turns.push(rows[turn]!.pos)
  return turns
    .sort((a, b) => a - b)
    .map((pos) => step.sql.get<WorkRow>('SELECT * FROM work WHERE pos = ?', pos)!)
    .map((work) => take(step, { ...work, takeovers: work.takeovers + 1 }, owner))
}

/** Owners that have open work, found by hopping along the index. */
function ownersWithWork({ sql }: Step): number[] {
  const owners: number[] = []
  for (let last = -1; ;) {
    const next = sql.get<{ owner: number }>('SELECT owner FROM work WHERE owner > ? ORDER BY owner LIMIT 1', last)
    if (next === undefined) return owners
    owners.push((last = next.owner))
  }
}
