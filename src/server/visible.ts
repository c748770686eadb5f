import type { FastifyRequest } from 'fastify'
import type { AuditFilter, AuditPage, AuditRecord, AuditStore } from '../audit/store.js'
import type { Owned, Scope } from '../access/scope.js'
import type { Trace } from '../audit/trace.js'
import type { Gateway, RulesBehind, Story } from '../gateway/gateway.js'
import { ownedRecord } from '../gateway/seen.js'
import { isObject } from '../lib/json.js'
import type { Page } from '../state/store.js'

/** How many are looked at in one go, and at most, for one page of what a caller may see. */
const PIECE = 500
const MOST = 100_000
const MOST_OFFSET = 10_000

type Asked = { limit: number; cursor: string | undefined }

/**
 * One page of what a caller may see: the store's lists know nothing of grants, so what the caller may not see is left out
 * here, and the page filled up with what follows.
 */
export async function visiblePage<T>(
  { limit, cursor }: Asked,
  page: (asked: Asked) => Promise<Page<T>>,
  sees: (item: T) => boolean,
  /** How many are asked of the store in one go. */
  pieceSize = PIECE,
): Promise<Page<T>> {
  const items: T[] = []
  let from = cursor
  for (let examined = 0; ;) {
    const piece = await page({ limit: pieceSize, cursor: from })
    for (const [i, item] of piece.items.entries()) {
      if (!sees(item)) continue
      items.push(item)
      if (items.length < limit || i === piece.items.length - 1) continue
      // The cursor behind this very item: the store alone can make it.
      const { next_cursor } = await page({ limit: i + 1, cursor: from })
      return { items, ...(next_cursor !== undefined && { next_cursor }) }
    }
    examined += piece.items.length
    from = piece.next_cursor
    if (from === undefined) return { items }
    if (items.length >= limit || examined >= MOST) return { items, next_cursor: from }
  }
}

/** A store's list, refused where a name in the query is not covered, and cut to what is and to what passes a filter. */
export function cutList<T>(
  { scope }: FastifyRequest,
  filter: { namespace?: string | undefined; tenant?: string | undefined },
  ownedBy: (item: T) => Owned,
  page: (asked: Asked) => Promise<Page<T>>,
  passes?: (item: T) => boolean,
): (asked: Asked) => Promise<Page<T>> {
  scope.refuse(filter)
  const all = scope.coversAllOf(filter)
  if (all && passes === undefined) return page
  return (asked) =>
    visiblePage(asked, page, (item) => (all || scope.covers(ownedBy(item))) && (passes === undefined || passes(item)))
}

/** Records that a caller may see. How many there are in all is told only where all of them may be seen. */
export async function visibleRecords(scope: Scope, audit: AuditStore, filter: AuditFilter): Promise<AuditPage> {
  scope.refuse(filter)
  if (scope.coversAllOf(filter)) return audit.query(filter)
  const { limit = 50, offset = 0, cursor, ...rest } = filter
  let scannedTo: string | undefined
  const skipped = cursor === undefined ? Math.min(offset, MOST_OFFSET) : 0
  const found = await visiblePage(
    { limit: limit + skipped, cursor },
    async (asked) => {
      const { records, next_cursor, scanned_to } = await audit.query({ ...rest, ...asked })
      scannedTo = scanned_to
      return { items: records, ...(next_cursor !== undefined && { next_cursor }) }
    },
    (record) => scope.covers(ownedRecord(record)),
  )
  return {
    records: found.items.slice(skipped),
    total: null,
    ...(found.next_cursor !== undefined && { next_cursor: found.next_cursor }),
    ...(scannedTo !== undefined && { scanned_to: scannedTo }),
  }
}

/** Whether a rule can concern anything that the caller may see; others' rules are not even named. */
export function seesRule({ identity, scope }: FastifyRequest, { rules }: Gateway): (name: string) => boolean {
  if (scope.all || scope.everywhere) return () => true
  const known = new Map<string, boolean>()
  return (name) => {
    let seen = known.get(name)
    if (seen === undefined) known.set(name, (seen = identity.grants.some((grant) => rules.reaches(name, grant))))
    return seen
  }
}

type Sees = (rule: string) => boolean

/** Of rules that an action met, those that can concern its reader. */
const shownLooks = <T extends { rule: string; result: string }>(looks: readonly T[], sees: Sees): T[] =>
  looks.filter(({ result, rule }) => result === 'matched' || sees(rule))

/** A trace names every rule that was looked at; those that cannot concern its reader are left out. */
const shownTrace = (trace: Trace, sees: Sees): Trace => ({ ...trace, rules: shownLooks(trace.rules, sees) })

/** @param everywhere whether its reader sees all tenants: only then the texts of rule files, which may name any of them */
export const shownRecord = (record: AuditRecord, sees: Sees, everywhere: boolean): AuditRecord => ({
  ...record,
  ...(!everywhere && record.kind === 'system' && { verdict_details: withoutTexts(record.verdict_details) }),
  trace: shownTrace(record.trace, sees),
})

function withoutTexts(details: unknown): unknown {
  if (!isObject(details) || !('texts' in details)) return details
  const { texts: _, ...others } = details
  return others
}

/** The rules behind the one that decided, as far as they concern their reader; how many do not. */
export function shownBehind(behind: RulesBehind, sees: Sees): RulesBehind & { not_shown: number } {
  const rules = shownLooks(behind.rules, sees)
  return { ...behind, rules, not_shown: behind.rules.length - rules.length }
}

/** A story as far as its reader may see it. */
export const shownStory = (story: Story, sees: Sees, everywhere: boolean): Story => ({
  ...story,
  records: story.records.map((record) => shownRecord(record, sees, everywhere)),
  later: story.later.map((record) => shownRecord(record, sees, everywhere)),
  entry:
    story.entry?.plan == null
      ? story.entry
      : { ...story.entry, plan: { ...story.entry.plan, trace: shownTrace(story.entry.plan.trace, sees) } },
})
