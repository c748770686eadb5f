import { asksToBeTriedAgain, releasesHolds, withoutAnswer } from '../../action/outcome.js'
import type { TraceGate } from '../../audit/trace.js'
import { factsOf } from '../../audit/texts.js'
import { sha256 } from '../../lib/ids.js'
import type { Ending, Gate, GroupEnding, TransitionEnding } from '../plan.js'
import type { Admitted, AdmitRequest, Limits, Origin } from '../store.js'
import { decisionsOf } from '../decisions.js'
import { machineOf } from './machines.js'
import { admissionOf, outcomeOf, planTexts, type AdmissionRow } from './rows.js'
import { opOf } from './server.js'
import { settingsOf, type Step } from './step.js'
import { composed, plain } from '../../lib/postgres-text.js'

/** Decides about an action, in one call (`StateStore.admit`). */
export async function admit(step: Step, request: AdmitRequest): Promise<Admitted> {
  const { owner, key, body_hash, plan, original, draft, context, continues, lane = null } = request
  const answer = await step.server.call<Answer>('admit', {
    ...opOf(request, step.server),
    s: settingsOf(step),
    owner,
    ...key,
    body_hash,
    lane,
    gates: gatesOf(plan.gates),
    ending: endingOf(plan.ending, plan.gates),
    continues: continues?.fence ?? null,
    facts: factsOf(draft),
    draft: JSON.stringify(draft),
    context: JSON.stringify(context),
    ...planTexts(plan),
    original: original === null ? null : JSON.stringify(original),
  })
  return admitted(answer, request)
}

/** As the function `admit` describes it. */
type Answer =
  | {
      kind: 'deliver'
      try: number
      fence: number
      dispatched_at: number
      gates: string
      origin: string
      takeovers: number
    }
  | { kind: 'queued'; try: number; fence: number; dispatched_at: number }
  | { kind: 'settled'; outcome: string; try: number; dispatched_at: number; gates: string; follow: AdmissionRow[] }
  | { kind: 'replayed'; outcome: string; try: number; dispatched_at: number }
  | { kind: 'in_progress'; try: number; outcome: string | null }
  | { kind: 'limit'; what: keyof Limits; cap: number }
  | { kind: 'backlog'; waiting: number }
  | { kind: 'id_reused' | 'not_owner' | 'replaced' }

function admitted(answer: Answer, { key, owner, plan, context, lane }: AdmitRequest): Admitted {
  switch (answer.kind) {
    case 'deliver':
      return {
        kind: 'deliver',
        admission: {
          key,
          try: answer.try,
          fence: answer.fence,
          owner,
          dispatched_at: answer.dispatched_at,
          plan,
          origin: composed<Origin>(answer.origin),
          context,
          attempts: [],
          takeovers: answer.takeovers,
          lane: lane ?? null,
          gates: composed<TraceGate[]>(answer.gates),
          idempotency_key: key.id,
        },
      }
    case 'queued': {
      const { kind, fence, dispatched_at } = answer
      return { kind, try: answer.try, fence, dispatched_at }
    }
    case 'settled':
      return {
        ...answer,
        outcome: outcomeOf(answer.outcome),
        gates: composed<TraceGate[]>(answer.gates),
        follow: answer.follow.map(admissionOf),
      }
    case 'replayed':
      return { ...answer, outcome: outcomeOf(answer.outcome) }
    case 'in_progress':
      return { ...answer, outcome: answer.outcome === null ? null : outcomeOf(answer.outcome) }
    default:
      return plain(answer)
  }
}

/** Gates for a function; equal keys of one plan are one gate. */
export const gatesOf = (gates: Gate[]): object[] =>
  [...new Map(gates.map((gate) => [`${gate.kind} ${gate.key}`, gate])).values()].map((gate) => {
    const { kind, key, rule, verdict } = gate
    const common = { kind, key, rule, verdict }
    return gate.kind === 'reservation'
      ? { ...common, ttl_ms: gate.ttl_ms, keep: gate.on_failure === 'keep' }
      : { ...common, limit: gate.limit, window_ms: gate.window_ms, message: gate.message }
  })

function endingOf(ending: Ending | null, gates: Gate[]): object | null {
  switch (ending?.kind) {
    case undefined:
      return null
    case 'answer': {
      const { kind, outcome } = ending
      return {
        kind,
        outcome: JSON.stringify(outcome),
        shown: JSON.stringify(withoutAnswer(outcome)),
        again: asksToBeTriedAgain(outcome),
        releases: releasesHolds(outcome),
      }
    }
    case 'group':
      return groupOf(ending)
    case 'transition':
      return transitionOf(ending)
    case 'schedule': {
      const { kind, rule, delay_ms, at_ms } = ending
      return { kind, rule, delay_ms, at_ms, passes: gates.map((gate) => gate.rule) }
    }
  }
}

function groupOf({ labels, member_labels, draft, deliver, member, ...ending }: GroupEnding): object {
  const { caller_id, auth_method, trace_id } = draft
  return {
    ...ending,
    provider: deliver.action.provider,
    action_type: deliver.action.action_type,
    labels: JSON.stringify(labels),
    member,
    bytes: Buffer.byteLength(member),
    member_labels: Object.entries(member_labels),
    context: JSON.stringify({ caller_id, auth_method, trace_id }),
    ...planTexts(deliver),
  }
}

const INDEXED_LABELS = 64
/** A long value is found by its hash. */
export const indexed = (value: string): string => (value.length <= 128 ? value : `\u0000${sha256(value)}`)

function transitionOf(ending: TransitionEnding): object {
  const { kind, rule, fingerprint, machine, action_type, labels, severity, deliver, draft } = ending
  return {
    kind,
    rule,
    fingerprint,
    machine: machineOf(machine),
    decided: decisionsOf(ending),
    action_type,
    labels: JSON.stringify(labels),
    index: Object.entries(labels)
      .slice(0, INDEXED_LABELS)
      .map(([label, value]) => [label, indexed(value)]),
    severity,
    provider: deliver.action.provider,
    ...planTexts(deliver),
    draft: JSON.stringify(draft),
    facts: factsOf(draft),
  }
}
