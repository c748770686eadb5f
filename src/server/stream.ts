import { Type, type Static } from 'typebox'
import type { Owned } from '../access/scope.js'
import { outcomeToWire, outcomeWord, type Outcome, type OutcomeType } from '../action/outcome.js'
import type { Cancel, Clock } from '../lib/clock.js'
import { isObject } from '../lib/json.js'
import type { Frame } from '../state/store.js'
import type { Feed } from './feed.js'
import type { Sse } from './sse.js'

/** What a stream may be narrowed to (wire section 9). */
export const StreamQuery = Type.Object({
  namespace: Type.Optional(Type.String()),
  tenant: Type.Optional(Type.String()),
  action_type: Type.Optional(Type.String()),
  outcome: Type.Optional(Type.String({ description: "An outcome's word, such as `suppressed`; dispatches only." })),
  event_type: Type.Optional(Type.String({ description: 'The kind of frame, such as `group_flushed`.' })),
  chain_id: Type.Optional(Type.String()),
  group_id: Type.Optional(Type.String()),
  action_id: Type.Optional(Type.String()),
})
export type StreamFilter = Static<typeof StreamQuery>

/** A frame's `data` as clients read it: the envelope first, then the fields of its type. */
export function frameData({ id, at, type, namespace, tenant, data }: Frame): Record<string, unknown> {
  const { outcome, ...rest } = data
  return {
    id,
    timestamp: new Date(at).toISOString(),
    type,
    namespace,
    tenant,
    ...rest,
    ...(outcome !== undefined && { outcome: shownOutcome(outcome) }),
  }
}

/** In wire form, without what a provider answered. */
function shownOutcome(outcome: unknown): unknown {
  const wire =
    isObject(outcome) && typeof outcome['type'] === 'string' ? outcomeToWire(outcome as unknown as Outcome) : outcome
  if (!isObject(wire)) return wire
  return Object.fromEntries(Object.entries(wire).map(([tag, fields]) => [tag, withoutAnswer(tag, fields)]))
}

function withoutAnswer(tag: string, fields: unknown): unknown {
  if (!isObject(fields)) return fields
  const blank = (answer: Record<string, unknown>) => ({ ...answer, body: null, headers: {} })
  if (tag === 'Executed') return blank(fields)
  if (tag === 'Rerouted' && isObject(fields['response'])) return { ...fields, response: blank(fields['response']) }
  return fields
}

/** The word of a frame's outcome; undefined for frames that have none. */
export function outcomeOf({ data: { outcome } }: Frame): string | undefined {
  if (typeof outcome === 'string') return outcomeWord(outcome as OutcomeType)
  if (!isObject(outcome)) return undefined
  const tag = typeof outcome['type'] === 'string' ? outcome['type'] : Object.keys(outcome)[0]
  return tag === undefined ? undefined : outcomeWord(tag as OutcomeType)
}

/** A frame as something that belongs to somebody. An outcome's provider may be another than was asked for. */
const ownedBy = ({ namespace, tenant, data }: Frame): Owned => ({
  namespace,
  tenant,
  provider: askedProvider(data['outcome']) ?? textOf(data['provider']),
  action_type: textOf(data['action_type']),
})
function askedProvider(outcome: unknown): string | undefined {
  if (!isObject(outcome)) return undefined
  const details = isObject(outcome['Rerouted']) ? outcome['Rerouted'] : outcome
  return textOf(details['original_provider'])
}
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Whether a reader may see a frame. */
export const maySee = (frame: Frame, sees: (thing: Owned) => boolean): boolean => sees(ownedBy(frame))

/** Whether a frame passes a filter. Ids are looked for where frames of that type carry them. */
export function passes(frame: Frame, filter: StreamFilter): boolean {
  const { data } = frame
  const same = (wanted: string | undefined, found: unknown): boolean => wanted === undefined || wanted === found
  return (
    same(filter.namespace, frame.namespace) &&
    same(filter.tenant, frame.tenant) &&
    same(filter.event_type, frame.type) &&
    same(filter.action_type, data['action_type']) &&
    same(filter.chain_id, data['chain_id']) &&
    same(filter.group_id, data['group_id']) &&
    same(filter.action_id, data['action_id']) &&
    (filter.outcome === undefined || outcomeOf(frame) === outcomeWord(filter.outcome as OutcomeType))
  )
}

const PAGE = 200
/** A reader that is further behind than this, and takes nothing, is closed. */
const MOST_BEHIND_BYTES = 1_048_576
/** How long a reader may take nothing before that is looked at. */
const PATIENCE_MS = 1_000

/**
 * Sends what follows a position, and goes on with what comes in, until the reader goes away. Nothing is read ahead of
 * what the reader takes, so a slow one costs no memory; one that takes nothing while more than 1 MiB is waiting for it
 * is closed with a hint.
 * @param from a position; null: from the oldest that is kept
 */
export async function pump(
  stream: Sse,
  {
    feed,
    clock,
    filter,
    sees,
    from,
  }: { feed: Feed; clock: Clock; filter: StreamFilter; sees: (thing: Owned) => boolean; from: string | null },
): Promise<void> {
  let position = from
  let wake: () => void = () => {}
  let woken = false
  const rouse = (): void => {
    woken = true
    wake()
  }
  const stopListening = feed.listen(rouse)
  stream.onClose(rouse)
  try {
    while (!stream.closed) {
      woken = false
      const { frames, lost } = await feed.after(position, PAGE)
      // How many is not known: at least one.
      if (lost) stream.event('lagged', { skipped: 1 })
      if (lost && frames.length === 0) position = await feed.end()
      for (const frame of frames) {
        if (stream.closed) return
        if (passes(frame, filter) && maySee(frame, sees)) stream.event(frame.type, frameData(frame), frame.id)
        position = frame.id
      }
      if (!(await taken(stream, () => (position === null ? 0 : feed.bytesAfter(position)), clock))) return
      if (frames.length === 0 && !woken && !stream.closed)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    stopListening()
  }
}

/** Waits until the reader has taken what was written; false once it was closed for taking nothing. */
async function taken(stream: Sse, bytesBehind: () => number, clock: Clock): Promise<boolean> {
  if (!stream.blocked) return true
  let free = false
  const drained = stream.drained().then(() => {
    free = true
  })
  while (!free && !stream.closed) {
    let cancel: Cancel = () => {}
    await Promise.race([drained, new Promise<void>((resolve) => (cancel = clock.after(PATIENCE_MS, resolve)))])
    cancel()
    if (free || stream.closed) break
    if (stream.queued + bytesBehind() > MOST_BEHIND_BYTES) {
      stream.end('too slow: more than 1 MiB was waiting; connect again with Last-Event-ID to go on without a gap')
      return false
    }
  }
  return !stream.closed
}
