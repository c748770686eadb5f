import { duration, plural, time, times } from '../lib/formats.ts'
import { ordinal, routeOf, type End } from './ending.ts'
import { at, object, text, type Attempt, type Record_, type Shape, type Step, type WireStory } from './shapes.ts'

const METHODS: Readonly<Record<string, string>> = {
  api_key: ', with an API key',
  jwt: ', with a token',
  session: ', signed in with a browser',
}

export function arrived(record: Record_): Step {
  const from = record.caller_id === '' ? 'a caller without a name' : record.caller_id
  const { links } = record.trace
  const origin = links.replayed_from ?? links.scheduled_by ?? links.caused_by
  return {
    atMs: at(record.dispatched_at),
    glyph: 'step',
    title: 'Arrived',
    text: `from ${from}${METHODS[record.auth_method] ?? ''}${record.try > 1 ? `, try ${record.try} of this id` : ''}`,
    ...(origin !== undefined && {
      link: {
        id: origin,
        title:
          links.replayed_from !== undefined
            ? 'replayed from'
            : links.scheduled_by !== undefined
              ? 'scheduled by'
              : 'caused by',
      },
    }),
  }
}

export function decided(trace: Shape['Trace'], version: string, atMs: number, verdict: string): Step[] {
  const { rules, rules_behind: behind = 0, rules_omitted: omitted = 0 } = trace
  if (rules.length === 0)
    return [
      {
        atMs,
        glyph: 'step',
        title: 'No rule was looked at',
        text: omitted === 0 ? '' : `${plural(omitted, 'rule')} could not match this kind of action`,
      },
    ]
  const matched = rules.filter(({ result }) => result === 'matched').length
  return [
    {
      atMs,
      glyph: 'step',
      title: matched === 0 ? 'No rule matched' : 'Rules decided',
      text: `${rules.length} looked at, in order${matched > 1 ? `, ${matched} matched` : ''}`,
      rules,
      ...(behind > 0 && { behind }),
      note: `${omitted === 0 ? '' : `${plural(omitted, 'other rule')} could not match this kind of action. `}Rules ${version.slice(0, 12)}${verdict === '' ? '' : `, verdict ${verdict.replaceAll('_', ' ')}`}.`,
    },
  ]
}

export function gates({ gates: all, links }: Shape['Trace'], atMs: number): Step[] {
  const passed = all.filter(({ would }) => would === 'pass')
  const steps: Step[] = []
  if (passed.length > 0)
    steps.push({
      atMs,
      glyph: 'step',
      title: 'Gates passed',
      text: passed
        .map(({ rule, used, limit }) => (limit === undefined ? rule : `${rule} (${used ?? 0} of ${limit} used)`))
        .join(', '),
    })
  for (const gate of all.filter(({ would }) => would === 'refuse')) {
    const holder = gate.holder ?? links.duplicate_of
    const full = gate.limit === undefined ? '' : `limit ${gate.limit}, all taken`
    steps.push({
      atMs,
      glyph: 'held',
      title: `Stopped by ${gate.rule}`,
      text: [full, gate.retry_after_ms === undefined ? '' : `free at ${time(atMs + gate.retry_after_ms)}`]
        .filter((part) => part !== '')
        .join(', '),
      ...(holder !== undefined && { link: { id: holder, title: 'the same as' } }),
    })
  }
  return steps
}

/** The planned provider was not even asked: its circuit was open, and another stood in. */
export function passedOver(record: Record_, details: Record<string, unknown>): Step[] {
  if (record.outcome !== 'rerouted') return []
  const { wanted, stood } = routeOf(record, details)
  if (!stood || record.trace.attempts.some(({ provider }) => provider === wanted)) return []
  return [
    {
      atMs: at(record.dispatched_at),
      glyph: 'broken',
      title: `${wanted} was not asked`,
      text: 'its circuit was open',
    },
  ]
}

/** Attempts that follow each other at one provider are one step; the one that took it another way says so. */
export function attempts(all: Attempt[], route?: { got: string; stood: boolean }): Step[] {
  const steps: Step[] = []
  for (const attempt of all) {
    const last = steps.at(-1)
    if (last?.attempts !== undefined && last.attempts[0]!.provider === attempt.provider) last.attempts.push(attempt)
    else steps.push({ atMs: at(attempt.at), glyph: 'step', title: '', text: '', attempts: [attempt] })
  }
  for (const step of steps) {
    const own = step.attempts!
    const { provider } = own[0]!
    const failed = own.filter(({ result }) => result !== 'success').length
    const took = own.at(-1)!.result === 'success'
    const bent = took && route?.got === provider
    step.glyph = bent ? 'rerouted' : took ? 'delivered' : 'broken'
    step.title = took
      ? bent && route.stood && failed === 0
        ? `Delivered by the fallback ${provider}`
        : failed === 0
          ? `${provider} took it`
          : `${provider} took it at the ${ordinal(own.length)} try`
      : `${provider} failed ${times(failed)}`
    step.text =
      took && failed === 0
        ? `${own[0]!.status === undefined ? '' : `${own[0]!.status} `}in ${duration(own[0]!.duration_ms)}`
        : ''
    const waits = own.slice(0, -1).flatMap(({ backoff_ms }) => (backoff_ms === undefined ? [] : [duration(backoff_ms)]))
    const said = own.findLast(({ excerpt, error }) => (excerpt ?? error) !== undefined && (excerpt ?? error) !== '')
    const parts = [
      waits.length === 0 ? '' : `Waited ${waits.join(' and ')} between attempts.`,
      said === undefined ? '' : `Last answer: “${(said.excerpt ?? said.error)!.slice(0, 300).replace(/\.$/, '')}”.`,
    ].filter((part) => part !== '')
    if (parts.length > 0 && !(took && failed === 0)) step.note = parts.join(' ')
  }
  return steps
}

export function outcomeStep(record: Record_, end: End, attempted: boolean): Step[] {
  // The last attempt has already said it.
  if ((record.outcome === 'executed' || record.outcome === 'rerouted') && attempted) return []
  // The gate's step says why.
  if (end.glyph === 'held' && record.trace.gates.some(({ would }) => would === 'refuse'))
    return [{ atMs: at(record.completed_at), glyph: 'held', title: end.word, text: 'nothing was sent' }]
  const told = attempted && record.outcome === 'failed'
  return [
    {
      atMs: at(record.completed_at),
      glyph: end.glyph,
      title: end.word,
      text: told
        ? record.trace.links.dead_letter === undefined
          ? 'given up'
          : 'kept as a dead letter'
        : (end.answers[0]?.text ?? ''),
    },
  ]
}

export function laterStep(record: Record_): Step {
  const details = object(record.outcome_details)
  const provider = record.delivered_by ?? record.provider
  const broken = record.outcome === 'failed' || record.outcome === 'circuit_open'
  const titles: Record<Record_['kind'], string> = {
    dispatch: `Also: ${record.action_type}`,
    flush: broken ? `Its group did not arrive at ${provider}` : `Its group was sent by ${provider}`,
    notification: `${provider} ${broken ? 'could not be told' : 'was told'} of the event`,
    schedule: details['code'] === 'CANCELLED' ? 'Called off' : 'Its time came',
    transition: `The event moved${details['new_state'] === undefined ? '' : ` to ${text(details['new_state'])}`}`,
    dead_letter: `Dead letter: ${record.outcome.replaceAll('_', ' ')}`,
    system: record.outcome.replaceAll('_', ' '),
  }
  return {
    atMs: at(record.completed_at),
    glyph: broken ? 'broken' : record.delivered_by === null ? 'step' : 'delivered',
    title: titles[record.kind],
    text: [text(details['reason'] ?? details['message']), record.caller_id === '' ? '' : `by ${record.caller_id}`]
      .filter((part) => part !== '')
      .join(', '),
  }
}

/** What an action that has not ended waits for, and until when. */
export function nextOf({ status, entry }: WireStory, sinceMs: number): Step {
  const due = entry?.due_at ?? null
  const when = due === null ? '' : `at ${time(at(due))}`
  const words: Record<WireStory['status'], [title: string, text: string]> = {
    running: ['It is being delivered', ''],
    queued: ['It waits for its turn', 'and goes out when those before it are done'],
    parked: ['It will be tried again', when],
    scheduled: ['Its time comes', when === '' ? '' : `${when}, and the rules then decide again`],
    settled: ['Under way', ''],
  }
  const [title, text] = words[status]
  return { atMs: due === null ? sinceMs : at(due), glyph: 'waiting', title, text }
}

export function twinsOf({ trace, completed_at }: Record_): Step[] {
  const twins = trace.links.duplicates
  if (twins === undefined || twins.count === 0) return []
  return [
    {
      atMs: at(completed_at),
      glyph: 'held',
      title: `${plural(twins.count, 'repeat')} held back because of this one`,
      text: '',
      ...(twins.last[0] !== undefined && { link: { id: twins.last[0], title: 'the last' } }),
    },
  ]
}

/** What has not ended yet ends with what will happen next. */
export function openEnd(story: WireStory, record: Record_, later: Record_[]): Step[] {
  const steps: Step[] = []
  if (story.status !== 'settled' && story.entry !== null) steps.push(nextOf(story, at(record.completed_at)))
  const told = later.some(
    ({ kind, completed_at }) => kind === 'notification' && at(completed_at) >= at(record.dispatched_at),
  )
  // Of an event that much has happened to since, not all records are here.
  const newest = story.event?.active === true && story.event.last_action_id === story.action_id
  if (object(record.outcome_details)['notify'] === true && newest && !told)
    steps.push({
      atMs: at(record.completed_at),
      glyph: 'waiting',
      title: 'Its notification is on its way',
      text: `to ${record.provider}; nothing is known yet of how it ended`,
    })
  if (story.event !== null && story.event.active) {
    const { state, count, notified_count, next_timeout, last_seen_at } = story.event
    const next =
      next_timeout === null
        ? 'it stays so until an action or somebody moves it'
        : `${next_timeout.to} at ${time(at(next_timeout.at))}`
    steps.push({
      atMs: at(last_seen_at),
      glyph: 'waiting',
      title: `Still ${state}`,
      text: `${plural(count, 'action')} for this event, ${plural(notified_count, 'notification')}; ${next}`,
    })
  }
  return steps
}
