import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../../../src/audit/filter.js'
import { BLANK, matcherOf } from '../../../../src/server/matching.js'
import { filterText } from '../../lib/filter.js'
import { flowGraph, pathThrough, placeFlow, termsOf, type Flow } from './flow.js'

const flow = (i: number, more: Partial<Flow> = {}): Flow => ({
  action_type: `type-${i}`,
  rule: `rule-${i % 10}`,
  other_rules: false,
  outcome: i % 2 === 0 ? 'executed' : 'throttled',
  result: i % 2 === 0 ? 'delivered' : 'held back',
  provider: `provider-${i}`,
  count: 1_000 - i * 60,
  before: 10 * i,
  ...more,
})
const flows: Flow[] = [
  ...Array.from({ length: 14 }, (_, i) => flow(i)),
  flow(0, { outcome: 'failed', result: 'broken', count: 1 }),
  flow(3, { rule: null, count: 300 }),
  flow(20, { count: 0, before: 50 }),
]
const all = flows.reduce((sum, { count }) => sum + count, 0)

describe('the flow picture', () => {
  it('has at most 8 nodes a column and loses nothing by merging', () => {
    const { nodes, links } = flowGraph(flows)
    for (const column of [0, 1, 2] as const) {
      const own = nodes.filter((node) => node.column === column)
      expect(own.length).toBeLessThanOrEqual(8)
      expect(own.reduce((sum, { count }) => sum + count, 0)).toBe(all)
    }
    const sent = flows
      .filter(({ result }) => result === 'delivered' || result === 'broken')
      .reduce((sum, { count }) => sum + count, 0)
    expect(nodes.filter(({ column }) => column === 3).reduce((sum, { count }) => sum + count, 0)).toBe(sent)
    expect(links.filter(({ result }) => result === null).reduce((sum, { count }) => sum + count, 0)).toBe(all)
  })

  it('keeps what is broken apart and visible, however little it is', () => {
    const graph = flowGraph(flows)
    expect(graph.nodes.find(({ title }) => title === 'failed')?.count).toBe(1)
    const broken = placeFlow(graph, 1_136, 360).links.filter(({ result }) => result === 'broken')
    expect(broken.length).toBe(2)
    expect(broken.every(({ width }) => width >= 3)).toBe(true)
  })

  it('orders outcomes by result, and ends what was held back in the third column', () => {
    const { nodes, links } = flowGraph(flows)
    expect(nodes.filter(({ column }) => column === 2).map(({ title }) => title)).toEqual([
      'executed',
      'throttled',
      'failed',
    ])
    expect(links.some(({ from }) => from === '2:throttled')).toBe(false)
  })

  it('leads from each node to the list that has as many, whatever merged', () => {
    const record = ({ action_type, rule, outcome, provider }: Flow) => ({
      ...BLANK,
      ...{ action_type: action_type!, matched_rule: rule, outcome, provider: provider! },
    })
    const graph = flowGraph(flows)
    expect(graph.nodes.filter(({ name }) => name === undefined)).toHaveLength(2)
    for (const node of graph.nodes) {
      const q = filterText(termsOf(node, graph))
      const { chips, problems } = parseFilter(q)
      expect([q, problems]).toEqual([q, []])
      const passes = matcherOf(chips)
      const listed = flows.filter((one) => passes(record(one))).reduce((sum, { count }) => sum + count, 0)
      expect([q, listed]).toEqual([q, node.count])
    }
  })

  it('keeps the order of a picture before, and puts what is new behind it', () => {
    const titles = (list: Flow[], order?: string[]) =>
      flowGraph(list, order)
        .nodes.filter(({ column }) => column === 0)
        .map(({ title }) => title)
    const few = [flow(1, { count: 10 }), flow(2, { count: 9 })]
    const later = [flow(1, { count: 10 }), flow(2, { count: 90 }), flow(3, { count: 50 })]
    expect(titles(later)).toEqual(['type-2', 'type-3', 'type-1'])
    const order = flowGraph(few).nodes.map(({ id }) => id)
    expect(titles(later, order)).toEqual(['type-1', 'type-2', 'type-3'])
  })

  it('places nothing outside its frame, each column where the one before ends', () => {
    const { nodes } = placeFlow(flowGraph(flows), 1_136, 360)
    for (const node of nodes) {
      expect(node.y).toBeGreaterThanOrEqual(-0.5)
      expect(node.y + node.height).toBeLessThanOrEqual(363.5)
    }
  })

  it('follows a path both ways', () => {
    const { links } = flowGraph(flows)
    expect([...pathThrough(links, '2:failed')].sort()).toEqual(
      ['0:7 other types', '0:type-0', '1:rule-0', '2:failed', '3:provider-0'].sort(),
    )
  })
})
