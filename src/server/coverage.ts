import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { RuleView } from '../gateway/gateway.js'
import type { Coverage } from './analytics-shapes.js'
import { iso, isoOrNull } from './lists.js'
import type { Asked } from './asked.js'
import type { Cell, Traffic } from './traffic.js'

type Answer = Static<typeof Coverage>
type Entry = Answer['entries'][number]

const DAY_MINUTES = 1_440
const MOST_ENTRIES = 1_000
const LOOKED_FOR = { records: 20_000, ms: 1_000 }
/** Verdicts that close a plan: a rule of these that matches decides. */
const ENDINGS: ReadonlySet<string> = new Set(['allow', 'suppress', 'group', 'state_machine', 'schedule'])

/**
 * Which kinds of actions rules decide, which they let pass undecided, and which rules match nothing.
 * @param rules those that the caller may know of
 */
export async function coverageOf(
  request: FastifyRequest,
  asked: Asked,
  rules: readonly RuleView[],
  traffic: Traffic,
): Promise<Answer> {
  const keys = ['namespace', 'tenant', 'provider', 'action_type', 'rule'] as const
  const { cells } = await traffic.cells(request, asked, keys, DAY_MINUTES)
  const known = new Set(rules.map(({ name }) => name))
  const entries = entriesOf(cells, known)
  const count = (test: (entry: Entry) => boolean): number => entries.filter(test).length
  const oldest = cells.reduce<number | null>((first, { at }) => (first === null ? at : Math.min(first, at)), null)
  return {
    scanned_from: iso(asked.from),
    scanned_to: iso(asked.to),
    oldest: isoOrNull(oldest),
    total_actions: entries.reduce((sum, { total }) => sum + total, 0),
    unique_combinations: entries.length,
    fully_covered: count(({ uncovered }) => uncovered === 0),
    partially_covered: count(({ covered, uncovered }) => covered > 0 && uncovered > 0),
    uncovered: count(({ covered }) => covered === 0),
    rules_loaded: rules.length,
    entries: entries.slice(0, MOST_ENTRIES),
    unmatched_rules: await unmatched(request, asked, cells, rules, traffic),
  }
}

function entriesOf(cells: readonly Cell[], known: ReadonlySet<string>): Entry[] {
  const entries = new Map<string, Entry>()
  for (const { record, count } of cells) {
    const { namespace, tenant, provider, action_type, matched_rule: rule } = record
    const key = JSON.stringify([namespace, tenant, provider, action_type])
    const entry = entries.get(key) ?? {
      ...{ namespace, tenant, provider, action_type },
      ...{ total: 0, covered: 0, uncovered: 0, matched_rules: [] },
    }
    entries.set(key, entry)
    entry.total += count
    if (rule === null) entry.uncovered += count
    else entry.covered += count
    if (rule !== null && known.has(rule) && !entry.matched_rules.includes(rule)) entry.matched_rules.push(rule)
  }
  for (const { matched_rules } of entries.values()) matched_rules.sort()
  return [...entries.values()].sort((a, b) => b.uncovered - a.uncovered || b.total - a.total)
}

/** The roll-up knows which rule decided; one that matches and leaves the decision to another is only in records. */
async function unmatched(
  request: FastifyRequest,
  asked: Asked,
  cells: readonly Cell[],
  rules: readonly RuleView[],
  traffic: Traffic,
): Promise<string[]> {
  const decided = new Set(cells.map(({ record }) => record.matched_rule))
  const quiet = new Map(
    rules.filter(({ name, enabled }) => enabled && !decided.has(name)).map((rule) => [rule.name, rule]),
  )
  if (quiet.size === 0) return []
  const scannedTo = await traffic.each(
    request,
    asked,
    ({ matched_rules }) => {
      for (const name of matched_rules) quiet.delete(name)
      return quiet.size > 0
    },
    LOOKED_FOR,
  )
  return [...quiet.values()].filter(({ verdict }) => scannedTo === null || ENDINGS.has(verdict)).map(({ name }) => name)
}
