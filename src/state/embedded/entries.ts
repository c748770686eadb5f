import { hash } from 'node:crypto'
import type { Outcome } from '../../action/outcome.js'
import type { Action, EntryKey } from '../store.js'
import { parsed } from './json.js'
import { nextSeq, type Step } from './step.js'
import type { WorkRow } from './work.js'

/** A row of the journal of ids. */
export interface EntryRow {
  seq: number
  hash: number
  namespace: string
  tenant: string
  space: number
  id: string
  body_hash: string
  try: number
  /** Of the last try; while one is open its fence is in its work. */
  fence: number
  /** Its open work, or null. */
  work: number | null
  dispatched_at: number
  /** When it got its outcome; null while it has none. A scheduled action has its outcome and open work. */
  settled_at: number | null
  outcome: string | null
  /** It is not stored yet. */
  fresh?: true
}

const SPACES = ['caller', 'derived'] as const
const spaceNumber = (space: EntryKey['space']): number => SPACES.indexOf(space)
export const keyOfRow = ({ namespace, tenant, space, id }: EntryRow): EntryKey => ({
  namespace,
  tenant,
  space: SPACES[space]!,
  id,
})

/** Six bytes of the hash of a key: what the index holds. What it finds is compared in full. */
function hashOf({ namespace, tenant, space, id }: EntryKey): number {
  const text = `${namespace.length}:${namespace}${tenant.length}:${tenant}${space}:${id}`
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 12), 16)
}

/** What the journal has under a key. */
export interface Found {
  hash: number
  /** Null: the id is unknown. */
  entry: EntryRow | null
  /** An entry whose time is over, and which must go before the key gets another. */
  over: EntryRow | null
}

export function lookUp(step: Step, key: EntryKey): Found {
  const hash = hashOf(key)
  const { namespace, tenant, space, id } = key
  const row = step.sql.get<EntryRow>(
    'SELECT * FROM entry WHERE hash = ? AND namespace = ? AND tenant = ? AND space = ? AND id = ?',
    hash,
    namespace,
    tenant,
    spaceNumber(space),
    id,
  )
  if (row === undefined) return { hash, entry: null, over: null }
  return isOver(step, row) ? { hash, entry: null, over: row } : { hash, entry: row, over: null }
}

/** The entry of a key, unless its time is over. */
export const findEntry = (step: Step, key: EntryKey): EntryRow | null => lookUp(step, key).entry

/** Open work as an operation by its owner needs it. */
export type OpenWork = Pick<
  WorkRow,
  | 'pos'
  | 'entry'
  | 'status'
  | 'owner'
  | 'fence'
  | 'lane'
  | 'overtaken'
  | 'namespace'
  | 'tenant'
  | 'try'
  | 'dispatched_at'
  | 'holds'
>

/** The open work of a key. */
export const openWork = ({ sql }: Step, key: EntryKey): OpenWork | undefined =>
  sql.get<OpenWork>(
    `SELECT w.pos, w.entry, w.status, w.owner, w.fence, w.lane, w.overtaken, w.namespace, w.tenant, w.try, w.dispatched_at, w.holds
    FROM entry e JOIN work w ON w.pos = e.work
    WHERE e.hash = ? AND e.namespace = ? AND e.tenant = ? AND e.space = ? AND e.id = ?`,
    hashOf(key),
    key.namespace,
    key.tenant,
    spaceNumber(key.space),
    key.id,
  )

/** An id is known for its retention after its outcome, and for as long as its dead letter is kept. */
export const isOver = ({ sql, settings, now }: Step, { seq, work, settled_at }: EntryRow): boolean =>
  work === null &&
  settled_at !== null &&
  settled_at + settings.idRetentionMs <= now &&
  sql.get('SELECT 1 FROM dead_letter WHERE entry = ?', seq) === undefined

export const entryOf = ({ sql }: Step, seq: number): EntryRow =>
  sql.get<EntryRow>('SELECT * FROM entry WHERE seq = ?', seq)!

/**
 * Whether an entry's open try holds a key that was reserved until `until`: it has no outcome yet, and the reservation had
 * not run out when the try began. A key that ran out does not come back to life with a next try that does not take it.
 */
export const holdsBeyond = ({ sql }: Step, seq: number, until: number): boolean =>
  sql.get('SELECT 1 FROM entry WHERE seq = ? AND settled_at IS NULL AND dispatched_at < ?', seq, until) !== undefined

/** A new entry of a key that the journal does not have; `saveEntry` writes it. */
export function newEntry(step: Step, key: EntryKey, body_hash: string, hash = hashOf(key)): EntryRow {
  return {
    seq: nextSeq(step),
    hash,
    namespace: key.namespace,
    tenant: key.tenant,
    space: spaceNumber(key.space),
    id: key.id,
    body_hash,
    try: 1,
    fence: 0,
    work: null,
    dispatched_at: step.now,
    settled_at: null,
    outcome: null,
    fresh: true,
  }
}

/** An entry's next try; `saveEntry` writes it. */
export const nextTry = ({ now }: Step, row: EntryRow): EntryRow => ({
  ...row,
  try: row.try + 1,
  dispatched_at: now,
  settled_at: null,
  outcome: null,
})

/** Gives an entry whose work has ended its outcome, at once. */
export function closeEntry({ sql, now }: Step, seq: number, fence: number, outcome: Outcome): void {
  sql.run(
    'UPDATE entry SET fence = ?, work = NULL, settled_at = ?, outcome = ? WHERE seq = ?',
    fence,
    now,
    JSON.stringify(outcome),
    seq,
  )
}

/** Gives an entry its outcome; `saveEntry` writes it. */
export function settleEntry({ now }: Step, row: EntryRow, outcome: Outcome): void {
  row.settled_at = now
  row.outcome = JSON.stringify(outcome)
}

export function saveEntry({ sql }: Step, row: EntryRow): void {
  if (row.fresh === true)
    sql.run(
      'INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      row.seq,
      row.hash,
      row.namespace,
      row.tenant,
      row.space,
      row.id,
      row.body_hash,
      row.try,
      row.fence,
      row.work,
      row.dispatched_at,
      row.settled_at,
      row.outcome,
    )
  else
    sql.run(
      'UPDATE entry SET try = ?, fence = ?, work = ?, dispatched_at = ?, settled_at = ?, outcome = ? WHERE seq = ?',
      row.try,
      row.fence,
      row.work,
      row.dispatched_at,
      row.settled_at,
      row.outcome,
      row.seq,
    )
  delete row.fresh
}

/** Keeps the action as it was sent, for replay. */
export function keepSent({ sql }: Step, seq: number, text: string): void {
  sql.run('INSERT INTO sent VALUES (?, ?)', seq, text)
}

export function removeEntry({ sql }: Step, seq: number): void {
  sql.run('DELETE FROM entry WHERE seq = ?', seq)
  sql.run('DELETE FROM sent WHERE entry = ?', seq)
}

/** The action as it was sent, as text; null for what the gateway derived. */
export const sentText = ({ sql }: Step, seq: number): string | null =>
  sql.get<{ action: string }>('SELECT action FROM sent WHERE entry = ?', seq)?.action ?? null

export function sentAction(step: Step, seq: number): Action | null {
  const text = sentText(step, seq)
  return text === null ? null : parsed<Action>(text)
}

const isUnknown = ({ entry, over }: Found): boolean => entry === null && over === null

/**
 * A key of ours that is not in the journal: `base`, unless an earlier thing of the same name (an event that was removed
 * and opened again) used it and is still known. Receivers would take a second use for a repetition.
 */
export function freshDerivedKey(step: Step, scope: { namespace: string; tenant: string }, base: string): EntryKey {
  const { namespace, tenant } = scope
  const key: EntryKey = { namespace, tenant, space: 'derived', id: base }
  return isUnknown(lookUp(step, key)) ? key : { ...key, id: `${base}.${nextSeq(step)}` }
}

/** A text of callers in an id of ours, which has [A-Za-z0-9._~:-] only: as it is, or its hash when it has other characters. */
export const inId = (text: string): string =>
  /^[A-Za-z0-9._:-][A-Za-z0-9._~:-]{0,199}$/.test(text) ? text : `~${hash('sha256', text, 'hex')}`
