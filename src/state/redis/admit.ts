import { asksToBeTriedAgain, releasesHolds, withoutAnswer, type Outcome } from '../../action/outcome.js'
import type { TraceGate } from '../../audit/trace.js'
import { sha256 } from '../../lib/ids.js'
import type { Ending, Gate, GroupEnding, TransitionEnding } from '../plan.js'
import type { Admission, Admitted, AdmitRequest, DispatchContext, EntryKey, Limits, Origin } from '../store.js'
import { activeName, entryName, eventName, groupName, inId, laneName, type Place } from './keys.js'
import { decisionsOf, entersOf } from '../decisions.js'
import { admissionsOf, planTexts } from './rows.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { numberOf, parsed, textOf, type Reply } from './text.js'
import { toldOf } from './told.js'

/** Decides about an action, in one script (`StateStore.admit`). */
export async function admit({ server, settings, wake }: Step, request: AdmitRequest): Promise<Admitted> {
  const { owner, key, body_hash, plan, original, draft, context, continues } = request
  const lane = request.lane ?? undefined
  const place = server.place(key)
  const [rest, action] = planTexts(plan)
  const answer = await server.run(
    'admit',
    place.partition,
    {
      ...opOf(request),
      owner,
      entry: entryName(place, key),
      ns: key.namespace,
      tn: key.tenant,
      space: key.space === 'caller' ? 'c' : 'd',
      id: key.id,
      scope: place.scope,
      body: body_hash,
      lane,
      lk: lane === undefined ? undefined : laneName(place, lane),
      continues: continues?.fence,
      gates: gatesControl(plan.gates),
      draft: toldOf(draft),
      provider: plan.action.provider,
      atype: plan.action.action_type,
      ending: endingControl(place, key, plan.ending, plan.gates),
      retention: settings.idRetentionMs,
      bound: settings.outboxBound,
      limits: settings.limits,
      unrecorded: !settings.recorded,
    },
    rest,
    action,
    original === null ? '' : JSON.stringify(original),
    JSON.stringify(draft),
    JSON.stringify(context),
    ...endingTexts(plan.ending),
  )
  wake()
  return admitted(answer, request, settings.limits)
}

function admitted(answer: Reply[], request: AdmitRequest, limits: Limits): Admitted {
  const [kind, first, second, third, fourth, fifth, sixth] = answer
  switch (kind) {
    case 'backlog':
      return { kind, waiting: numberOf(first) }
    case 'in_progress':
      return { kind, try: numberOf(first), outcome: second === '' ? null : parsed<Outcome>(textOf(second)) }
    case 'replayed': {
      const outcome = parsed<Outcome>(textOf(first))
      return { kind, outcome, try: numberOf(second), dispatched_at: numberOf(third) }
    }
    case 'limit': {
      const what = textOf(first) as keyof Limits
      return { kind, what, cap: limits[what] }
    }
    case 'queued':
      return { kind, try: numberOf(first), fence: numberOf(second), dispatched_at: numberOf(third) }
    case 'deliver': {
      const admission: Admission = {
        key: request.key,
        try: numberOf(first),
        fence: numberOf(second),
        owner: request.owner,
        dispatched_at: numberOf(third),
        plan: request.plan,
        origin: parsed<Origin>(textOf(sixth)),
        context: request.context,
        attempts: [],
        takeovers: numberOf(fifth),
        lane: request.lane ?? null,
        gates: parsed<TraceGate[]>(textOf(fourth)),
        idempotency_key: request.key.id,
      }
      return { kind, admission }
    }
    case 'settled':
      return {
        kind,
        outcome: parsed<Outcome>(textOf(first)),
        try: numberOf(second),
        dispatched_at: numberOf(third),
        gates: parsed<TraceGate[]>(textOf(fourth)),
        follow: admissionsOf(fifth),
      }
    default:
      return { kind: kind as 'not_owner' | 'replaced' | 'id_reused' }
  }
}

/** Gates for a script; equal keys of one plan are one gate. */
export const gatesControl = (gates: Gate[]) =>
  [...new Map(gates.map((gate) => [`${gate.kind} ${gate.key}`, gate])).values()].map((gate) => {
    const { kind, key, rule, verdict } = gate
    const common = { kind, key, rule, verdict }
    return gate.kind === 'reservation'
      ? { ...common, ttl_ms: gate.ttl_ms, keep: gate.on_failure === 'keep' }
      : { ...common, limit: gate.limit, window_ms: gate.window_ms, message: gate.message }
  })

function endingControl(place: Place, key: EntryKey, ending: Ending | null, gates: Gate[]): object | undefined {
  switch (ending?.kind) {
    case undefined:
      return undefined
    case 'answer':
      return { kind: 'answer', again: asksToBeTriedAgain(ending.outcome), releases: releasesHolds(ending.outcome) }
    case 'group':
      return groupControl(place, ending)
    case 'transition':
      return transitionControl(place, ending)
    case 'schedule': {
      const { kind, rule, delay_ms, at_ms } = ending
      const due = at_ms === null ? { delay_ms: delay_ms ?? 0 } : { at_ms }
      return { kind, rule, ...due, passes: gates.map((gate) => gate.rule), own_id: inId(key.id) }
    }
  }
}

function groupControl(place: Place, ending: GroupEnding): object {
  const { kind, rule, key, group_key, group_id, wait_ms, interval_ms, repeat_ms, max_size, member, deliver } = ending
  return {
    ...{ kind, rule, wait_ms, interval_ms, max_size },
    repeat_ms: repeat_ms ?? undefined,
    suffix: groupName(place, key),
    gid: group_id,
    gin: inId(group_id),
    gkey: group_key,
    gname: sha256(group_key),
    provider: deliver.action.provider,
    atype: deliver.action.action_type,
    bytes: Buffer.byteLength(member),
  }
}

const INDEXED_LABELS = 64

function transitionControl(place: Place, ending: TransitionEnding): object {
  const { kind, fingerprint, machine, action_type, labels, severity, deliver } = ending
  const named = Object.entries(labels).slice(0, INDEXED_LABELS)
  const names = [
    activeName(place, action_type),
    ...named.flatMap(([label, value]) => [
      activeName(place, action_type, value),
      activeName(place, action_type, value, label),
    ]),
  ]
  return {
    kind,
    suffix: eventName(place, fingerprint),
    fp: fingerprint,
    fph: sha256(fingerprint),
    nid: inId(fingerprint),
    lk: laneName(place, `event:${fingerprint}`),
    machine: machine.name,
    retention_ms: machine.retention_ms,
    atype: action_type,
    provider: deliver.action.provider,
    severity: severity ?? undefined,
    names: [...new Set(names)],
    enter: entersOf(machine),
    decided: decisionsOf(ending),
  }
}

function endingTexts(ending: Ending | null): string[] {
  switch (ending?.kind) {
    case 'answer': {
      const { outcome } = ending
      return [JSON.stringify(outcome), JSON.stringify(withoutAnswer(outcome))]
    }
    case 'group': {
      const { labels, member_labels, member, draft, deliver } = ending
      const { caller_id, auth_method, trace_id } = draft
      const context: DispatchContext = { caller_id, auth_method, trace_id }
      const texts = [labels, member_labels, member, context].map((value) => JSON.stringify(value))
      return [...texts, ...planTexts(deliver)]
    }
    case 'transition':
      return [JSON.stringify(ending.labels), JSON.stringify(ending.draft), ...planTexts(ending.deliver)]
    default:
      return []
  }
}
