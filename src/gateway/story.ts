import type { AuditRecord } from '../audit/record.js'
import type { AuditStore } from '../audit/store.js'
import type { EntryView, Scope, StateStore } from '../state/store.js'
import type { Caller, Gateway, Story } from './gateway.js'
import { openEntriesSeen, recordsSeen, seen, seesEntry, seesRecord } from './seen.js'

const LATER_RECORDS = 100
const ANYBODY: Caller = { id: 'anonymous', method: 'none' }

/**
 * All that is known of an action, gathered from state (while it is open, or its id is kept) and from its records: one
 * read each, plus what its event or group went through since.
 */
export function createStory({
  state,
  audit,
  shown,
}: {
  state: StateStore
  audit: AuditStore | null
  shown: Gateway['shown']
}): Gateway['story'] {
  return async ({ action_id, namespace, tenant, caller = ANYBODY }) => {
    const records = await recordsSeen(audit, { action_id, namespace, tenant }, caller)
    const newest = records.at(-1)
    const scope = { namespace: namespace ?? newest?.namespace, tenant: tenant ?? newest?.tenant }
    const entry = await entryOf(state, action_id, scope, caller)
    if (newest === undefined && entry === null) return null
    const home = newest ?? entry!.key
    const about: Scope = { namespace: home.namespace, tenant: home.tenant }
    const fingerprint = fingerprintOf(records, entry)
    const event = fingerprint === null ? null : (seen(await state.event({ ...about, fingerprint }), caller)[0] ?? null)
    const story: Story = {
      action_id,
      namespace: home.namespace,
      tenant: home.tenant,
      status: entry?.status ?? 'settled',
      entry: entry === null ? null : shown.entry(entry),
      records,
      later: (await laterRecords(audit, action_id, records, fingerprint, about)).filter((record) =>
        seesRecord(record, caller),
      ),
      event:
        event === null
          ? null
          : { ...event, labels: shown.labels(event.labels), history: await state.history({ ...event }) },
    }
    return story
  }
}

/** The record that its story is told from: of its newest try, else the first that there is; undefined: it has none. */
export function ownRecord({ action_id, records }: Story): AuditRecord | undefined {
  const own = records.filter((record) => record.action_id === action_id)
  return own.findLast(({ kind }) => kind === 'dispatch') ?? own[0]
}

async function entryOf(
  state: StateStore,
  id: string,
  { namespace, tenant }: Scope,
  caller: Caller,
): Promise<EntryView | null> {
  const visible = (entry: EntryView | null): EntryView | null =>
    entry !== null && seesEntry(entry, caller) ? entry : null
  if (namespace !== undefined && tenant !== undefined)
    return visible(
      (await state.entry({ namespace, tenant, space: 'caller', id })) ??
        (await state.entry({ namespace, tenant, space: 'derived', id })),
    )
  return (await openEntriesSeen(state, { action_id: id, namespace, tenant }, caller)).at(-1) ?? null
}

function fingerprintOf(records: AuditRecord[], entry: EntryView | null): string | null {
  const origin = entry?.origin
  if (origin?.kind === 'notification') return origin.event.fingerprint
  for (const { kind, outcome, outcome_details, trace } of records) {
    const told = (outcome_details as { fingerprint?: unknown } | null)?.fingerprint
    if (outcome === 'state_changed' && typeof told === 'string') return told
    // Others that name the same event are no part of what became of this one, unless a state machine keeps it.
    if (kind !== 'dispatch' && kind !== 'schedule' && trace.links.event !== undefined) return trace.links.event
  }
  return null
}

async function laterRecords(
  audit: AuditStore | null,
  action_id: string,
  records: AuditRecord[],
  fingerprint: string | null,
  scope: Scope,
): Promise<AuditRecord[]> {
  if (audit === null) return []
  const group = records
    .filter(({ outcome }) => outcome === 'grouped')
    .map(({ outcome_details }) => (outcome_details as { group_id?: string }).group_id)
    .find((id) => id !== undefined)
  const later = [
    ...(group === undefined ? [] : await audit.linked({ group }, scope, LATER_RECORDS)),
    ...(fingerprint === null ? [] : await audit.linked({ event: fingerprint }, scope, LATER_RECORDS)),
    ...(records.some(({ outcome }) => outcome === 'scheduled') ? await audit.ofAction(`due:${action_id}`, scope) : []),
  ]
  const own = new Set(records.map(({ id }) => id))
  return later
    .filter(({ id }) => !own.has(id))
    .sort((a, b) => (a.dispatched_at < b.dispatched_at ? -1 : a.dispatched_at > b.dispatched_at ? 1 : 0))
}
