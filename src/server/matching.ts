import type { AuditFilter, AuditRecord, Figure, FigureKey } from '../audit/store.js'
import { outcomeWord, OUTCOME_WORDS, type OutcomeType } from '../action/outcome.js'
import { FILTER_KEYS, parseFilter, type FilterChip, type FilterProblem, type FilterValue } from '../audit/filter.js'
import { carrierOf } from '../audit/record.js'
import { emptyTrace } from '../audit/trace.js'
import { ActeonError } from '../lib/errors.js'
import { isObject } from '../lib/json.js'
import { nearest } from '../lib/suggest.js'
import { resultOf } from './results.js'

/** The word that stands where an outcome will: the action is running, queued or parked. */
export const OPEN = 'open'

/** Kinds of record that say what became of an action; the others tell what people did to events and dead letters. */
export const ACTION_KINDS = ['dispatch', 'flush', 'notification', 'schedule'] as const
const ACTIONS: ReadonlySet<string> = new Set(ACTION_KINDS)
export const isAction = ({ kind }: Pick<AuditRecord, 'kind'>): boolean => ACTIONS.has(kind)

type Found = string | number | boolean | null | undefined
type Read = (record: AuditRecord) => Found[]

const details = ({ outcome_details }: AuditRecord): Record<string, unknown> =>
  isObject(outcome_details) ? outcome_details : {}
const decided = ({ verdict_details }: AuditRecord): Record<string, unknown> =>
  isObject(verdict_details) ? verdict_details : {}
const text = (value: unknown): Found => (typeof value === 'string' ? value : undefined)

/** The provider that the action named; a rule or a fallback may have put another in its place. */
export const addressedOf = (record: AuditRecord): string =>
  (text(decided(record)['original_provider']) ??
    text(details(record)['original_provider']) ??
    record.provider) as string

/** The provider that who took it stood in for: the planned one, else the one that the action named. */
export const wantedOf = (record: AuditRecord): string =>
  carrierOf(record) === record.provider ? addressedOf(record) : record.provider

const payloadText = ({ action_payload }: AuditRecord, name: string): Found =>
  isObject(action_payload) ? text(action_payload[name]) : undefined

/** What each key of a filter looks at. */
const READ: Readonly<Record<string, Read>> = {
  outcome: ({ outcome }) => [outcome],
  result: (record) => [resultFor(record)],
  rule: ({ matched_rule }) => [matched_rule],
  type: ({ action_type }) => [action_type],
  provider: (record) => [carrierOf(record)],
  // Asked for by the action, or by the rules.
  wanted: (record) => [...new Set([addressedOf(record), record.provider])],
  tenant: ({ tenant }) => [tenant],
  ns: ({ namespace }) => [namespace],
  event: ({ trace }) => [trace.links.event],
  group: (record) => [
    record.trace.links.group,
    text(details(record)['group_id']),
    text(details(record)['group_key']),
    text(decided(record)['group_key']),
  ],
  key: ({ metadata }) => [metadata['__dedup_key']],
  caller: ({ caller_id }) => [caller_id],
  severity: (record) => [record.metadata['severity'] ?? payloadText(record, 'severity')],
  state: (record) => [text(details(record)['new_state'])],
  id: ({ action_id }) => [action_id],
  trace: ({ trace_id }) => [trace_id],
  chain: ({ chain_id }) => [chain_id],
  replayed: ({ trace }) => [trace.links.replayed_from],
  took: (record) => [record.outcome === OPEN ? undefined : record.duration_ms],
  attempts: ({ trace }) => [trace.attempts.length],
  status: ({ trace }) => trace.attempts.map(({ status }) => status),
}

export const resultFor = (record: AuditRecord) =>
  record.outcome === OPEN ? ('waiting' as const) : resultOf(record.outcome, record.outcome_details)

/** What a key of a filter finds in a record. */
export function valuesOf(key: string): Read {
  const known = READ[key]
  if (known !== undefined) return known
  const [, root, path] = /^(payload|labels)\.(.+)$/s.exec(key) ?? []
  if (root === 'labels') return ({ metadata }) => [metadata[path!]]
  const names = (path ?? '').split('.')
  return ({ action_payload }) => {
    let at: unknown = action_payload
    for (const name of names)
      at =
        typeof at === 'object' && at !== null && Object.hasOwn(at, name)
          ? (at as Record<string, unknown>)[name]
          : undefined
    return Array.isArray(at) ? (at.filter((one) => typeof one !== 'object') as Found[]) : [at as Found]
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** A value of a filter as its key compares it. */
function asked(key: string, value: string): string {
  if (key === 'took') {
    const [, count, unit] = /^([\d.]+)([a-z]+)$/.exec(value) ?? []
    return String(Number(count) * (UNITS_MS[unit ?? ''] ?? NaN))
  }
  if (key === 'outcome') return value === OPEN ? OPEN : outcomeWord(value as OutcomeType)
  return key === 'result' ? value.replace('_', ' ') : value
}

/** Numbers as numbers, anything else as texts; undefined: they cannot be compared. */
function compared(found: Found, wanted: string): number | undefined {
  const [a, b] = [Number(found), Number(wanted)]
  if (found !== '' && wanted !== '' && !Number.isNaN(a) && !Number.isNaN(b)) return a - b
  return typeof found === 'string' ? (found < wanted ? -1 : found > wanted ? 1 : 0) : undefined
}

function valueTest(key: string, value: FilterValue): (found: Found) => boolean {
  const there = (found: Found): boolean => found !== undefined && found !== null && found !== ''
  switch (value.is) {
    case 'present':
      return there
    case 'equals': {
      const wanted = asked(key, value.value)
      return (found) => found !== undefined && found !== null && String(found) === wanted
    }
    case 'like': {
      const parts = asked(key, value.pattern)
        .split('*')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      const pattern = new RegExp(`^${parts.join('.*')}$`, 's')
      return (found) => there(found) && pattern.test(String(found))
    }
    case 'compare': {
      const { operator } = value
      const wanted = asked(key, value.value)
      return (found) => {
        const order = there(found) ? compared(found, wanted) : undefined
        if (order === undefined) return false
        return operator === '>' ? order > 0 : operator === '>=' ? order >= 0 : operator === '<' ? order < 0 : order <= 0
      }
    }
    case 'range': {
      const [from, to] = [asked(key, value.from), asked(key, value.to)]
      return (found) => there(found) && (compared(found, from) ?? -1) >= 0 && (compared(found, to) ?? 1) <= 0
    }
  }
}

/** Payload and what was said about it: outcome, answers of providers. */
const spoken = ({ action_payload, outcome_details, trace }: AuditRecord): string =>
  `${JSON.stringify(action_payload)} ${JSON.stringify(outcome_details)} ${trace.attempts.map(({ error, excerpt }) => `${error ?? ''} ${excerpt ?? ''}`).join(' ')}`.toLowerCase()

/** Whether a record passes one term. */
export function chipTest(chip: FilterChip): (record: AuditRecord) => boolean {
  if (chip.kind === 'text') {
    const typed = chip.text.toLowerCase()
    const written = JSON.stringify(chip.text).slice(1, -1).toLowerCase()
    return (record) => {
      const words = spoken(record)
      return (words.includes(typed) || words.includes(written)) !== chip.not
    }
  }
  const read = valuesOf(chip.key)
  const tests = chip.values.map((value) => valueTest(chip.key, value))
  return (record) => read(record).some((found) => tests.some((test) => test(found))) !== chip.not
}

/** Whether a record passes all terms: the one matcher behind every list, figure and count. */
export function matcherOf(chips: readonly FilterChip[]): (record: AuditRecord) => boolean {
  const tests = chips.map(chipTest)
  return (record) => tests.every((test) => test(record))
}

/** Keys whose values an audit store finds by index. */
const INDEXED: Readonly<Record<string, keyof AuditFilter>> = {
  type: 'action_type',
  provider: 'carrier',
  rule: 'matched_rule',
  outcome: 'outcome',
  tenant: 'tenant',
  ns: 'namespace',
  caller: 'caller_id',
  chain: 'chain_id',
}

/** What of a filter a store can be asked; `whole`: that is all of it, and nothing is left to be matched here. */
export function indexed(chips: readonly FilterChip[]): { filter: AuditFilter; whole: boolean } {
  const filter: Record<string, string> = {}
  let whole = true
  for (const chip of chips) {
    const name = chip.kind === 'field' && !chip.not ? INDEXED[chip.key] : undefined
    const [value, ...others] = chip.kind === 'field' ? chip.values : []
    if (name === undefined || value?.is !== 'equals' || others.length > 0 || value.value === '' || name in filter)
      whole = false
    else filter[name] = asked((chip as { key: string }).key, value.value)
  }
  return { filter, whole }
}

/** Keys that the roll-up knows; a filter of these alone is counted without looking at records. */
const ROLLED: Readonly<Record<string, readonly FigureKey[]>> = {
  type: ['action_type'],
  provider: ['carrier'],
  rule: ['rule'],
  outcome: ['outcome'],
  result: ['outcome'],
  tenant: ['tenant'],
  ns: ['namespace'],
}

/** The keys of the roll-up that a filter needs; null: it asks for what the roll-up does not know. */
export function rolledKeys(chips: readonly FilterChip[]): FigureKey[] | null {
  const keys = new Set<FigureKey>()
  for (const chip of chips) {
    const needed = chip.kind === 'field' ? ROLLED[chip.key] : undefined
    if (needed === undefined) return null
    for (const key of needed) keys.add(key)
  }
  return [...keys]
}

/** What a record has of a key of the roll-up. */
export function figureValue(record: AuditRecord, key: FigureKey): string | null {
  if (key === 'carrier') return carrierOf(record)
  return key === 'rule' ? record.matched_rule : record[key]
}

/** A figure as a record that has nothing but its keys, for the same matcher. */
export const recordOfFigure = ({ key }: Figure): AuditRecord => ({
  ...BLANK,
  kind: (key.kind ?? 'dispatch') as AuditRecord['kind'],
  namespace: key.namespace ?? '',
  tenant: key.tenant ?? '',
  provider: key.provider ?? '',
  delivered_by: key.carrier ?? null,
  action_type: key.action_type ?? '',
  matched_rule: key.rule === undefined || key.rule === '' ? null : key.rule,
  outcome: key.outcome ?? '',
})

/** A record of which nothing is known yet. */
export const BLANK: AuditRecord = {
  id: '',
  kind: 'dispatch',
  action_id: '',
  try: 1,
  namespace: '',
  tenant: '',
  provider: '',
  delivered_by: null,
  action_type: '',
  verdict: '',
  matched_rule: null,
  matched_rules: [],
  rules_version: '',
  outcome: '',
  action_payload: null,
  verdict_details: {},
  outcome_details: {},
  metadata: {},
  dispatched_at: '',
  completed_at: '',
  duration_ms: 0,
  expires_at: null,
  caller_id: '',
  auth_method: '',
  chain_id: null,
  trace_id: null,
  node: '',
  durability: '',
  trace: emptyTrace(),
}

const MOST_CHIPS = 30

/** The keys that some things have, where they do not have all, and what those things are called. */
export interface Usable {
  name: string
  keys: readonly string[]
  /** What may stand before a dot. */
  paths: readonly string[]
}

/**
 * The terms of a filter of actions, or of things that have only some of its keys.
 * @throws ActeonError INVALID_REQUEST with `problems`, each with its place in the text: a filter is run whole or not at all
 */
export function chipsOf(q: string | undefined, usable?: Usable): FilterChip[] {
  const { chips, problems } = parseFilter(q ?? '')
  const all = [...problems, ...chips.flatMap((chip) => unusable(chip, q ?? '', usable))]
  if (chips.length > MOST_CHIPS)
    all.push({
      start: 0,
      end: (q ?? '').length,
      message: `a filter has at most ${MOST_CHIPS} terms; this one has ${chips.length}`,
    })
  const [first] = all
  if (first === undefined) return chips
  throw new ActeonError(
    'INVALID_REQUEST',
    `The filter is wrong at character ${first.start + 1}: ${first.message}${all.length > 1 ? ` (and ${all.length - 1} more)` : ''}.`,
    { parameter: 'q', problems: all },
  )
}

/** What is well written and cannot be asked of these things. */
function unusable(chip: FilterChip, q: string, usable: Usable | undefined): FilterProblem[] {
  if (chip.kind === 'text') return []
  const start = Math.max(0, q.indexOf(`${chip.key}:`))
  const at = { start, end: Math.min(q.length, start + chip.key.length) }
  if (usable !== undefined && !hasKey(usable, chip.key)) {
    return [{ ...at, message: `${usable.name} have no "${chip.key}"; they have ${namesOf(usable)}` }]
  }
  if (chip.key === 'signer')
    return [{ ...at, message: 'this version does not check signatures, so nothing has a signer' }]
  if (chip.key !== 'outcome') return []
  for (const value of chip.values) {
    if (value.is !== 'equals') continue
    const word = asked('outcome', value.value)
    if (word === OPEN || OUTCOME_WORDS.has(word)) continue
    const near = nearest(word, [...OUTCOME_WORDS.keys(), OPEN])
    return [
      {
        ...at,
        message: `there is no outcome "${value.value}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      },
    ]
  }
  return []
}

/** What a filter of these things may ask, in words. */
export const namesOf = ({ keys, paths }: Omit<Usable, 'name'>): string =>
  [...keys, ...paths.map((path) => `${path}.<name>`)].join(', ')

export const hasKey = ({ keys, paths }: Omit<Usable, 'name'>, key: string): boolean =>
  keys.includes(key) || paths.some((path) => key.startsWith(`${path}.`))

/** Keys that values can be proposed for, besides `labels.` and `payload.`. */
export const FACET_KEYS: readonly string[] = FILTER_KEYS.filter((key) => key !== 'signer')

/** Keys of which nearly every action has a value of its own: two letters are asked for first. */
export const MANY_VALUED: ReadonlySet<string> = new Set(['id', 'trace', 'event', 'group', 'key', 'chain', 'replayed'])
