import { askedOf, type AuditRecord } from '../audit/record.js'
import type { AuditStore } from '../audit/store.js'
import type { Plan } from '../state/plan.js'
import type { EntryKey, EntryView, Scope, StateStore } from '../state/store.js'
import type { Action } from '../action/action.js'
import type { Caller, Owned } from './gateway.js'

/** Those of several things that a caller may see. What it may not see is as if it were not there. */
export const seen = <T extends Owned>(found: readonly T[], { sees }: Caller): T[] =>
  found.filter((thing) => sees?.(thing) ?? true)

/**
 * An entry or dead letter as something that belongs to somebody. Grants look at the provider that was asked for; a rule
 * may have taken another.
 */
export function ownedEntry({ key, plan, action }: { key: EntryKey; plan: Plan | null; action?: Action | null }): Owned {
  const { provider, action_type } = action ?? plan?.action ?? {}
  return { namespace: key.namespace, tenant: key.tenant, provider: plan?.original_provider ?? provider, action_type }
}

/** The same for a record. */
export const ownedRecord = (record: AuditRecord): Owned => ({
  namespace: record.namespace,
  tenant: record.tenant,
  provider: askedOf(record),
  action_type: record.action_type,
})

export const seesEntry = (entry: Parameters<typeof ownedEntry>[0], { sees }: Caller): boolean =>
  sees?.(ownedEntry(entry)) ?? true
export const seesRecord = (record: AuditRecord, { sees }: Caller): boolean => sees?.(ownedRecord(record)) ?? true

/** All open entries of an id, in every scope and space that is not ruled out, that a caller may see; oldest first. */
export async function openEntriesSeen(
  state: StateStore,
  { action_id, namespace, tenant }: Scope & { action_id: string },
  caller: Caller,
): Promise<EntryView[]> {
  const found: EntryView[] = []
  let cursor: string | undefined
  do {
    const page = await state.openEntries({ id: action_id, namespace, tenant, limit: 1_000, cursor })
    found.push(...page.items.filter((entry) => seesEntry(entry, caller)))
    cursor = page.next_cursor
  } while (cursor !== undefined)
  return found
}

/** How many records of one id are gone through for a caller's own. */
const SAME_ID = 1_000

/**
 * The records of an action id that a caller may see, oldest first; of several actions with that id those of the newest
 * that it may see.
 */
export async function recordsSeen(
  audit: AuditStore | null,
  { action_id, namespace, tenant }: Scope & { action_id: string },
  caller: Caller,
): Promise<AuditRecord[]> {
  if (audit === null) return []
  const newest = await audit.ofAction(action_id, { namespace, tenant })
  const own = newest.filter((record) => seesRecord(record, caller))
  if (own.length > 0 || newest.length === 0 || caller.sees === undefined) return own
  // Somebody else has the same id, later. The trail is searched for the caller's own.
  const { records } = await audit.query({ namespace, tenant, text: action_id, limit: SAME_ID })
  const mine = records.find((record) => record.action_id === action_id && seesRecord(record, caller))
  if (mine === undefined) return []
  const all = await audit.ofAction(action_id, { namespace: mine.namespace, tenant: mine.tenant })
  return all.filter((record) => seesRecord(record, caller))
}
