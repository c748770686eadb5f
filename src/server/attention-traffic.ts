import type { FastifyRequest } from 'fastify'
import { formatFilter } from '../audit/filter.js'
import { carrierOf } from '../audit/record.js'
import type { AskedScope, AttentionItem } from './attention.js'
import { sharesOf, type Share } from './figures.js'
import { resultFor } from './matching.js'
import { iso } from './lists.js'
import type { Asked } from './asked.js'
import type { Cell, Traffic } from './traffic.js'
import { usualOf, type UsualOf } from './usual.js'
import { wholeMinutes } from './window.js'

const HOUR_MS = 3_600_000
/** A rule is told of when it holds back this many times more than it is compared with, and at least so many. */
const TIMES_MORE = 4
const FEWEST_HELD = 20
/** What the past is compared with is read once a minute for each that asks; so many are kept. */
const MOST_KEPT = 200

/** What the traffic of the last hour has to say. */
export interface LastHour {
  items: AttentionItem[]
  /** How many of a provider's deliveries broke. */
  brokenBy(provider: string): number
}

interface Past {
  usual: UsualOf
  /** Held back in the hour before, by rule. */
  before: Map<string | null, number>
}

export function createLastHour(traffic: Traffic) {
  const kept = new Map<string, { minute: number; past: Promise<Past | null> }>()

  /** null: not all of it could be counted. */
  async function pastOf(request: FastifyRequest, asked: Asked): Promise<Past | null> {
    const { from, to } = asked
    const before = await traffic.cells(
      request,
      { ...asked, from: 2 * from - to, to: from },
      ['rule', 'outcome'],
      undefined,
      {
        open: false,
      },
    )
    if (before.scanned_to !== null) return null
    return { usual: await usualOf(traffic, request, asked), before: heldBy(before.cells) }
  }

  function keptPast(request: FastifyRequest, asked: Asked): Promise<Past | null> {
    const name = JSON.stringify([request.identity.grants, asked.namespace, asked.tenant])
    const known = kept.get(name)
    if (known?.minute === asked.to) return known.past
    const past = pastOf(request, asked)
    kept.delete(name)
    kept.set(name, { minute: asked.to, past })
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!)
    past.catch(() => kept.delete(name))
    return past
  }

  return async (request: FastifyRequest, scope: AskedScope, now: number): Promise<LastHour> => {
    const asked = { chips: [], ...scope, ...wholeMinutes({ from: now - HOUR_MS, to: now }) }
    const is = await traffic.cells(request, asked, ['rule', 'carrier', 'outcome'], undefined, { open: false })
    // Without the whole there is nothing to compare.
    if (is.scanned_to !== null) return { items: [], brokenBy: () => 0 }
    const past = await keptPast(request, asked)
    const broken = is.cells.filter(({ record }) => resultFor(record) === 'broken')
    const rules = sharesOf(is.cells, ({ record }) => record.matched_rule)
    return {
      items: [
        ...brokenItem(broken, asked),
        ...(past === null ? [] : rules.flatMap((rule) => ruleItem(rule, past, asked))),
      ],
      brokenBy: (provider) =>
        broken.reduce((sum, { record, count }) => sum + (carrierOf(record) === provider ? count : 0), 0),
    }
  }
}

const heldBy = (cells: Cell[]): Past['before'] =>
  new Map(sharesOf(cells, ({ record }) => record.matched_rule).map(({ name, results }) => [name, results['held back']]))

const linkTo = (terms: Record<string, string>, { from, to }: Asked): AttentionItem['link'] => ({
  page: 'actions',
  q: formatFilter(
    Object.entries(terms).map(([key, value]) => ({
      kind: 'field',
      not: false,
      key,
      values: [{ is: 'equals', value }],
    })),
  ),
  from: iso(from),
  to: iso(to),
})

function brokenItem(broken: Cell[], asked: Asked): AttentionItem[] {
  const [most, ...others] = sharesOf(broken, ({ record }) => carrierOf(record))
  if (most === undefined) return []
  const count = broken.reduce((sum, cell) => sum + cell.count, 0)
  const whom = others.length === 0 ? `All of them for ${most.name}.` : `${most.count} of them for ${most.name}.`
  return [
    {
      kind: 'broken',
      severity: 'broken',
      sentence: `${count} ${count === 1 ? 'action' : 'actions'} did not arrive in the last hour`,
      detail: count === 1 ? `It was for ${most.name}.` : whom,
      count,
      since: null,
      link: linkTo({ result: 'broken' }, asked),
    },
  ]
}

function ruleItem({ name, count, results }: Share, { usual, before }: Past, asked: Asked): AttentionItem[] {
  const held = results['held back']
  if (name === null || held < FEWEST_HELD) return []
  const known = usual.rule(name)?.results['held back']
  const compared = known ?? before.get(name) ?? 0
  // Without history, none before may mean that the rule is new; how many times more cannot be said then.
  if (held < TIMES_MORE * compared || (known === undefined && compared === 0)) return []
  const times = Math.floor(held / compared)
  const than = known === undefined ? 'the hour before' : 'its usual'
  return [
    {
      kind: 'rule',
      severity: 'held back',
      sentence:
        compared === 0 ? `${name} held back ${held} actions, usually none` : `${name} held back ${times} times ${than}`,
      detail: `${held} of ${count} in the last hour; ${known === undefined ? `${compared} in the hour before` : `usually ${compared} at this time of day`}.`,
      count: held,
      since: null,
      link: { ...linkTo({ rule: name, result: 'held_back' }, asked), item: name },
    },
  ]
}
