import type { Static } from 'typebox'
import type { TracePart, TraceRule } from '../audit/trace.js'
import type { Simulated } from '../gateway/simulate.js'
import { iso } from './lists.js'
import type { Kept } from './replay-kept.js'
import type { ReplayJob } from './rule-shapes.js'

type Shown = Static<typeof ReplayJob>
type Difference = Shown['differing'][number]

const SHOWN = 200
const SHOWN_PER_CELL = 20

/** Adds up what was and what would be, into what is shown. */
export function createTally(shown: Shown) {
  const matrix = new Map<string, Shown['matrix'][number]>()
  const listed = new Map<string, number>()
  const rules = new Map<string, Shown['rules'][number]>()
  const tenants = new Set<string>()

  function ruleOf(name: string | null): Shown['rules'][number] | undefined {
    if (name === null) return undefined
    const rule = rules.get(name) ?? { name, real: 0, new: 0 }
    if (!rules.has(name)) {
      rules.set(name, rule)
      shown.rules.push(rule)
    }
    return rule
  }

  function cellOf(real: string, now: string): Shown['matrix'][number] {
    const key = `${real} ${now}`
    const cell = matrix.get(key) ?? { real, new: now, count: 0, provider_only: 0 }
    if (!matrix.has(key)) {
      matrix.set(key, cell)
      shown.matrix.push(cell)
    }
    return cell
  }

  /** Of rare cells some are shown, however late they come. */
  function list(past: Kept, now: Simulated): void {
    const key = `${past.outcome} ${now.outcome}`
    const ofCell = listed.get(key) ?? 0
    if (shown.differing.length >= SHOWN && ofCell >= SHOWN_PER_CELL) return
    listed.set(key, ofCell + 1)
    shown.differing.push(differenceOf(past, now))
  }

  return {
    add(past: Kept, now: Simulated): void {
      shown.done++
      const [was, is] = [ruleOf(past.rule), ruleOf(now.rule)]
      if (was !== undefined) was.real++
      if (is !== undefined) is.new++
      const cell = cellOf(past.outcome, now.outcome)
      cell.count++
      const elsewhere = now.provider !== past.provider && SENDS.has(now.outcome)
      if (now.outcome !== past.outcome || elsewhere) {
        shown.different++
        if (elsewhere && SENDS.has(past.outcome)) shown.elsewhere++
        shown.tenants = tenants.add(past.tenant).size
        if (now.outcome === past.outcome) {
          shown.provider_only++
          cell.provider_only++
        }
        list(past, now)
      }
    },
    /** Says what was found so far. */
    say(): void {
      if (shown.done > 0) shown.sentence = sentenceOf(shown)
    },
    end(): void {
      shown.sentence = sentenceOf(shown)
      shown.matrix.sort((a, b) => b.count - a.count)
      const change = ({ real, new: now }: Shown['rules'][number]): number => Math.abs(now - real)
      shown.rules.sort((a, b) => change(b) - change(a) || b.real - a.real)
    },
  }
}

const SENDS: ReadonlySet<string> = new Set(['executed', 'rerouted', 'failed', 'circuit_open'])

const differenceOf = (past: Kept, now: Simulated): Difference => ({
  action_id: past.id,
  namespace: past.namespace,
  tenant: past.tenant,
  action_type: past.type,
  at: iso(past.at),
  real: { outcome: past.outcome, rule: past.rule, provider: past.provider },
  new: { outcome: now.outcome, rule: now.rule, provider: now.provider },
  why: whyOf(past, now),
})

const foundIn = ({ part, found }: TracePart): string =>
  `${part}${found === undefined ? '' : `, found ${JSON.stringify(found).slice(0, 60)}`}`

/** What decides the difference, in words. */
function whyOf(past: Kept, now: Simulated): string {
  const traceOf = (name: string | null): TraceRule | undefined => now.rules.find(({ rule }) => rule === name)
  if (now.rule === past.rule && now.rule !== null) {
    if (now.verdict !== past.verdict) return `"${now.rule}" decides, and says ${now.verdict} instead of ${past.verdict}`
    return now.provider !== past.provider && SENDS.has(now.outcome)
      ? `"${now.rule}" decides, and sends it to ${now.provider} instead of ${past.provider}`
      : `"${now.rule}" decided, as before, with other counters or terms`
  }
  const before = past.rule === null ? undefined : traceOf(past.rule)
  const failing = before?.result === 'not_matched' ? before.parts?.find(({ result }) => !result) : undefined
  if (failing !== undefined) return `"${past.rule}" does not match: ${foundIn(failing)}`
  if (now.rule === null)
    return past.rule === null ? 'no rule decided, as before' : `"${past.rule}" does not decide any more`
  const parts = traceOf(now.rule)?.parts?.filter(({ result }) => result) ?? []
  // The part that failed then is the one that makes the difference, if it is still there.
  const missed = past.missed.find(({ rule }) => rule === now.rule)?.part
  const subject = (part: string): string => part.split(' ')[0]!
  const decisive = parts.find(({ part }) => missed !== undefined && subject(part) === subject(missed))
  if (decisive !== undefined && decisive.part !== missed)
    return `"${now.rule}" decides: ${foundIn(decisive)}; it was ${missed}`
  const matching = decisive ?? parts.at(-1)
  return `"${now.rule}" decides${matching === undefined ? '' : `: ${foundIn(matching)}`}`
}

const counted = (n: number): string => n.toLocaleString('en')

function sentenceOf({ done, different, elsewhere, matrix }: Shown): string {
  if (done === 0) return 'Nothing arrived that could be replayed.'
  const sum = (test: (cell: { real: string; new: string }) => boolean): number =>
    matrix.filter(test).reduce((all, { count }) => all + count, 0)
  const more = sum(({ real, new: now }) => !SENDS.has(real) && SENDS.has(now))
  const fewer = sum(({ real, new: now }) => SENDS.has(real) && !SENDS.has(now))
  const actions = `${counted(done)} ${done === 1 ? 'action' : 'actions'}`
  if (different === 0) return `Of ${actions} all would end as they did.`
  const sends = `${more === 0 ? 'none more' : `${counted(more)} more`} sent, ${fewer === 0 ? 'none' : counted(fewer)} fewer${elsewhere === 0 ? '' : `, ${counted(elsewhere)} elsewhere`}`
  return `Of ${actions} ${counted(different)} would end differently: ${sends}.`
}
