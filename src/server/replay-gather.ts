import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { FilterChip } from '../audit/filter.js'
import type { AuditRecord } from '../audit/store.js'
import { within, type Asked } from './asked.js'
import { matcherOf } from './matching.js'
import { inOrderOfDecision, keptOf, type Kept, type Missed } from './replay-kept.js'
import type { Traffic } from './traffic.js'

/** What of past traffic can be relived. */
export interface Gathered {
  /** What is relived, in the order in which it was decided about. */
  kept: Kept[]
  /** How many of them are compared: the newest that match. */
  compared: number
  /** When the oldest that is compared arrived, milliseconds; null: there are no more in the window. */
  oldest: number | null
  /** Of what is compared, or would be: what is left out, or not as it was sent. */
  counts: { payload: number; masked: number; changed: number; own: number; open: number }
  /** How many were decided by which version of the rules. */
  versions: ReadonlyMap<string, number>
  /** Back to when what others met was gathered, milliseconds; null: as far as rules remember. */
  remembered: number | null
}

export interface GatherTerms {
  /** So many are compared at the most. */
  limit: number
  /** So many are relived at the most. */
  most: number
  /** How long the rules remember: so far before the window begins, and beside the filter, what passed is relived as well. */
  memoryMs: number
  signal: AbortSignal
  records: number
  ms: number
}

/**
 * Gathers what is compared, and what it met: of the time before, what passed, as it is on record, because what was held
 * back took nothing; within the window everything, because other rules might have let it pass.
 */
export async function gather(
  traffic: Traffic,
  request: FastifyRequest,
  asked: Asked,
  { limit, most, memoryMs, signal, ...bounds }: GatherTerms,
): Promise<Gathered> {
  const counts = { payload: 0, masked: 0, changed: 0, own: 0, open: 0 }
  const versions = new Map<string, number>()
  const lists = new Map<string, readonly Missed[]>()
  const matches = matcherOf(asked.chips)
  const around: Asked =
    memoryMs === 0 ? asked : { ...asked, chips: asked.chips.filter(isScope), from: asked.from - memoryMs }
  const open = memoryMs === 0 ? [] : await traffic.openOnes(request, around)
  const settled = new Set<string>()
  // Newest first, as they are read.
  const found = new Set<Kept>()
  const compared: Kept[] = []
  const met: Kept[] = []
  let start = asked.from
  let isFull = false
  let missing: number | null = null

  function visit(record: AuditRecord): boolean {
    if (signal.aborted) return false
    const at = Date.parse(record.dispatched_at)
    if (at < start - memoryMs || (isFull && memoryMs === 0) || (missing !== null && at < start)) return false
    let isAsked = !isFull && within(asked, at) && matches(record)
    if (isAsked && compared.length === limit && isRelivable(record)) {
      isFull = true
      isAsked = false
      start = compared.at(-1)!.at
    }
    if (!isRelivable(record)) {
      if (isAsked) counts[record.kind === 'dispatch' ? 'payload' : 'own']++
      return true
    }
    if (open.length > 0) settled.add(nameOf(record))
    // What came after all that is compared bears on nothing; of the same millisecond it may have come before.
    if (compared.length === 0 && met.length > 0 && met.at(-1)!.at > at) forget()
    if (isAsked) tell(record, keep(record, compared))
    else if (missing === null && (at >= start || !TOOK_NOTHING.has(record.outcome))) keep(record, met)
    while (found.size > most && met.length > 0) {
      const oldest = met.pop()!
      found.delete(oldest)
      missing = Math.max(missing ?? -Infinity, oldest.at)
    }
    return true
  }

  function forget(): void {
    found.clear()
    met.length = 0
    missing = null
  }

  function keep(record: AuditRecord, among: Kept[]): Kept {
    const kept = keptOf(record, lists, among === compared)
    among.push(kept)
    found.add(kept)
    return kept
  }

  function tell({ trace, rules_version }: AuditRecord, { payload }: Kept): void {
    if (payload.includes('[REDACTED]')) counts.masked++
    if (trace.rules.some(({ result, verdict }) => result === 'matched' && verdict === 'modify')) counts.changed++
    versions.set(rules_version, (versions.get(rules_version) ?? 0) + 1)
  }

  const scannedTo = await traffic.each(request, around, visit, bounds)
  signal.throwIfAborted()
  await turn()
  if (compared.length === 0) forget()
  const newest = compared[0]?.at ?? -Infinity
  for (const record of open) {
    const at = Date.parse(record.dispatched_at)
    if (!isRelivable(record) || settled.has(nameOf(record))) continue
    if (within(asked, at) && matches(record)) counts.open++
    if (at <= newest) keep(record, met)
  }
  const isCut = scannedTo !== null && scannedTo >= start - memoryMs
  return {
    kept: inOrderOfDecision([...found].reverse()),
    compared: compared.length,
    oldest: isFull || (isCut && scannedTo > start) ? (compared.at(-1)?.at ?? null) : null,
    counts,
    versions,
    remembered: missing ?? (isCut && memoryMs > 0 ? scannedTo : null),
  }
}

const TOOK_NOTHING: ReadonlySet<string> = new Set(['deduplicated', 'throttled', 'suppressed'])

const isRelivable = ({ kind, action_payload }: AuditRecord): boolean => kind === 'dispatch' && action_payload !== null

const nameOf = ({ namespace, tenant, action_id, try: attempt }: AuditRecord): string =>
  JSON.stringify([namespace, tenant, action_id, attempt])

/** What rules remember they remember of one tenant in one namespace. */
const isScope = (chip: FilterChip): boolean => chip.kind === 'field' && (chip.key === 'tenant' || chip.key === 'ns')
