import { short, type Condition } from './condition.js'
import type { Rule, RuleSet } from './ruleset.js'
import type { Place } from './yaml.js'

/** A part of a rule's condition: how many of the actions for which it was looked at passed it. */
export interface CountedPart extends Place {
  kind: PartKind
  /** As a trace has it; for what combines others, its word. */
  part: string
  looked_at: number
  passed: number
}
export type PartKind = Exclude<Condition['shape']['kind'], 'always'>

export interface CountedRule {
  rule: Rule
  parts: CountedPart[]
}

/** The parts of a condition in the order in which they are written, what combines others before these. */
function partsOf(condition: Condition): { condition: Condition; kind: PartKind; part: string; at: Place }[] {
  const { shape, display, at } = condition
  if (shape.kind === 'always' || at === undefined) return []
  const inner = shape.kind === 'not' ? [shape.of] : shape.kind === 'all' || shape.kind === 'any' ? shape.of : []
  const part = inner.length > 0 ? shape.kind : short(display)
  return [{ condition, kind: shape.kind, part, at }, ...inner.flatMap(partsOf)]
}

/** Counts what the conditions of rules came to. */
export function createPartCounts({ rules }: RuleSet) {
  const counts = new Map<object, { looked_at: number; passed: number }>()
  return {
    /** @param seen what became of one action, as its planning noted it */
    add(seen: ReadonlyMap<object, boolean>): void {
      for (const [condition, result] of seen) {
        let count = counts.get(condition)
        if (count === undefined) counts.set(condition, (count = { looked_at: 0, passed: 0 }))
        count.looked_at++
        if (result) count.passed++
      }
    },
    /** Of each rule that has a condition, in the order in which they are looked at. */
    counted: (): CountedRule[] =>
      rules.flatMap((rule) => {
        const parts = partsOf(rule.condition).map(({ condition, kind, part, at }) => ({
          ...{ kind, part, line: at.line, column: at.column },
          ...(counts.get(condition) ?? { looked_at: 0, passed: 0 }),
        }))
        return parts.length === 0 ? [] : [{ rule, parts }]
      }),
  }
}
export type PartCounts = ReturnType<typeof createPartCounts>

/** What a part is about: a path, the name of a function. */
const subjectOf = ({ kind, part }: CountedPart): string => `${kind} ${kind === 'cel' ? '' : part.split(/[ (]/)[0]}`

/**
 * Which part of a condition each of another version of it was: the same text, else one about the same, in order.
 * @returns for each part of `now` the one of `before`; null: it is new
 */
export function partsBefore(now: readonly CountedPart[], before: readonly CountedPart[]): (CountedPart | null)[] {
  const left = [...before]
  const found: (CountedPart | null)[] = now.map(() => null)
  for (const same of [({ kind, part }: CountedPart) => `${kind} ${part}`, subjectOf])
    for (const [i, part] of now.entries()) {
      if (found[i] !== null) continue
      const at = left.findIndex((one) => same(one) === same(part))
      if (at >= 0) [found[i]] = left.splice(at, 1) as [CountedPart]
    }
  return found
}
