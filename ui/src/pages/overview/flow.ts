import { sankey, type SankeyGraph } from 'd3-sankey'
import type { Figures } from '../../api/traffic.ts'
import { present, term, type Term } from '../../lib/filter.ts'
import { outcomeWords, RESULTS, type Result } from '../../lib/results.ts'

export type Flow = Figures['flow'][number]
export type Column = 0 | 1 | 2 | 3
export const COLUMN_TITLES = ['Action type', 'Deciding rule', 'Outcome', 'Provider'] as const

export interface FlowNode {
  id: string
  column: Column
  title: string
  /** What the server calls it; null: no rule decided. Undefined: it stands for all that have no node of their own. */
  name: string | null | undefined
  count: number
  /** In the window before; null: that was not counted. */
  before: number | null
  /** Of outcomes. */
  result?: Result
}
export interface FlowLink {
  from: string
  to: string
  count: number
  before: number | null
  /** null: from a type to a rule, where nothing is decided yet. */
  result: Result | null
}
export interface FlowGraph {
  nodes: FlowNode[]
  links: FlowLink[]
}

const MOST_NODES = 8
const LEAST_SHARE = 0.01
const NOUNS = { action_type: 'types', rule: 'rules', provider: 'providers' } as const
type Merged = keyof typeof NOUNS

/** Whether a provider was asked to do it; what was not ends in the third column. */
const isSent = ({ result }: Flow): boolean => result === 'delivered' || result === 'broken'

/**
 * Makes of flows the nodes and links of the picture: at most 8 a column; types, rules and providers under 1 % or past the
 * seventh merge; outcomes never do. Outcomes are in the order of results, other nodes in the order of weight, or in that
 * of a picture before, so that nothing changes places while somebody looks.
 */
export function flowGraph(given: Flow[], order: readonly string[] = []): FlowGraph {
  const flows = given.filter(({ count }) => count > 0)
  const all = flows.reduce((sum, { count }) => sum + count, 0)
  const nodeOf = {
    action_type: merged(flows, 'action_type', all),
    rule: merged(flows, 'rule', all),
    provider: merged(flows.filter(isSent), 'provider', all),
  }
  const nodes = new Map<string, FlowNode>()
  const links = new Map<string, FlowLink>()
  const sum = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)
  const node = (column: Column, { title, name }: Named, flow: Flow, result?: Result): string => {
    const id = `${column}:${title}`
    const known = nodes.get(id)
    const { count, before } = flow
    if (known === undefined) nodes.set(id, { id, column, title, name, count, before, ...(result && { result }) })
    else Object.assign(known, { count: known.count + count, before: sum(known.before, before) })
    return id
  }
  const link = (from: string, to: string, { count, before }: Flow, result: Result | null): void => {
    const key = JSON.stringify([from, to, result])
    const known = links.get(key)
    if (known === undefined) links.set(key, { from, to, count, before, result })
    else Object.assign(known, { count: known.count + count, before: sum(known.before, before) })
  }
  for (const flow of given) {
    const { outcome, result } = flow
    const first = node(0, nodeOf.action_type(flow), flow)
    const second = node(1, nodeOf.rule(flow), flow)
    const third = node(2, { title: outcomeWords(outcome), name: outcome }, flow, result)
    link(first, second, flow, null)
    link(second, third, flow, result)
    if (isSent(flow)) link(third, node(3, nodeOf.provider(flow), flow), flow, result)
  }
  const rank = new Map(order.map((id, index) => [id, index]))
  const place = ({ id }: FlowNode): number => rank.get(id) ?? order.length
  const compare = (a: FlowNode, b: FlowNode): number =>
    a.column - b.column ||
    (a.result === undefined || b.result === undefined ? 0 : RESULTS.indexOf(a.result) - RESULTS.indexOf(b.result)) ||
    Number(a.name === undefined) - Number(b.name === undefined) ||
    place(a) - place(b) ||
    b.count - a.count ||
    a.title.localeCompare(b.title)
  // What went only in the window before has no part in the picture, but in what it is compared with.
  const isThere = ({ count }: { count: number }): boolean => count > 0
  return { nodes: [...nodes.values()].filter(isThere).sort(compare), links: [...links.values()].filter(isThere) }
}

type Named = Pick<FlowNode, 'title' | 'name'>

/** Which node a flow goes through once the small ones are one. */
function merged(flows: Flow[], key: Merged, all: number): (flow: Flow) => Named {
  const counts = new Map<string | null, number>()
  // What the server put together itself has no name.
  const isRest = ({ other_rules }: Flow): boolean => other_rules
  for (const flow of flows) if (!isRest(flow)) counts.set(flow[key], (counts.get(flow[key]) ?? 0) + flow.count)
  const rest = flows.some(isRest)
  const ranked = [...counts].sort((a, b) => b[1] - a[1])
  const small = ranked
    .filter(([, n], index) => index >= MOST_NODES - 1 || n < all * LEAST_SHARE)
    .map(([value]) => value)
  // One alone keeps its name where there is room for it.
  const others = new Set(!rest && small.length === 1 && ranked.length <= MOST_NODES ? [] : small)
  const title = `${rest ? '' : `${others.size} `}other ${NOUNS[key]}`
  return (flow) => {
    const name = flow[key]
    if (isRest(flow) || others.has(name)) return { title, name: undefined }
    return { title: name ?? 'no rule matched', name }
  }
}

const KEYS = ['type', 'rule', 'outcome', 'provider'] as const

/** The terms that ask for exactly what a node counts. */
export function termsOf({ column, name }: FlowNode, { nodes }: FlowGraph): Term[] {
  const key = KEYS[column]
  // A provider is counted where it took something or failed; what was held back names it, too.
  const sent = column === 3 ? [term('result', ['delivered', 'broken'])] : []
  if (name === null) return [present(key, true)]
  if (name !== undefined) return [term(key, name), ...sent]
  const own = nodes.filter((node) => node.column === column).map((node) => node.name)
  const named = own.filter((one): one is string => typeof one === 'string')
  return [
    ...(named.length === 0 ? [] : [term(key, named, true)]),
    ...(own.includes(null) ? [present(key)] : []),
    ...sent,
  ]
}

export interface PlacedNode extends FlowNode {
  x: number
  y: number
  height: number
}
export interface PlacedLink extends FlowLink {
  path: string
  width: number
}

const NODE_WIDTH = 9
const COLUMNS = [0, 0.3, 0.592, 0.787]

/** Places nodes and links into a picture of that size, in pixels. */
export function placeFlow(
  graph: FlowGraph,
  width: number,
  height: number,
): { nodes: PlacedNode[]; links: PlacedLink[] } {
  if (graph.nodes.length === 0) return { nodes: [], links: [] }
  type N = FlowNode & { fixed: Column }
  type L = FlowLink & { source: string; target: string; value: number }
  const rank = new Map(graph.nodes.map(({ id }, index) => [id, index]))
  const layout = sankey<N, L>()
    .nodeId(({ id }) => id)
    .nodeAlign((node) => (node as unknown as N).fixed)
    .nodeSort((a, b) => rank.get(a.id)! - rank.get(b.id)!)
    .nodeWidth(NODE_WIDTH)
    .nodePadding(26)
    .iterations(24)
    .extent([
      [0, 0],
      [width, height],
    ])
  const placed: SankeyGraph<N, L> = layout({
    nodes: graph.nodes.map((node) => ({ ...node, fixed: node.column })),
    links: graph.links.map((item) => ({ ...item, source: item.from, target: item.to, value: item.count })),
  })
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  const nodes = placed.nodes.map((node) => ({
    ...byId.get(node.id)!,
    x: COLUMNS[node.column]! * width,
    y: node.y0 ?? 0,
    height: Math.max(3, (node.y1 ?? 0) - (node.y0 ?? 0)),
  }))
  const at = new Map(nodes.map((node) => [node.id, node.x]))
  const links = placed.links.map(({ from, to, count, before, result, y0 = 0, y1 = 0, width: thick = 1 }) => {
    const [x0, x1] = [at.get(from)! + NODE_WIDTH, at.get(to)!]
    const middle = (x0 + x1) / 2
    return {
      from,
      to,
      count,
      before,
      result,
      width: Math.max(result === 'broken' ? 3 : 1, thick),
      path: `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`,
    }
  })
  return { nodes, links }
}
/** The nodes and links of the path through a node: what comes to it and what goes on from it. */
export function pathThrough(links: FlowLink[], id: string): Set<string> {
  const found = new Set([id])
  const walk = (from: string, ahead: boolean): void => {
    for (const link of links) {
      const [near, far] = ahead ? [link.from, link.to] : [link.to, link.from]
      if (near !== from) continue
      found.add(far)
      walk(far, ahead)
    }
  }
  walk(id, true)
  walk(id, false)
  return found
}
