import type { Json } from '../../lib/json.js'
import { isObject } from '../../lib/json.js'
import { OUTCOME_WORDS, outcomeWord, type OutcomeType } from '../../action/outcome.js'
import { nearest } from '../../lib/suggest.js'
import type { Expectation } from './schema.js'

/** What a step did, as far as an expectation can ask. */
export interface Happened {
  /** Absent for a step that only lets time pass. */
  decision?: {
    /** The outcome's word. */
    outcome: string
    details: Record<string, unknown>
    verdict: string
    matched_rule: string | null
    matched_rules: string[]
    provider: string
    gates: { rule: string; would: 'pass' | 'refuse' }[]
  }
  /** What providers were given in this step, in order; each attempt once. */
  sent: { provider: string; action_type: string; payload: Json }[]
}

/** One thing that is not as expected: where in `expect`, and both values as text. */
export interface Mismatch {
  path: (string | number)[]
  expected: string
  found: string
}

/** Everything that is not as expected; empty: all is. Pure. */
export function mismatches(expect: Expectation, happened: Happened): Mismatch[] {
  const { decision, sent } = happened
  const found: Mismatch[] = []
  const differs = (path: (string | number)[], expected: unknown, got: unknown): void => {
    found.push({ path, expected: show(expected), found: show(got) })
  }
  const same = (name: 'verdict' | 'matched_rule' | 'provider'): void => {
    if (expect[name] !== undefined && expect[name] !== decision?.[name]) differs([name], expect[name], decision?.[name])
  }
  if (expect.outcome !== undefined) {
    const word = wordOf(expect.outcome)
    if (word === null)
      found.push({ path: ['outcome'], expected: `a known outcome${hint(expect.outcome)}`, found: show(expect.outcome) })
    else if (word !== decision?.outcome) differs(['outcome'], word, decision?.outcome)
  }
  same('verdict')
  same('matched_rule')
  same('provider')
  if (expect.matched_rules !== undefined && !equal(expect.matched_rules, decision?.matched_rules))
    differs(['matched_rules'], expect.matched_rules, decision?.matched_rules)
  for (const [name, value] of Object.entries(expect.details ?? {}))
    if (!includes(decision?.details[name], value)) differs(['details', name], value, decision?.details[name])
  for (const [rule, would] of Object.entries(expect.gates ?? {})) {
    const gate = decision?.gates.find((one) => one.rule === rule)
    if (gate?.would !== would) differs(['gates', rule], would, gate?.would ?? 'no such gate')
  }
  if (expect.payload !== undefined) {
    const last = sent.at(-1)
    if (last === undefined) differs(['payload'], expect.payload, 'nothing was sent')
    else if (!includes(last.payload, expect.payload)) differs(['payload'], expect.payload, last.payload)
  }
  found.push(...sentMismatches(expect, sent))
  return found
}

function sentMismatches({ sent: expected, calls }: Expectation, sent: Happened['sent']): Mismatch[] {
  const found: Mismatch[] = []
  if (expected !== undefined && expected.length !== sent.length)
    found.push({
      path: ['sent'],
      expected: `${expected.length} calls`,
      found: `${sent.length}: ${show(sent.map(({ provider, action_type }) => `${provider} ${action_type}`))}`,
    })
  else
    for (const [i, wanted] of (expected ?? []).entries())
      if (!includes(sent[i], wanted)) found.push({ path: ['sent', i], expected: show(wanted), found: show(sent[i]) })
  for (const [provider, count] of Object.entries(calls ?? {})) {
    const got = sent.filter((one) => one.provider === provider).length
    if (got !== count) found.push({ path: ['calls', provider], expected: String(count), found: String(got) })
  }
  return found
}

/** The word of an outcome written either way; null when there is none such. */
const wordOf = (text: string): string | null =>
  OUTCOME_WORDS.has(text)
    ? text
    : [...OUTCOME_WORDS.values()].includes(text as OutcomeType)
      ? outcomeWord(text as OutcomeType)
      : null

const hint = (text: string): string => {
  const near = nearest(text, [...OUTCOME_WORDS.keys(), ...OUTCOME_WORDS.values()])
  return near === undefined ? ` (${[...OUTCOME_WORDS.keys()].join(', ')})` : `, such as ${near}`
}

/** Whether all of `part` is in `whole`: members of objects may be more, lists must be equal in length. */
function includes(whole: unknown, part: unknown): boolean {
  if (isObject(part))
    return (
      isObject(whole) &&
      Object.entries(part).every(([name, value]) => Object.hasOwn(whole, name) && includes(whole[name], value))
    )
  if (Array.isArray(part))
    return Array.isArray(whole) && whole.length === part.length && part.every((value, i) => includes(whole[i], value))
  return Object.is(whole, part)
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value)
