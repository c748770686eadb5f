import type { Shape } from '../../api/client.ts'
import { count } from '../../lib/formats.ts'

export type Rule = Shape['Rule']
export type Evaluation = Shape['EvaluateAnswer']

const DOES: Record<string, string> = {
  allow: 'lets it through',
  suppress: 'holds it back',
  deduplicate: 'holds repeats back',
  throttle: 'limits how many go out',
  reroute: 'sends it to another provider',
  modify: 'changes what is sent',
  group: 'collects it with others',
  state_machine: 'tracks it as an event',
  schedule: 'sends it later',
}
/** What a rule does with what it matches: `holds repeats back`. */
export const doesWhat = (verdict: string): string => DOES[verdict] ?? verdict.replaceAll('_', ' ')

const ORDINALS = ['first', 'second', 'third']
/** `first`, `second`, `4th`, `21st`. */
export function ordinal(n: number): string {
  const word = ORDINALS[n - 1]
  if (word !== undefined) return word
  const tail = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${tail}`
}

/** The page's sentence: how many decide, and how many are off. */
export function rulesSentence(rules: readonly Rule[]): string {
  const off = rules.filter(({ enabled }) => !enabled).length
  const on = rules.length - off
  const decide = on === 1 ? 'One rule decides.' : `${on} rules decide, the first that closes the matter ends it.`
  return off === 0 ? decide : `${decide} ${off === 1 ? 'One is off.' : `${off} are off.`}`
}

/** What would become of an action, in words; the result that colours it. */
export interface Foreseen {
  sentence: string
  tone: 'delivered' | 'held' | 'waiting' | 'broken' | 'neutral'
  /** Where it would be sent; null: nowhere at once. */
  target: string | null
}

const WAITS: Record<string, string> = {
  group: 'collected with others and sent later',
  schedule: 'sent later',
  state_machine: 'tracked as an event',
}

/**
 * @param verdict of the plan
 * @param rule that decided; null: none matched
 * @param provider that the plan ends at
 * @param wanted that was asked for
 * @param gates rules that it would have to pass, and that were not asked
 * @param refusedBy rule whose gate would refuse it now; null: none, or nobody looked
 */
export function foresee(
  verdict: string,
  rule: string | null,
  provider: string,
  wanted: string,
  refusedBy: string | null = null,
  gates: readonly string[] = [],
): Foreseen {
  if (refusedBy !== null)
    return { sentence: `It would be held back now: ${refusedBy} has let enough through.`, tone: 'held', target: null }
  const by = rule === null ? 'No rule matches' : `The rule ${rule} decides`
  if (verdict === 'suppress')
    return { sentence: `${by}: it would be held back, and nobody told.`, tone: 'held', target: null }
  const waits = WAITS[verdict]
  if (waits !== undefined) return { sentence: `${by}: it would be ${waits}.`, tone: 'waiting', target: null }
  const unless =
    gates.length === 0 ? '' : `, if ${gates.join(' and ')} ${gates.length === 1 ? 'lets' : 'let'} it through`
  if (provider !== wanted)
    return {
      sentence: `${by}: it would be sent to ${provider} instead of ${wanted}${unless}.`,
      tone: 'delivered',
      target: provider,
    }
  return { sentence: `${by}: it would be sent to ${provider}${unless}.`, tone: 'delivered', target: provider }
}

/** The playground's rules as the story shows them. */
export const tried = ({ trace }: Evaluation) =>
  trace.map(({ rule_name, result, action, parts, skip_reason, error, note }) => ({
    rule: rule_name,
    result,
    verdict: action,
    ...(parts !== undefined && { parts }),
    ...((skip_reason ?? error ?? note) !== undefined && { note: skip_reason ?? error ?? note }),
  }))

/** Reads a text as a JSON object. @returns what is wrong, for people, or the object */
export function readObject(text: string): { value: Record<string, unknown> } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { value: value as Record<string, unknown> }
    return { problem: 'An object in braces is expected.' }
  } catch (error) {
    return { problem: `This is no JSON yet: ${error instanceof Error ? error.message : String(error)}.` }
  }
}

const ASKED = [
  'namespace',
  'tenant',
  'provider',
  'action_type',
  'payload',
  'metadata',
  'dedup_key',
  'status',
  'fingerprint',
]
/** What the playground reads of a past action: its content, neither its id nor its times. */
export const inputOf = (action: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    ASKED.flatMap((key) => {
      const value = action[key]
      const empty = value == null || (key === 'metadata' && Object.keys(value).length === 0)
      return empty ? [] : [[key, value]]
    }),
  )

/** An action to begin with: in the scope that is looked at, and one that the person's first grant covers. */
export function exampleOf(
  { tenant, namespace }: { tenant?: string | undefined; namespace?: string | undefined },
  grant?: Shape['Me']['grants'][number],
) {
  const granted = (names: string[] | undefined, otherwise: string): string =>
    names?.[0] === undefined || names.includes('*') ? otherwise : names[0]
  return {
    namespace: namespace ?? granted(grant?.namespaces, 'default'),
    tenant: tenant ?? granted(grant?.tenants, 'default'),
    provider: granted(grant?.providers, 'email'),
    action_type: granted(grant?.actions, 'hello'),
    payload: { summary: 'A first try', severity: 'info' },
  }
}

/** What publishing would change: `1 rule would change: page-critical.` */
export function changesSentence({ added, changed, removed }: Shape['RulesCheck']['changes']): string {
  const parts: [names: string[], verb: string][] = [
    [added, 'be added'],
    [changed, 'change'],
    [removed, 'be gone'],
  ]
  const told = parts.flatMap(([names, verb]) =>
    names.length === 0
      ? []
      : [`${names.length === 1 ? '1 rule' : `${names.length} rules`} would ${verb}: ${names.join(', ')}`],
  )
  return told.length === 0 ? 'It is valid, and no rule would differ.' : `${told.join('; ')}.`
}

/** The server keeps longer texts out of its records. */
const LONGEST_KEPT = 131_072

/** What deleting a file would do: `2 rules stop deciding: a, b. The history keeps the text of the file, with secrets masked.` */
export function deletionSentence(
  { valid, problems, rules, changes: { removed } }: Shape['RulesCheck'],
  { text, recorded }: { text: string; recorded: boolean },
): string {
  if (!valid) {
    const [first] = problems
    return `It cannot be deleted, because the other files are not valid: ${first?.file ?? ''}: ${first?.message ?? ''}.`
  }
  const gone =
    removed.length === 0
      ? 'No rule of it runs.'
      : removed.length === 1
        ? `1 rule stops deciding: ${removed[0]!}.`
        : `${removed.length} rules stop deciding: ${removed.join(', ')}.`
  const rest = rules === 0 ? ' No rule is left.' : ''
  const kept =
    recorded && text.length <= LONGEST_KEPT
      ? 'The history keeps the text of the file, with secrets masked.'
      : 'The text of the file is not kept anywhere here.'
  return `${gone}${rest} ${kept}`
}

/** Where each rule of a file is named: its line, from 1. */
export function ruleLines(text: string): { name: string; line: number }[] {
  return text.split('\n').flatMap((line, i) => {
    const [, double, single, plain] =
      /^ *- +name *: *(?:"([^"]+)"|'([^']+)'|([^\s#][^#]*?)) *(?:#.*)?$/.exec(line) ?? []
    const name = double ?? single ?? plain
    return name === undefined ? [] : [{ name, line: i + 1 }]
  })
}

type Part = Shape['RulePartCounts']['rules'][number]['parts'][number]
const COMBINES: ReadonlySet<string> = new Set(['all', 'any', 'not'])

/** `40 of 1,000`; where the rules that run make something else of it, `12 → 40 of 1,000`. */
function held({ looked_at, passed, before }: Part): string {
  if (before !== null && before.passed !== passed)
    return `${count(before.passed)} → ${count(passed)} of ${count(looked_at)}`
  return looked_at === 0 ? 'not looked at' : `${count(passed)} of ${count(looked_at)}`
}

/** What stands behind the lines of conditions. What combines others stands only where none of these is on its line. */
export function partNotes(rules: Shape['RulePartCounts']['rules']): { line: number; text: string; changes: boolean }[] {
  const lines = new Map<number, Part[]>()
  for (const part of rules.flatMap(({ parts }) => parts)) lines.set(part.line, [...(lines.get(part.line) ?? []), part])
  return [...lines].map(([line, parts]) => {
    const single = parts.filter(({ kind }) => !COMBINES.has(kind))
    const shown = single.length > 0 ? single : parts.slice(0, 1)
    return {
      line,
      text: shown.map(held).join(' · '),
      changes: shown.some(({ before, passed }) => before !== null && before.passed !== passed),
    }
  })
}

/** `alice published rules.yaml`, `carol deleted old.yaml`, `bob switched quiet-hours off`. */
export function changeSentence({ by, kind, path, before, after, rules, switched }: Shape['RuleChange']): string {
  if (kind === 'published') {
    const did = after === null ? 'deleted' : before === null ? 'added' : 'published'
    return `${by} ${did} ${path ?? 'a file'}`
  }
  const [rule = 'a rule'] = rules.changed
  return switched === null
    ? `${by} took the switch of ${rule} back`
    : `${by} switched ${rule} ${switched ? 'on' : 'off'}`
}

/** Which rules a publish concerned: `changed page-critical; added quiet-hours`. */
export function concerned({ added, changed, removed }: Shape['RuleChange']['rules']): string {
  const parts = [
    ['changed', changed],
    ['added', added],
    ['took out', removed],
  ] as const
  const said = parts.filter(([, names]) => names.length > 0).map(([verb, names]) => `${verb} ${names.join(', ')}`)
  return said.length === 0 ? 'no rule differs' : said.join('; ')
}

const DAY_MS = 86_400_000

/** How far back a month's look went: `30 days`, or since the oldest action. */
export function monthOr({ scanned_to, oldest }: Pick<Shape['RuleCoverage'], 'scanned_to' | 'oldest'>): string {
  const days = oldest === null ? 30 : Math.round((Date.parse(scanned_to) - Date.parse(oldest)) / DAY_MS)
  return days <= 1 ? '24 hours' : `${Math.min(30, days)} days`
}

/** That a rule matched nothing for long; undefined: it did, or that is not known yet. */
export function quietFor(rule: string, coverage: Shape['RuleCoverage'] | undefined): string | undefined {
  // Of a day's traffic nothing can be said of a rule that waits for rare things.
  if (coverage?.unmatched_rules.includes(rule) !== true) return undefined
  const span = monthOr(coverage)
  return span === '24 hours' ? undefined : `matched nothing in ${span}`
}

export type Tried = ReturnType<typeof tried>[number]

/** What a rule made of an action, in words: `matched`, `does not match: payload.n > 3, found 2`. */
function madeOf(rule: Tried | undefined): string {
  if (rule === undefined) return 'not there'
  const { result, parts = [], note } = rule
  if (result === 'matched') return 'matches'
  if (result === 'skipped') return `is not looked at`
  if (result === 'error') return note ?? 'could not be evaluated'
  const failing = parts.find((part) => !part.result) ?? parts[0]
  if (failing === undefined) return 'does not match'
  return `does not match (${failing.part}, found ${failing.found === undefined ? 'nothing' : JSON.stringify(failing.found)})`
}

/** The rules that make something else of an action than they do now. */
export function otherwise(now: readonly Tried[], then: readonly Tried[]): { rule: string; was: string; is: string }[] {
  const names = [...new Set([...then, ...now].map(({ rule }) => rule))]
  return names.flatMap((rule) => {
    const [before, after] = [now, then].map((list) => list.find((one) => one.rule === rule))
    return before?.result === after?.result ? [] : [{ rule, was: madeOf(before), is: madeOf(after) }]
  })
}
