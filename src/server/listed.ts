import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { AuditRecord } from '../audit/store.js'
import { emptyTrace } from '../audit/trace.js'
import type { FilterChip } from '../audit/filter.js'
import type { Gateway } from '../gateway/gateway.js'
import { ownedEntry } from '../gateway/seen.js'
import type { DeadLetter, DeadLetterFilter, EventView, GroupView, Page, Scope } from '../state/store.js'
import { within, type Asked } from './asked.js'
import { LISTED_KEYS, type Listed } from './listed-keys.js'
import { BLANK, chipsOf, matcherOf, namesOf } from './matching.js'
import { plannedRecord } from './open-actions.js'
import { cutList } from './visible.js'
import type { Shown } from './views.js'

/** The parameter `q` of a list of these things. */
export const filterOf = (of: Listed) =>
  Type.Optional(
    Type.String({
      maxLength: 2_000,
      description: `A filter text, as for \`GET /v1/actions\`, of ${namesOf(LISTED_KEYS[of])} and text.`,
    }),
  )

/** The terms of a filter of these things. @throws ActeonError INVALID_REQUEST also for a key that they do not have */
export const chipsFor = (of: Listed, q: string | undefined): FilterChip[] =>
  chipsOf(q, { name: of.replace('_', ' '), ...LISTED_KEYS[of] })

/** An event as the matcher reads it: its labels are also what words are looked for in, who moved it is its caller. */
export function eventRecord(event: EventView, shown: Shown): AuditRecord {
  const labels = shown.labels(event.labels)
  return {
    ...BLANK,
    namespace: event.namespace,
    tenant: event.tenant,
    provider: event.provider,
    action_type: event.action_type,
    caller_id: event.changed_by,
    action_payload: labels,
    metadata: { ...labels, ...(event.severity !== null && { severity: event.severity }) },
    outcome_details: { new_state: event.state },
    trace: { ...emptyTrace(), links: { event: event.fingerprint } },
  }
}

/** A group as the matcher reads it. */
export function groupRecord(group: GroupView, shown: Shown): AuditRecord {
  const labels = shown.value(group.labels) as Record<string, string>
  return {
    ...BLANK,
    namespace: group.namespace,
    tenant: group.tenant,
    provider: group.provider,
    action_type: group.action_type,
    matched_rule: group.rule,
    action_payload: labels,
    metadata: labels,
    outcome_details: { group_key: group.group_key },
    trace: { ...emptyTrace(), links: { group: group.group_id } },
  }
}

/** A dead letter as the matcher reads it: the last record of its action. */
export function letterRecord(letter: DeadLetter, shown: Shown): AuditRecord {
  const masked = shown.deadLetter(letter)
  return {
    ...plannedRecord({ ...masked, action: null, dispatched_at: masked.created_at }),
    outcome: 'failed',
    outcome_details: { code: masked.code, message: masked.error },
  }
}

/** So many are looked at for counts and proposals. */
const MOST = 10_000

/** The lists of these things as far as the caller may see them and the filter passes them; no page is read before it is asked for. */
export function createListed({ state, shown }: Gateway) {
  /** Newest change first. `from`, `to`: changed then or later, and before. */
  function events(request: FastifyRequest, asked: EventsAsked, chips: readonly FilterChip[]): Pages<EventView> {
    const { from = -Infinity, to = Infinity, ...filter } = asked
    const matches = matcherOf(chips)
    const isWhole = from === -Infinity && to === Infinity && chips.length === 0
    return cutList(
      request,
      filter,
      (event) => event,
      async (page) => {
        const { items, next_cursor } = await state.events({ ...filter, ...page })
        // What follows changed even earlier.
        const isPast = (items.at(-1)?.updated_at ?? Infinity) < from
        return { items, ...(next_cursor !== undefined && !isPast && { next_cursor }) }
      },
      isWhole ? undefined : (event) => within({ from, to }, event.updated_at) && matches(eventRecord(event, shown)),
    )
  }

  const groups = (request: FastifyRequest, filter: Scope, chips: readonly FilterChip[]): Pages<GroupView> =>
    cutList(
      request,
      filter,
      (group) => group,
      (page) => state.groups({ ...filter, ...page }),
      passes(chips, (group) => groupRecord(group, shown)),
    )

  const letters = (
    request: FastifyRequest,
    filter: Scope & DeadLetterFilter,
    chips: readonly FilterChip[],
  ): Pages<DeadLetter> =>
    cutList(
      request,
      filter,
      (letter: DeadLetter) => ownedEntry(letter),
      (page) => state.deadLetters({ ...filter, ...page }),
      passes(chips, (letter: DeadLetter) => letterRecord(letter, shown)),
    )

  /**
   * All of a scope, as the matcher reads them; of events that are over only those that changed within the window.
   * `more`: there are more than are looked at.
   */
  async function records(
    request: FastifyRequest,
    of: Listed,
    { namespace, tenant, from, to }: Asked,
  ): Promise<{ records: AuditRecord[]; more: boolean }> {
    const scope = { namespace, tenant }
    const read = async <T>(pages: Pages<T>, recordOf: (item: T, shown: Shown) => AuditRecord) => {
      const { items, next_cursor } = await pages({ limit: MOST, cursor: undefined })
      return { records: items.map((item) => recordOf(item, shown)), more: next_cursor !== undefined }
    }
    if (of === 'groups') return read(groups(request, scope, []), groupRecord)
    if (of === 'dead_letters') return read(letters(request, scope, []), letterRecord)
    const active = await read(events(request, { ...scope, active: true }, []), eventRecord)
    const over = await read(events(request, { ...scope, active: false, from, to }, []), eventRecord)
    return { records: [...active.records, ...over.records], more: active.more || over.more }
  }

  return { events, groups, letters, records }
}

type Pages<T> = (page: { limit: number; cursor: string | undefined }) => Promise<Page<T>>

/** What is asked for of events. */
export interface EventsAsked extends Scope {
  status?: string | undefined
  active?: boolean
  from?: number | undefined
  to?: number | undefined
}

/** Undefined: everything passes, so that nothing needs to be looked at. */
function passes<T>(
  chips: readonly FilterChip[],
  recordOf: (item: T) => AuditRecord,
): ((item: T) => boolean) | undefined {
  const matches = matcherOf(chips)
  return chips.length === 0 ? undefined : (item) => matches(recordOf(item))
}
