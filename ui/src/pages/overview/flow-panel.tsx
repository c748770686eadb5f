import { useEffect, useMemo, useRef, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { isDown, queries } from '../../api/queries.ts'
import type { Figures } from '../../api/traffic.ts'
import { A } from '../../frame/link.tsx'
import { usePlace } from '../../frame/url.ts'
import { parseFilter, withTerm } from '../../lib/filter.ts'
import { change, count, duration, share } from '../../lib/formats.ts'
import { RESULTS, tone } from '../../lib/results.ts'
import { Glyph, glyphOf } from '../../parts/glyph.tsx'
import { useMedia, useWidth } from '../../parts/width.ts'
import {
  COLUMN_TITLES,
  flowGraph,
  pathThrough,
  placeFlow,
  termsOf,
  type FlowGraph,
  type FlowLink,
  type FlowNode,
} from './flow.ts'

const FEWEST = 20
const HEIGHT = 360
const HEAD = 22

interface Shown {
  figures: Figures
  graph: FlowGraph
  /** Of the same before, or usually, in words; empty: nothing is known. */
  comparedWith: (thing: FlowNode | FlowLink) => string
}

/**
 * Where they went, as a picture or as a table with the same numbers and targets.
 * @param compared the same window with what it is compared with
 * @param name of what is asked; while it is the same, nodes keep their places
 */
export function FlowPanel({
  figures,
  compared,
  name,
}: {
  figures: Figures
  compared: Figures | undefined
  name: string
}) {
  const { search, here } = usePlace()
  const wide = useMedia('(min-width: 900px)')
  const few = figures.now.total < FEWEST
  const table = few || (search['view'] ?? (wide ? 'picture' : 'table')) === 'table'
  const order = useRef<{ name: string; ids: string[] }>({ name, ids: [] })
  const graph = useMemo(
    () => flowGraph(figures.flow, order.current.name === name ? order.current.ids : []),
    [figures.flow, name],
  )
  useEffect(() => {
    order.current = { name, ids: graph.nodes.map(({ id }) => id) }
  }, [graph, name])
  const before = useMemo(() => beforeOf(compared), [compared])
  const comparedWith = (thing: FlowNode | FlowLink): string => {
    const usual = 'column' in thing ? usualOf(thing, compared) : undefined
    if (usual !== undefined) return usual === 0 ? 'usually none' : `usually ${count(usual)}`
    const earlier = before(thing)
    if (earlier === undefined) return ''
    return earlier === 0 ? 'none before' : `${change(thing.count, earlier) ?? '0 %'} vs before`
  }
  const shown: Shown = { figures, graph, comparedWith }
  return (
    <section className="panel flow" aria-labelledby="flow-title">
      <div className="hd">
        <h2 id="flow-title">Where they went</h2>
        <p>
          {few
            ? `A table, as there are fewer than ${FEWEST} actions.`
            : 'Pick any part to filter. Types and rules under 1 % are merged.'}
        </p>
        <span className="sp" />
        <div className="legend">
          {RESULTS.map((result) => (
            <span key={result}>
              <Glyph name={glyphOf(result)} />
              {result}
            </span>
          ))}
        </div>
        {!few && (
          <div className="seg">
            <A className={table ? '' : 'on'} aria-current={table ? undefined : 'true'} href={here({ view: 'picture' })}>
              Picture
            </A>
            <A className={table ? 'on' : ''} aria-current={table ? 'true' : undefined} href={here({ view: 'table' })}>
              Table
            </A>
          </div>
        )}
      </div>
      {table ? <Table {...shown} /> : <Picture {...shown} />}
    </section>
  )
}

/** What nodes and links were in the window before; the answer with it has other numbers of now, so it is a graph of its own. */
function beforeOf(compared: Figures | undefined): (thing: FlowNode | FlowLink) => number | undefined {
  if (compared?.before == null) return () => undefined
  const { nodes, links } = flowGraph(compared.flow)
  const keyOf = (thing: FlowNode | FlowLink): string => ('column' in thing ? thing.id : `${thing.from} ${thing.to}`)
  const counts = new Map([...nodes, ...links].map((thing) => [keyOf(thing), thing.before]))
  return (thing) => counts.get(keyOf(thing)) ?? undefined
}

/** What is usual of a rule or provider; undefined: of this nothing is known. */
function usualOf({ column, name }: FlowNode, compared: Figures | undefined): number | undefined {
  if (name === undefined || compared === undefined) return undefined
  const shares = column === 1 ? compared.rules : column === 3 ? compared.providers : []
  const usual = shares.find((share) => share.name === name)?.usual
  if (usual == null) return undefined
  return column === 1 ? usual.count : usual.results.delivered + usual.results.broken
}

/** The address of the list of what nodes count: the window that the figures name, and the filter with their terms. */
function useHrefOf({ figures, graph }: Shown): (...nodes: FlowNode[]) => string {
  const { search, to } = usePlace()
  return (...nodes) => {
    const terms = nodes.flatMap((node) => termsOf(node, graph))
    // A term that asks for one value says more than one of the same key for several.
    const narrowed = new Set(terms.filter(({ not, key }) => !not && key !== 'result').map(({ key }) => key))
    const kept = parseFilter(search['q'] ?? '').filter(({ key, not }) => not || !narrowed.has(key))
    const q = withTerm(kept.map(({ text }) => text).join(' '), ...terms)
    return to('actions', { q, from: figures.from, to: figures.to, live: undefined })
  }
}

function Picture(shown: Shown) {
  const { figures, graph, comparedWith } = shown
  const { go } = usePlace()
  const by = useHrefOf(shown)
  const frame = useRef<HTMLDivElement>(null)
  const width = useWidth(frame, 1_136)
  const providers = useQuery(queries.providers()).data?.providers
  const { nodes, links } = useMemo(() => placeFlow(graph, width, HEIGHT), [graph, width])
  const [near, setNear] = useState<string | null>(null)
  const path = useMemo(() => (near === null ? null : pathThrough(graph.links, near)), [graph, near])
  const faint = (...ids: string[]): number => (path === null || ids.every((id) => path.has(id)) ? 1 : 0.12)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const line = (node: FlowNode): { text: string; bad: boolean } | null => {
    if (node.column !== 3 || node.name === undefined) return null
    const health = providers?.find(({ provider }) => provider === node.title)
    if (health === undefined) return null
    const share = figures.providers.find(({ name }) => name === node.name)
    const failed = share?.results.broken ?? 0
    if (isDown(health))
      return { text: failed === 0 ? 'breaker open' : `breaker open, ${count(failed)} failed`, bad: true }
    return share === undefined || share.p95_ms === null ? null : { text: `p95 ≤ ${duration(share.p95_ms)}`, bad: false }
  }
  const told = (title: string, thing: FlowNode | FlowLink): string =>
    [`${title}: ${count(thing.count)}`, share(thing.count, figures.now.total), comparedWith(thing)]
      .filter((part) => part !== '')
      .join(', ')
  const walk = (node: FlowNode, key: string): void => {
    const column = nodes.filter((other) => other.column === node.column)
    const thick = (ahead: boolean) =>
      links.filter((link) => (ahead ? link.from : link.to) === node.id).sort((a, b) => b.count - a.count)[0]
    const next =
      key === 'ArrowDown' || key === 'ArrowUp'
        ? column[column.findIndex(({ id }) => id === node.id) + (key === 'ArrowDown' ? 1 : -1)]?.id
        : key === 'ArrowRight'
          ? thick(true)?.to
          : thick(false)?.from
    if (next !== undefined) frame.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus()
  }
  return (
    <div ref={frame} className="picture" onMouseLeave={() => setNear(null)}>
      <svg
        width={width}
        height={HEIGHT + HEAD + 8}
        role="img"
        aria-label={`Flow of ${count(figures.now.total)} actions from action type through deciding rule and outcome to provider. The table has the same numbers.`}
      >
        {COLUMN_TITLES.map((title, column) => (
          <text key={title} className="h" x={[0, 0.3, 0.592, 0.787][column]! * width} y="12">
            {title}
          </text>
        ))}
        <g transform={`translate(0 ${HEAD})`}>
          {links.map(({ from, to, count: n, before, result, path: d, width: thick }) => (
            <path
              key={`${from} ${to} ${result}`}
              className="link"
              d={d}
              fill="none"
              stroke={result === null ? 'var(--flow)' : `var(--${tone(result)}-fill)`}
              strokeWidth={thick}
              strokeOpacity={(result === null ? 0.5 : result === 'broken' ? 0.62 : 0.32) * faint(from, to)}
              onClick={() => go(by(byId.get(from)!, byId.get(to)!))}
              onMouseEnter={() => setNear(from)}
            >
              <title>
                {told(`${byId.get(from)?.title} → ${byId.get(to)?.title}`, { from, to, count: n, before, result })}
              </title>
            </path>
          ))}
          {nodes.map((node) => {
            const more = line(node)
            const y = node.y + node.height / 2 + 4
            const bad = more?.bad === true
            return (
              <g key={node.id} opacity={faint(node.id)} aria-hidden="true">
                <rect
                  x={node.x}
                  y={node.y}
                  width="9"
                  height={node.height}
                  rx="1.5"
                  fill={
                    bad
                      ? 'var(--broken-fill)'
                      : node.result === undefined
                        ? 'var(--node)'
                        : `var(--${tone(node.result)}-fill)`
                  }
                />
                <text x={node.x + 17} y={more === null ? y : y - 6}>
                  <tspan className={typeof node.name === 'string' ? '' : 'c'}>{clip(node.title)}</tspan>
                  <tspan className="c" dx="6">
                    {count(node.count)}
                  </tspan>
                </text>
                {more !== null && (
                  <text className={bad ? 'bad' : 'c'} x={node.x + 17} y={y + 9}>
                    {more.text}
                  </text>
                )}
              </g>
            )
          })}
        </g>
      </svg>
      <ul className="nodes" aria-label="Parts of the flow">
        {nodes.map((node) => (
          <li key={node.id}>
            <A
              data-node={node.id}
              href={by(node)}
              style={{ left: node.x, top: node.y + HEAD + node.height / 2 - 12 }}
              onMouseEnter={() => setNear(node.id)}
              onFocus={() => setNear(node.id)}
              onBlur={() => setNear(null)}
              onKeyDown={(event) => {
                if (event.key.startsWith('Arrow')) {
                  event.preventDefault()
                  walk(node, event.key)
                }
              }}
              title={told(node.title, node)}
            >
              {COLUMN_TITLES[node.column]}: {node.title}, {count(node.count)}
            </A>
          </li>
        ))}
      </ul>
    </div>
  )
}
const clip = (text: string): string => (text.length > 24 ? `${text.slice(0, 23)}…` : text)

type Sort = 'from' | 'to' | 'count'
function Table(shown: Shown) {
  const { figures, graph, comparedWith } = shown
  const by = useHrefOf(shown)
  const [sort, setSort] = useState<Sort>('count')
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const rows = graph.links
    .filter(({ result }) => result !== null)
    .toSorted((a, b) => (sort === 'count' ? b.count - a.count : a[sort].localeCompare(b[sort])))
  const head = (key: Sort, title: string, num = false) => (
    <th className={num ? 'num' : ''} aria-sort={sort === key ? (key === 'count' ? 'descending' : 'ascending') : 'none'}>
      <button type="button" onClick={() => setSort(key)}>
        {title}
      </button>
    </th>
  )
  return (
    <table className="table">
      <thead>
        <tr>
          {head('from', 'From')}
          {head('to', 'To')}
          {head('count', 'Count', true)}
          <th className="num">Share</th>
          <th className="num">Change</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((link) => {
          const { from, to, count: n, result } = link
          return (
            <tr key={`${from} ${to} ${result}`}>
              <td>
                <A href={by(nodes.get(from)!)}>{nodes.get(from)!.title}</A>
              </td>
              <td>
                <Glyph name={glyphOf(result)} /> <A href={by(nodes.get(to)!)}>{nodes.get(to)!.title}</A>
              </td>
              <td className="num">
                <A href={by(nodes.get(from)!, nodes.get(to)!)}>{count(n)}</A>
              </td>
              <td className="num">{share(n, figures.now.total)}</td>
              <td className="num">{comparedWith(link)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
