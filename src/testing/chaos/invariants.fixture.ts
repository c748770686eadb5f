import { isDeepStrictEqual } from 'node:util'
import type { Outcome } from '../../action/outcome.js'
import type { AuditRecord } from '../../audit/record.js'
import { ActeonError, type ErrorCode } from '../../lib/errors.js'
import type { HistoryEntry } from '../../state/store.js'
import type { ProviderCall } from '../providers.js'
import {
  DELAY_MS,
  MAX_COUNT,
  MAX_RETRIES,
  STALE_AFTER_MS,
  TTL_MS,
  WINDOW_MS,
  type Asked,
  type Run,
} from './run.fixture.js'

const at = (record: AuditRecord): number => Date.parse(record.dispatched_at)
const ended = (record: AuditRecord): number => Date.parse(record.completed_at)

/** What clients, providers and records say of a run, and nothing of what nodes remember. */
interface Seen {
  asked: Asked[]
  calls: ProviderCall[]
  records: AuditRecord[]
}

/** Every promise that a run broke (spec section 12), as sentences; none when all held. */
export async function brokenPromises({ sim, asked }: Run): Promise<string[]> {
  const calls = ['fast', 'slow'].flatMap((name) => [...sim.provider(name).calls]).sort((a, b) => a.at - b.at)
  const seen: Seen = { asked, calls, records: await sim.records() }
  const stats = await sim.state.stats()
  const broken = [
    ...(['open', 'queued', 'parked', 'outbox'] as const)
      .filter((name) => stats[name] > 0)
      .map((name) => `P1: ${stats[name]} are still ${name} long after all was mended`),
    ...oneAnswer(seen),
    ...deliveries(seen),
    ...reservations(seen),
    ...windows(seen),
    ...batches(seen),
    ...schedules(seen),
    ...oneRecord(seen),
  ]
  for (const event of await sim.events()) {
    const history = await sim.state.history(event)
    broken.push(...versions(event.fingerprint, history), ...notifications(event.fingerprint, history, seen))
  }
  return broken
}

const asksAgain = (outcome: Outcome): boolean =>
  outcome.type === 'Failed' || outcome.type === 'Throttled' || outcome.type === 'CircuitOpen'

/** What a node may say on a bad day. */
const MAY_BE_TOLD: ReadonlySet<string> = new Set<ErrorCode>(['UNKNOWN_IF_ACCEPTED', 'STATE_UNAVAILABLE', 'IN_PROGRESS'])

/** P1, P2: each id has an answer in the end, and once it has one that stands, every later request gets the same. */
function* oneAnswer({ asked }: Seen): Iterable<string> {
  for (const [id, of] of grouped(asked, ({ request }) => request.id)) {
    const answered = of.filter((one): one is Asked & { answer: Outcome } => 'type' in one.answer)
    if (answered.length === 0) yield `P1: ${id} never got an outcome`
    for (const { answer } of of)
      if (answer instanceof ActeonError && !MAY_BE_TOLD.has(answer.code))
        yield `P1: ${id} was refused: ${answer.message}`
    const first = answered.filter(({ answer }) => !asksAgain(answer)).sort((a, b) => a.answeredAt - b.answeredAt)[0]
    if (first === undefined) continue
    for (const { askedAt, answer } of answered)
      if (askedAt > first.answeredAt && !isDeepStrictEqual(answer, first.answer))
        yield `P2: ${id} was answered ${JSON.stringify(first.answer)} and then ${JSON.stringify(answer)}`
  }
}

/** P3: the same body under the same key, only while the action is open, and no more often than allowed. */
function* deliveries({ calls, records }: Seen): Iterable<string> {
  const byAction = new Map(
    grouped(
      records.filter(({ kind }) => kind !== 'transition' && kind !== 'dead_letter'),
      ({ action_id }) => action_id,
    ),
  )
  for (const [key, of] of grouped(calls, ({ context }) => context.idempotency_key)) {
    const tries = byAction.get(key) ?? []
    for (const call of of)
      if (!tries.some((record) => at(record) <= call.at && call.at <= ended(record)))
        yield `P3: ${key} was sent at ${call.at}, when it was not open`
    for (const record of tries) {
      const during = of.filter((call) => at(record) <= call.at && call.at <= ended(record))
      if (during.some(({ action }) => !isDeepStrictEqual(action, during[0]!.action)))
        yield `P3: ${key} was sent with two bodies`
      const hands = 1 + (record.trace.takeovers ?? 0)
      if (during.length > (MAX_RETRIES + 1) * hands)
        yield `P3: try ${record.try} of ${key} made ${during.length} attempts in ${hands} hands`
      for (const [number, same] of grouped(during, ({ context }) => String(context.attempt)))
        if (same.length > hands)
          yield `P3: attempt ${number} of try ${record.try} of ${key} was made ${same.length} times in ${hands} hands`
    }
  }
}

/** P4: while a key is held nobody else passes, and nobody is a duplicate of nothing. */
function* reservations({ records, asked }: Seen): Iterable<string> {
  const keyOf = new Map(asked.map(({ request }) => [request.id, request.dedup_key]))
  const about = records.filter(({ kind, action_id }) => kind === 'dispatch' && keyOf.get(action_id) !== undefined)
  for (const [key, of] of grouped(about, ({ action_id }) => keyOf.get(action_id)!)) {
    const holds = of
      .filter(({ outcome }) => outcome !== 'deduplicated')
      .map((record) => ({
        id: record.action_id,
        from: at(record),
        until: ['failed', 'circuit_open'].includes(record.outcome)
          ? ended(record)
          : Math.max(at(record) + TTL_MS, ended(record)),
      }))
      .sort((a, b) => a.from - b.from)
    for (const one of holds)
      for (const other of holds)
        if (one.id !== other.id && one.from <= other.from && other.from < one.until && one !== other)
          yield `P4: ${other.id} passed while ${one.id} held key ${key}`
    for (const record of of)
      if (
        record.outcome === 'deduplicated' &&
        !holds.some(({ id, from, until }) => id !== record.action_id && from <= at(record) && at(record) <= until)
      )
        yield `P4: ${record.action_id} was held to be a duplicate while nobody held key ${key}`
  }
}

/** P5: no window lets more pass, and nobody is refused without need. */
function* windows({ records }: Seen): Iterable<string> {
  const about = records.filter(({ kind, action_type }) => kind === 'dispatch' && action_type === 'few')
  const passed = about
    .filter(({ outcome }) => outcome !== 'throttled')
    .map(at)
    .sort((a, b) => a - b)
  for (const [i, time] of passed.entries())
    if (passed[i + MAX_COUNT]! - time < WINDOW_MS)
      yield `P5: ${MAX_COUNT + 1} passed within ${passed[i + MAX_COUNT]! - time} ms`
  for (const record of about.filter(({ outcome }) => outcome === 'throttled')) {
    const within = passed.filter((time) => time > at(record) - WINDOW_MS && time <= at(record)).length
    if (within < MAX_COUNT) yield `P5: ${record.action_id} was refused although only ${within} had passed`
  }
}

/** P6: each member is in exactly one batch. */
function* batches({ records, calls }: Seen): Iterable<string> {
  const grouped_ = records.filter(({ kind, outcome }) => kind === 'dispatch' && outcome === 'grouped')
  const bodies = new Map(
    calls
      .filter(({ context }) => context.idempotency_key.startsWith('flush:'))
      .map(({ context, action }) => [context.idempotency_key, action.payload as { events: { id: string }[] }]),
  )
  const times = new Map<string, number>()
  for (const { events } of bodies.values()) for (const { id } of events) times.set(id, (times.get(id) ?? 0) + 1)
  for (const { action_id } of grouped_)
    if (times.get(action_id) !== 1) yield `P6: ${action_id} is in ${times.get(action_id) ?? 0} batches`
  for (const id of times.keys())
    if (!grouped_.some(({ action_id }) => action_id === id)) yield `P6: ${id} is in a batch and was never grouped`
}

/** P7: versions without gaps, each move from where the one before led; timeouts never early. */
function* versions(fingerprint: string, history: HistoryEntry[]): Iterable<string> {
  for (const [i, entry] of history.entries()) {
    const before = history[i - 1]
    if (entry.version !== i + 1) yield `P7: version ${entry.version} of ${fingerprint} comes ${i + 1}th`
    if (before !== undefined && entry.from !== (entry.occurrence === before.occurrence ? before.to : null))
      yield `P7: version ${entry.version} of ${fingerprint} is from ${entry.from}, and the one before led to ${before.to}`
    if ('timeout' in entry.by && entry.at - before!.at < STALE_AFTER_MS)
      yield `P8: ${fingerprint} timed out after ${entry.at - before!.at} ms`
  }
}

/** P7: one notification for each move that tells somebody, sent in the order of versions. */
function* notifications(fingerprint: string, history: HistoryEntry[], { calls, records }: Seen): Iterable<string> {
  const sent = calls.filter(({ context }) => context.event?.fingerprint === fingerprint)
  for (const [i, call] of sent.entries())
    if (i > 0 && call.context.event!.version < sent[i - 1]!.context.event!.version && !isRedelivered(call, records))
      yield `P7: version ${call.context.event!.version} of ${fingerprint} was sent after a later one`
  // An event that begins elsewhere than at its first state tells nobody.
  const told = history.filter(({ from, to }) => from !== null || to === 'firing').map(({ version }) => version)
  const called = new Set(sent.map(({ context }) => context.event!.version))
  for (const version of told) {
    const recorded = records.some(
      ({ kind, trace, action_id }) =>
        kind === 'notification' && trace.links.event === fingerprint && action_id.endsWith(`:${version}`),
    )
    if (!called.has(version) && !recorded) yield `P7: version ${version} of ${fingerprint} was told nobody`
  }
  for (const version of called)
    if (!told.includes(version)) yield `P7: version ${version} of ${fingerprint} was told, and tells nothing`
}

/** A notification that is sent again by hand goes to the end of the lane. */
const isRedelivered = ({ context, at: time }: ProviderCall, records: AuditRecord[]): boolean =>
  records.some(
    (record) =>
      record.action_id === context.idempotency_key && record.try > 1 && at(record) <= time && time <= ended(record),
  )

/** P8: what was scheduled goes out once, never early. */
function* schedules({ records, calls }: Seen): Iterable<string> {
  for (const parent of records.filter(({ kind, outcome }) => kind === 'dispatch' && outcome === 'scheduled')) {
    const id = `due:${parent.action_id}`
    if (!records.some(({ kind, action_id }) => kind === 'schedule' && action_id === id))
      yield `P8: ${parent.action_id} was scheduled and never came`
    for (const call of calls)
      if (call.context.idempotency_key === id && call.at < at(parent) + DELAY_MS)
        yield `P8: ${id} was sent ${at(parent) + DELAY_MS - call.at} ms early`
  }
}

/** P10: one record per try of each action, and it says what the client was told. */
function* oneRecord({ records, asked }: Seen): Iterable<string> {
  const kept = records.filter(({ kind }) => kind !== 'transition' && kind !== 'dead_letter')
  for (const [name, of] of grouped(kept, (record) => `${record.kind} ${record.action_id}, try ${record.try}`))
    if (of.length > 1) yield `P10: ${name} has ${of.length} records`
  for (const { request, answer } of asked)
    if ('type' in answer && !(answer.type === 'Failed' && answer.retrying === true)) {
      const word = answer.type.replace(/(?<!^)[A-Z]/g, (c) => `_${c}`).toLowerCase()
      if (!kept.some(({ action_id, outcome }) => action_id === request.id && outcome === word))
        yield `P10: ${request.id} was answered ${answer.type}, and no record says so`
    }
}

function grouped<T>(list: readonly T[], by: (one: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>()
  for (const one of list) {
    const name = by(one)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [one])
    else group.push(one)
  }
  return [...groups]
}
