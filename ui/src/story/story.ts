import { term } from '../lib/filter.ts'
import { shortId } from '../lib/formats.ts'
import { endOf, routeOf, tookOf } from './ending.ts'
import { at, object, text, type Fact, type Record_, type Rule, type Told, type WireStory } from './shapes.ts'
import {
  arrived,
  attempts,
  decided,
  gates,
  laterStep,
  nextOf,
  openEnd,
  outcomeStep,
  passedOver,
  twinsOf,
} from './steps.ts'

const MOST_TITLE = 80
/** A kind of action with what it is about, as it stands in a sentence. */
function named(type: string, subject: string | null): string {
  if (subject === null) return type
  return `${type} (${subject.length > MOST_TITLE ? `${subject.slice(0, MOST_TITLE - 1)}…` : subject})`
}

/**
 * Makes a story of what the server keeps of an action: the sentence, the answer, what happened in order, and the facts.
 * Pure: the same record gives the same story.
 */
export function tell(story: WireStory): Told {
  const own = story.records.filter(({ action_id, kind }) => action_id === story.action_id && kind === 'dispatch')
  const record = own.at(-1) ?? story.records.find(({ action_id }) => action_id === story.action_id)
  return record === undefined ? tellOpen(story) : tellSettled(story, record)
}

function tellSettled(story: WireStory, record: Record_): Told {
  const details = object(record.outcome_details)
  const what = named(record.action_type, story.subject)
  const { trace } = record
  const later = [
    ...story.records.filter(
      (other) =>
        other.id !== record.id && at(other.completed_at) >= at(record.dispatched_at) && other.kind !== 'dispatch',
    ),
    ...story.later,
  ]
  const own = endOf(record, details, what)
  const out = carriedOut(record, later)
  const end =
    out === undefined
      ? own
      : endOf(out, object(out.outcome_details), out.kind === 'flush' ? `${what} with its group` : what)
  const last = out?.kind === 'schedule' ? out : record
  return {
    id: story.action_id,
    scope: { tenant: story.tenant, namespace: story.namespace },
    title: end.title,
    answers: end.answers,
    steps: [
      arrived(record),
      ...decided(record.trace, record.rules_version, at(record.dispatched_at), record.verdict),
      ...gates(trace, at(record.dispatched_at)),
      ...passedOver(record, details),
      ...attempts(trace.attempts, record.outcome === 'rerouted' ? routeOf(record, details) : undefined),
      ...outcomeStep(record, out === undefined ? own : { ...own, glyph: 'step' }, trace.attempts.length > 0),
      ...later.map(laterStep),
      ...twinsOf(record),
      ...openEnd(story, record, later),
    ],
    facts: factsOf(record, details),
    payload: record.action_payload,
    ...leftOutOf(story, record.id),
    read: readPaths(trace.rules),
    found: foundIn(trace.rules),
    outcome: last.outcome,
    rule: record.matched_rule,
    provider: record.provider,
    type: record.action_type,
    deadLetter: last.trace.links.dead_letter ?? null,
    fingerprint: story.event?.fingerprint ?? null,
    open: story.status !== 'settled',
  }
}

/** What carried it out later, or did not: the sending of its group, or itself once its time came. */
function carriedOut({ outcome, dispatched_at }: Record_, later: Record_[]): Record_ | undefined {
  if (outcome === 'scheduled') return later.findLast(({ kind }) => kind === 'schedule')
  // A group that goes on may have been sent more than once since.
  if (outcome === 'grouped')
    return later.find((one) => one.kind === 'flush' && at(one.dispatched_at) >= at(dispatched_at))
  return undefined
}

function tellOpen(story: WireStory): Told {
  const { entry } = story
  const action = object(entry?.action ?? entry?.plan?.action)
  const type = text(action['action_type']) || 'The action'
  const provider = text(action['provider'])
  const dispatched = entry === null ? 0 : at(entry.dispatched_at)
  const next = nextOf(story, dispatched)
  const words: Record<WireStory['status'], string> = {
    running: 'is being delivered',
    queued: 'waits for its turn',
    parked: 'has not arrived yet',
    scheduled: 'is scheduled',
    settled: 'has no record',
  }
  return {
    id: story.action_id,
    scope: { tenant: story.tenant, namespace: story.namespace },
    title: `${named(type, story.subject)} ${words[story.status]}`,
    answers: [
      {
        glyph: 'waiting',
        strong: 'Not over yet.',
        text: `${next.title}${next.text === '' ? '' : ` ${next.text}`}.`,
      },
    ],
    steps: [
      { atMs: dispatched, glyph: 'step', title: 'Arrived', text: '' },
      ...(entry?.plan == null
        ? []
        : [
            ...decided(entry.plan.trace, entry.plan.rules_version, dispatched, entry.plan.verdict),
            ...gates(entry.plan.trace, dispatched),
          ]),
      ...attempts(entry?.attempts ?? []),
      next,
    ],
    facts: [
      { label: 'State', value: story.status, term: `state:${story.status}` },
      { label: 'Provider', value: provider, term: `provider:${provider}` },
      { label: 'Tenant', value: story.tenant, term: `tenant:${story.tenant}` },
      { label: 'Namespace', value: story.namespace, term: `ns:${story.namespace}` },
    ],
    payload: action['payload'] ?? null,
    ...leftOutOf(story, null),
    read: readPaths(entry?.plan?.trace.rules ?? []),
    found: foundIn(entry?.plan?.trace.rules ?? []),
    outcome: null,
    rule: entry?.plan?.matched_rule ?? null,
    provider,
    type,
    deadLetter: null,
    fingerprint: story.event?.fingerprint ?? null,
    open: true,
  }
}

function factsOf(record: Record_, details: Record<string, unknown>): Fact[] {
  const route = record.outcome === 'rerouted' ? routeOf(record, details) : null
  const facts: (Fact | null)[] = [
    { label: 'Outcome', value: record.outcome.replaceAll('_', ' '), term: `outcome:${record.outcome}` },
    route === null ? { label: 'Provider', value: record.provider, term: `provider:${record.provider}` } : null,
    route === null || route.addressed === route.wanted ? null : { label: 'Addressed', value: route.addressed },
    route === null
      ? null
      : {
          label: 'Wanted',
          value: route.wanted,
          term: `wanted:${route.wanted}`,
        },
    route === null ? null : { label: 'Got', value: route.got, term: `provider:${route.got}` },
    { label: 'Rule', value: record.matched_rule ?? 'none', term: `rule:${record.matched_rule ?? 'none'}` },
    { label: 'Took', value: tookOf(record) },
    { label: 'Type', value: record.action_type, term: `type:${record.action_type}` },
    { label: 'Tenant', value: record.tenant, term: `tenant:${record.tenant}` },
    { label: 'Namespace', value: record.namespace, term: `ns:${record.namespace}` },
    record.caller_id === '' ? null : { label: 'Caller', value: record.caller_id },
    record.trace.links.event === undefined
      ? null
      : {
          label: 'Event',
          value: record.trace.links.event,
          term: term('event', record.trace.links.event).text,
          mono: true,
        },
    record.trace.links.group === undefined ? null : { label: 'Group', value: record.trace.links.group, mono: true },
    record.trace_id === null ? null : { label: 'Trace', value: record.trace_id, mono: true },
    { label: 'Node', value: record.node },
    {
      label: 'Audit',
      value: record.sequence_number === null ? shortId(record.id) : `#${record.sequence_number}`,
      mono: record.sequence_number === null,
    },
    ...Object.entries(record.metadata)
      .filter(([name]) => !name.startsWith('__'))
      .map(([label, value]): Fact => ({ label, value })),
  ]
  return facts.filter((fact) => fact !== null)
}

/** @param record the one that the payload would be of; null: it would be of the entry */
const leftOutOf = ({ left_out = [] }: WireStory, record: string | null): Pick<Told, 'leftOut' | 'shortened'> => ({
  leftOut: left_out.find((one) => one.record === record)?.bytes ?? null,
  shortened: left_out.length > 0,
})

/** The values that conditions found at paths of the payload, each path once, in order. */
function foundIn(rules: Rule[]): Told['found'] {
  const all: Told['found'] = []
  for (const { part, found } of rules.flatMap(({ parts }) => parts ?? [])) {
    const [path] = /^payload(?:\.\S+)+(?= )/.exec(part) ?? []
    if (path !== undefined && !all.some((one) => one.path === path)) all.push({ path, found })
  }
  return all
}

/** The paths of the payload that conditions of matching rules name. */
function readPaths(rules: Rule[]): string[] {
  const parts = rules.filter(({ result }) => result === 'matched').flatMap(({ parts: own }) => own ?? [])
  return [
    ...new Set(
      parts.flatMap(({ part }) =>
        [...part.matchAll(/payload((?:\.[A-Za-z_][\w-]*)+)/g)].map(([, path]) => path!.slice(1)),
      ),
    ),
  ]
}
