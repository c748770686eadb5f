import type {
  EventView,
  HistoryEntry,
  List,
  Lookup,
  LookupAnswer,
  Page,
  Scope,
  Transitioned,
  TransitionRequest,
} from '../store.js'
import { indexed } from './admit.js'
import { pageOf } from './lists.js'
import { machinesOf } from './machines.js'
import { admissionOf, type AdmissionRow } from './rows.js'
import { opOf } from './server.js'
import { settingsOf, type Step } from './step.js'
import { composed, escaped, plain, stored } from '../../lib/postgres-text.js'

type EventRow = Omit<EventView, 'labels' | 'state_machine' | 'next_timeout'> & {
  labels: string
  machine: string
  timeout_at: number | null
  timeout_to: string | null
}

function shown({ labels, ...stands }: EventRow): EventView {
  const row = plain(stands)
  return {
    namespace: row.namespace,
    tenant: row.tenant,
    fingerprint: row.fingerprint,
    state_machine: row.machine,
    state: row.state,
    active: row.active,
    action_type: row.action_type,
    labels: stored(labels),
    provider: row.provider,
    severity: row.severity,
    occurrence: row.occurrence,
    version: row.version,
    opened_at: row.opened_at,
    updated_at: row.updated_at,
    last_seen_at: row.last_seen_at,
    count: row.count,
    notified_count: row.notified_count,
    changed_by: row.changed_by,
    next_timeout: row.timeout_at === null ? null : { at: row.timeout_at, to: row.timeout_to! },
    last_action_id: row.last_action_id,
  }
}

type Answer =
  | (Omit<Extract<Transitioned, { kind: 'moved' }>, 'follow'> & { follow: AdmissionRow[] })
  | { kind: 'unknown' | 'not_owner' }
  | { kind: 'not_allowed'; state: string; machine: string }

/** Moves an event by hand (`StateStore.transition`). */
export async function transition(step: Step, request: TransitionRequest): Promise<Transitioned> {
  const { owner, namespace, tenant, fingerprint, to, by, caller, record_id, machines } = request
  const { caller_id, auth_method, trace_id } = caller
  const answer = await step.server.call<Answer>('transition', {
    ...opOf(request, step.server),
    s: settingsOf(step),
    ...{ owner, namespace, tenant, fingerprint, to, by, caller, record_id },
    context: JSON.stringify({ caller_id, auth_method, trace_id }),
    machines: machinesOf(machines),
  })
  switch (answer.kind) {
    case 'moved': {
      const { follow, ...moved } = answer
      return { ...plain(moved), follow: follow.map(admissionOf) }
    }
    case 'not_allowed': {
      const { state, machine } = plain(answer)
      const known = Object.hasOwn(machines, machine) ? machines[machine] : undefined
      return { kind: 'not_allowed', state, allowed: Object.keys(known?.states[state]?.to ?? {}) }
    }
    default:
      return answer
  }
}

const KEPT = '(e.kept_until IS NULL OR e.kept_until > acteon.time_now($1))'

/** Events of a fingerprint, the latest change first. */
export async function eventsNamed(
  { server }: Step,
  { fingerprint, namespace, tenant }: Scope & { fingerprint: string },
): Promise<EventView[]> {
  const rows = await server.read<{ row: EventRow }>(
    `SELECT to_jsonb(e) AS row FROM acteon.event e WHERE e.fingerprint = $2 AND ${KEPT}
      AND ($3::text IS NULL OR e.namespace = $3) AND ($4::text IS NULL OR e.tenant = $4) ORDER BY e.changed DESC`,
    [server.now() ?? null, escaped(fingerprint), namespace ?? null, tenant ?? null],
  )
  return rows.map(({ row }) => shown(row))
}

type HistoryRow = Omit<HistoryEntry, 'by'> & { by: string }

export async function history(
  { server }: Step,
  { namespace, tenant, fingerprint }: { namespace: string; tenant: string; fingerprint: string },
): Promise<HistoryEntry[]> {
  const rows = await server.read<{ row: HistoryRow }>(
    `SELECT to_jsonb(h) - 'event' AS row FROM acteon.event e JOIN acteon.history h ON h.event = e.id
    WHERE e.fingerprint = $2 AND e.namespace = $3 AND e.tenant = $4 AND ${KEPT} ORDER BY h.version`,
    [server.now() ?? null, escaped(fingerprint), namespace, tenant],
  )
  return rows.map(({ row: { by, ...row } }) => ({ ...plain(row), by: composed(by) }))
}

/** The latest change first. */
export const listEvents = (
  step: Step,
  list: List & { status?: string | undefined; active?: boolean },
): Promise<Page<EventView>> =>
  pageOf<EventRow, EventView>(step, list, {
    table: 'event',
    column: 'changed',
    falling: true,
    item: 'to_jsonb(t)',
    conditions: [
      ['t.state = ?', list.status],
      ['t.active = ?', list.active],
      [
        "acteon.time_now(NULL) < coalesce(t.kept_until, 'infinity') AND true = ?",
        step.server.now() === undefined || undefined,
      ],
      ["coalesce(t.kept_until, 'infinity') > ?", step.server.now()],
    ],
    show: shown,
  })

/** Answers what conditions ask, in one call. */
export const lookup = async ({ server }: Step, { lookups }: { lookups: Lookup[] }): Promise<LookupAnswer[]> =>
  plain(
    await server.call<LookupAnswer[]>('lookup', {
      now: server.now(),
      lookups: lookups.map((one) =>
        one.kind === 'active_event' && one.value !== undefined ? { ...one, value: indexed(one.value) } : one,
      ),
    }),
  )
