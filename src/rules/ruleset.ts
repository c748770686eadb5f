import type { Action } from '../action/action.js'
import { sha256 } from '../lib/ids.js'
import { canonical } from '../lib/json.js'
import type { DeliveryTerms } from '../state/plan.js'
import { candidateIndex } from './candidates.js'
import type { Condition } from './condition.js'
import { findingText, lint, type Finding } from './lint.js'
import type { Verdict } from './verdict.js'

/** A rule, compiled. */
export interface Rule {
  name: string
  priority: number
  description: string | null
  /** What holds now: the file's word, unless a switch says otherwise. */
  enabled: boolean
  /** The file's word. */
  enabled_in_file: boolean
  /** Set by a switch; null: as the file says. */
  switched: boolean | null
  condition: Condition
  verdict: Verdict
  /** The fields of its `action`, checked. */
  config: Record<string, unknown>
  final: boolean
  timezone: string
  delivery: DeliveryTerms
  /** For a gate whose own fields do not say it. */
  on_state_error: 'refuse' | 'allow' | null
  file: string
  line: number
  /** Of the text of its file. */
  revision: string
  /** SHA-256 of what the file says about it. */
  hash: string
}

/** One immutable version of all rules. A dispatch sees exactly one. */
export interface RuleSet {
  /** 16 hex digits over the files' rules and the switches. */
  version: string
  /** In the order in which they are looked at; disabled ones too. */
  rules: readonly Rule[]
  /** How many of them are enabled. */
  enabled: number
  /** What the lint found. */
  findings: readonly Finding[]
  /** The same as sentences, each with its place. */
  warnings: readonly string[]
  /** Enabled rules that may match this kind of action, in order. */
  candidates(action: Action): readonly Rule[]
}

/**
 * Puts compiled rules in order. Rules that look wrong are told of in `warnings`.
 * @param rules in the order of their files
 */
export function ruleSet(rules: readonly Rule[]): RuleSet {
  const ordered = rules
    .map((rule, i) => ({ rule, i }))
    .sort((a, b) => a.rule.priority - b.rule.priority || a.i - b.i)
    .map(({ rule }) => Object.freeze(rule))
  const enabled = ordered.filter((rule) => rule.enabled)
  const version = sha256(canonical(ordered.map(({ hash, switched }) => [hash, switched]))).slice(0, 16)
  // Sets are made anew with each switch; advice is thought about when it is asked for.
  let findings: readonly Finding[] | null = null
  return Object.freeze({
    version,
    rules: Object.freeze(ordered),
    enabled: enabled.length,
    get findings() {
      return (findings ??= Object.freeze(lint(ordered)))
    },
    get warnings() {
      return this.findings.map(findingText)
    },
    candidates: candidateIndex(enabled),
  })
}

/** The same rules with switches applied: rule name → enabled. Others are as their files say. */
export function withSwitches(set: RuleSet, switches: ReadonlyMap<string, boolean>): RuleSet {
  const changes = set.rules.some((rule) => rule.switched !== (switches.get(rule.name) ?? null))
  if (!changes) return set
  return ruleSet(
    set.rules.map((rule) => {
      const switched = switches.get(rule.name) ?? null
      return { ...rule, switched, enabled: switched ?? rule.enabled_in_file }
    }),
  )
}

/** How long what actions took or began bears on later ones under these rules, milliseconds; Infinity: without an end. */
export const memoryOf = ({ rules }: RuleSet): number =>
  rules
    .filter(({ enabled }) => enabled)
    .reduce((longest, { verdict, config }) => Math.max(longest, verdict.remembersMs?.(config) ?? 0), 0)
