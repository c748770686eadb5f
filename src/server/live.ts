import { Type, type Static } from 'typebox'
import type { FilterChip } from '../audit/filter.js'
import { carrierOf, type AuditRecord } from '../audit/record.js'
import type { AuditStore } from '../audit/store.js'
import type { Cancel, Clock } from '../lib/clock.js'
import type { Frame } from '../state/store.js'
import type { Owned } from '../access/scope.js'
import type { Feed } from './feed.js'
import { frameMatcher, frameRecord, frameRow } from './frames.js'
import { createPatches } from './patches.js'
import type { Sse } from './sse.js'
import { maySee, passes, type StreamFilter } from './stream.js'
import { actionRow } from './views.js'

/** What happened within a second. */
export const LiveCounts = Type.Object(
  {
    at: Type.String({ format: 'date-time' }),
    seconds: Type.Number(),
    outcomes: Type.Record(Type.String(), Type.Integer()),
    matched: Type.Union([Type.Integer(), Type.Null()], {
      description: 'How many of them pass the filter text; null: not all could be looked at.',
    }),
    flows: Type.Array(
      Type.Object({
        action_type: Type.String(),
        rule: Type.Union([Type.String(), Type.Null()], { description: 'The deciding rule; null: none.' }),
        provider: Type.String(),
        outcome: Type.String(),
        count: Type.Integer(),
      }),
    ),
  },
  { title: 'LiveCounts' },
)
export type LiveCounts = Static<typeof LiveCounts>

/** Actions that passed the filter and are not told of one by one. */
export const LiveGap = Type.Object(
  {
    at: Type.String({ format: 'date-time' }),
    skipped: Type.Union([Type.Integer(), Type.Null()], { description: 'null: nobody knows how many.' }),
  },
  { title: 'LiveGap' },
)

const SUMMARIES_PER_SECOND = 20
const PATCHES_PER_SECOND = 200
/** So many records are read to match what a frame alone does not say. */
const LOOKUPS_PER_SECOND = 100
const MOST_FLOWS = 200
const TICK_MS = 1_000
const PAGE = 500

interface Second {
  outcomes: Record<string, number>
  flows: Map<string, LiveCounts['flows'][number]>
  matched: number
  patches: number
  lookups: number
  skipped: number
  /** Some could not be matched. */
  unsure: boolean
}
const emptySecond = (): Second => ({
  ...{ outcomes: {}, flows: new Map(), matched: 0, patches: 0, lookups: 0, skipped: 0, unsure: false },
})

/**
 * Sends what a page shows: each second what happened, counted; what passes its filter one by one as long as that is
 * little, and how much was left out where it was not; and what becomes later of those that it told of. It cannot be
 * resumed; a page asks the lists for what was before.
 */
export async function pumpLive(
  stream: Sse,
  machine: {
    feed: Feed
    clock: Clock
    audit: AuditStore | null
    filter: StreamFilter
    chips: readonly FilterChip[]
    sees: (thing: Owned) => boolean
    from: string
  },
): Promise<void> {
  const { feed, clock, audit, filter, sees } = machine
  const patches = createPatches(audit)
  const matches = frameMatcher(machine.chips)
  let position = machine.from
  let second = emptySecond()
  let wake: () => void = () => {}
  let woken = false
  let cancelTick: Cancel = () => {}
  const rouse = (): void => {
    woken = true
    wake()
  }
  const now = (): string => new Date(clock.now()).toISOString()
  const tick = (): void => {
    cancelTick = clock.after(TICK_MS, () => {
      const { outcomes, flows, skipped, matched, unsure } = second
      second = emptySecond()
      if (skipped > 0 || unsure) stream.event('gap', { at: now(), skipped: unsure ? null : skipped })
      stream.event('counts', {
        ...{ at: now(), seconds: TICK_MS / 1_000, outcomes, matched: unsure ? null : matched },
        flows: [...flows.values()],
      })
      // A page that is not looked at takes nothing; what it missed it will ask for.
      if (stream.blocked) stream.end('too slow')
      tick()
    })
  }

  async function take(frame: Frame): Promise<void> {
    const bare = frameRecord(frame)
    count(second, bare)
    let record: AuditRecord | null = null
    let passed = matches.frame(frame, bare)
    if (passed === null && second.lookups++ < LOOKUPS_PER_SECOND) {
      record = await recordOf(audit, frame, bare)
      passed = record === null ? null : matches.record(record)
    }
    if (passed === null) second.unsure = true
    const tells = passed === true && ++second.matched <= SUMMARIES_PER_SECOND
    if (passed === true && !tells) second.skipped++
    if (!tells && !patches.concerns(frame)) return
    // The record says more: what it is about, who was wanted.
    record ??= await recordOf(audit, frame, bare)
    for (const patch of await patches.of(frame, record ?? bare))
      if (++second.patches <= PATCHES_PER_SECOND) stream.event('patch', patch)
      else second.skipped++
    if (!tells) return
    stream.event('action', record === null ? frameRow(frame, bare) : actionRow(record))
    patches.tell(frame)
  }

  const stopListening = feed.listen(rouse)
  stream.onClose(rouse)
  tick()
  try {
    while (!stream.closed) {
      woken = false
      const { frames, lost } = await feed.after(position, PAGE)
      if (lost) stream.event('gap', { at: now(), skipped: null })
      if (lost && frames.length === 0) position = await feed.end()
      for (const frame of frames) {
        position = frame.id
        if (frame.type === 'action_dispatched' && passes(frame, filter) && maySee(frame, sees)) await take(frame)
      }
      if (frames.length === 0 && !woken && !stream.closed)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    cancelTick()
    stopListening()
  }
}

function count(second: Second, record: AuditRecord): void {
  const { action_type, matched_rule: rule, outcome } = record
  const flow = { action_type, rule, provider: carrierOf(record), outcome }
  second.outcomes[flow.outcome] = (second.outcomes[flow.outcome] ?? 0) + 1
  const key = JSON.stringify(flow)
  const known = second.flows.get(key)
  if (known !== undefined) known.count++
  else if (second.flows.size < MOST_FLOWS) second.flows.set(key, { ...flow, count: 1 })
}

/** The record of what a frame tells of; null where it is not there, or not yet. */
async function recordOf(
  audit: AuditStore | null,
  { namespace, tenant }: Frame,
  { action_id, kind }: AuditRecord,
): Promise<AuditRecord | null> {
  try {
    const records = await audit?.ofAction(action_id, { namespace, tenant })
    return records?.findLast((record) => record.kind === kind) ?? null
  } catch {
    // The line is shown with what its frame says rather than not at all.
    return null
  }
}
