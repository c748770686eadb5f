import { sha256 } from '../../lib/ids.js'
import type {
  DispatchContext,
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
import { activeName, eventName } from './keys.js'
import { pageOf } from './lists.js'
import { machinesOf } from './machines.js'
import { admissionsOf, eventView } from './rows.js'
import { asked, inScope } from './scopes.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { numberOf, parsed, rowOf, textOf } from './text.js'

/** Moves an event by hand (`StateStore.transition`). */
export async function transition({ server, settings, wake }: Step, request: TransitionRequest): Promise<Transitioned> {
  const { owner, fingerprint, to, by, caller, record_id, machines } = request
  const place = server.place(request)
  const { caller_id, auth_method, trace_id } = caller
  const context: DispatchContext = { caller_id, auth_method, trace_id }
  const [kind, first, second, third, fourth, fifth] = await server.run(
    'transition',
    place.partition,
    {
      ...opOf(request),
      owner,
      event: eventName(place, fingerprint),
      to,
      caller: by.caller,
      machines: machinesOf(machines, true),
      unrecorded: !settings.recorded,
    },
    JSON.stringify(by),
    JSON.stringify({ ...caller, id: record_id }),
    JSON.stringify(context),
  )
  switch (kind) {
    case 'same': {
      const state = textOf(first)
      const version = numberOf(second)
      return { kind: 'moved', previous_state: state, new_state: state, notify: false, version, follow: [] }
    }
    case 'not_allowed': {
      const [state, name] = [textOf(first), textOf(second)]
      const machine = Object.hasOwn(machines, name) ? machines[name] : undefined
      return { kind, state, allowed: Object.keys(machine?.states[state]?.to ?? {}) }
    }
    case 'moved':
      wake()
      return {
        kind,
        previous_state: textOf(first),
        new_state: textOf(second),
        notify: third === '1',
        version: numberOf(fourth),
        follow: admissionsOf(fifth),
      }
    default:
      return { kind: kind as 'not_owner' | 'unknown' }
  }
}

/** Answers what conditions ask: one call for all, or one to each partition where they ask of several tenants. */
export async function lookup({ server }: Step, { lookups }: { lookups: Lookup[] }): Promise<LookupAnswer[]> {
  const answers = new Array<LookupAnswer>(lookups.length).fill(null)
  const places = lookups.map((one) => server.place(one))
  await Promise.all(
    [...new Set(places.map(({ partition }) => partition))].map(async (partition) => {
      const indexes = [...lookups.keys()].filter((i) => places[i]!.partition === partition)
      const asks = indexes.map((i) => {
        const one = lookups[i]!
        return one.kind === 'event_state'
          ? { event: eventName(places[i]!, one.fingerprint) }
          : { active: activeName(places[i]!, one.action_type, one.value, one.label) }
      })
      const found = await server.run('lookup', partition, { asks })
      indexes.forEach((i, nth) => (answers[i] = answerOf(lookups[i]!, textOf(found[nth]))))
    }),
  )
  return answers
}

function answerOf(asked: Lookup, found: string): LookupAnswer {
  if (asked.kind === 'event_state') return found === '' ? null : found
  // A label without a value: the value that was asked for is missing, and nothing has it.
  return found === '1' && (asked.value !== undefined || asked.label === undefined)
}

/** Events of a fingerprint, the latest change first. */
export async function eventsNamed(
  { server }: Step,
  { fingerprint, ...scope }: Scope & { fingerprint: string },
): Promise<EventView[]> {
  const found = await asked(server, scope, 'named_events', { fph: sha256(fingerprint) })
  return found
    .map((row) => rowOf(row)!)
    .filter((row) => inScope(row, scope))
    .sort((a, b) => Number(b['changed']) - Number(a['changed']))
    .map(eventView)
}

export async function history(
  { server }: Step,
  key: { namespace: string; tenant: string; fingerprint: string },
): Promise<HistoryEntry[]> {
  const place = server.place(key)
  const found = await server.run('history', place.partition, { event: eventName(place, key.fingerprint) })
  return found.map((entry) => parsed<HistoryEntry>(textOf(entry)))
}

/** The latest change first. */
export const listEvents = (
  step: Step,
  list: List & { status?: string | undefined; active?: boolean },
): Promise<Page<EventView>> => {
  const { status, active } = list
  const equals = { state: status, active: active === undefined ? undefined : active ? '1' : '0' }
  return pageOf(step, list, { index: 'events', kind: 'v', falling: true, kept: true, equals }, eventView)
}
