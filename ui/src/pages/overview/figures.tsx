import { useRef, useState, type PointerEvent } from 'react'
import type { AttentionItem, Figures as Answer } from '../../api/traffic.ts'
import { A } from '../../frame/link.tsx'
import { usePlace } from '../../frame/url.ts'
import { term, withTerm } from '../../lib/filter.ts'
import { change, count, minute, share } from '../../lib/formats.ts'
import { RESULT_TITLES, RESULTS, tone, type Result } from '../../lib/results.ts'
import { Glyph, glyphOf } from '../../parts/glyph.tsx'
import { useWidth } from '../../parts/width.ts'

/** From how many times its usual on that is said instead of the change. */
const FAR = 3

/**
 * The five figures, each the address of the actions that it counts, and their bars over the window.
 * @param compared the same window with what it is compared with
 * @param marks what happened within it
 */
export function Figures({
  figures,
  compared,
  marks,
}: {
  figures: Answer
  compared: Answer | undefined
  marks: AttentionItem[]
}) {
  const { search, to } = usePlace()
  const q = search['q'] ?? ''
  const { now, from, to: until } = figures
  const window = { from, to: until, live: undefined }
  const usually = usualWords(now.total, compared)
  return (
    <section className="panel sum" aria-label="Figures">
      <dl className="figs">
        <div>
          <dt>Arrived</dt>
          <dd>
            <A href={to('actions', window)} title={usually.title}>
              <b>{count(now.total)}</b>
              <span>{usually.text ?? `${minute(Date.parse(from))} – ${minute(Date.parse(until))}`}</span>
            </A>
          </dd>
        </div>
        {RESULTS.map((result) => (
          <div key={result}>
            <dt>
              <Glyph name={glyphOf(result)} />
              {RESULT_TITLES[result]}
            </dt>
            <dd>
              <A href={to('actions', { ...window, q: withTerm(q, term('result', result)) })}>
                <b>{count(now.results[result])}</b>
                <span className={result === 'broken' && now.results.broken > 0 ? 'f-broken' : ''}>
                  {share(now.results[result], now.total)}
                  {shareWords(result, compared)}
                </span>
              </A>
            </dd>
          </div>
        ))}
      </dl>
      <Bars figures={figures} marks={marks} />
    </section>
  )
}

/** How the total differs from the window before, or from its usual where it is far from that. */
function usualWords(total: number, compared: Answer | undefined): { text: string | undefined; title: string } {
  const { usual, before, from, to } = compared ?? {}
  const title = usual == null ? 'As a list' : `Usually ${count(usual.count)} at this time of day`
  if (usual != null && usual.count > 0 && total >= FAR * usual.count)
    return { text: `${change(total, usual.count)} its usual`, title }
  if (before == null || from === undefined || to === undefined) return { text: undefined, title }
  const length = Date.parse(to) - Date.parse(from)
  const earlier = `${minute(Date.parse(from) - length)} – ${minute(Date.parse(from))}`
  const differs = change(total, before.total)
  if (before.total === 0) return { text: total === 0 ? undefined : `none ${earlier}`, title }
  return { text: differs === undefined ? `as ${earlier}` : `${differs} vs ${earlier}`, title }
}

/** The share that is usual, else the one of the window before; nothing where neither is known. */
function shareWords(result: Result, compared: Answer | undefined): string {
  const usual = compared?.usual?.shares?.[result]
  if (usual !== undefined) return usual === 0 ? ', usually none' : `, usual ${share(usual, 1)}`
  const before = compared?.before
  if (before == null || before.total === 0) return ''
  return before.results[result] === 0 ? ', none before' : `, ${share(before.results[result], before.total)} before`
}

const BASE = 66
const TOP = 6

function Bars({ figures, marks }: { figures: Answer; marks: AttentionItem[] }) {
  const { change: go } = usePlace()
  /** The parts between which the pointer is being drawn. */
  const [brush, setBrush] = useState<{ from: number; to: number } | null>(null)
  const frame = useRef<HTMLElement>(null)
  const width = useWidth(frame, 470)
  const [fromMs, toMs] = [Date.parse(figures.from), Date.parse(figures.to)]
  const partMs = figures.bucket_minutes * 60_000
  const parts = Math.max(1, Math.ceil((toMs - fromMs) / partMs))
  const step = width / parts
  const bars = figures.buckets.map(({ at, results }) => ({
    ...{ atMs: Date.parse(at), results },
    all: RESULTS.reduce((sum, result) => sum + results[result], 0),
  }))
  const most = Math.max(1, ...bars.map(({ all }) => all))
  const unit = (BASE - TOP) / most
  const xOf = (atMs: number): number => ((atMs - fromMs) / partMs) * step
  const inside = marks.flatMap(({ since, sentence }) =>
    since !== null && Date.parse(since) > fromMs && Date.parse(since) < toMs
      ? [{ at: Date.parse(since), sentence }]
      : [],
  )
  const partAt = ({ clientX, currentTarget }: PointerEvent<SVGSVGElement>): number =>
    Math.min(parts - 1, Math.max(0, Math.floor((clientX - currentTarget.getBoundingClientRect().left) / step)))
  const [first, last] = brush === null ? [0, 0] : [Math.min(brush.from, brush.to), Math.max(brush.from, brush.to)]
  const show = (beginMs: number, endMs: number): void =>
    go({ from: new Date(beginMs).toISOString(), to: new Date(endMs).toISOString(), live: undefined })
  return (
    <figure ref={frame}>
      <svg
        width={width}
        height="82"
        role="img"
        onPointerDown={(event) => {
          // A finger scrolls; whoever has no pointer says the window in words.
          if (event.button !== 0 || event.pointerType === 'touch') return
          event.preventDefault()
          setBrush({ from: partAt(event), to: partAt(event) })
        }}
        onPointerMove={(event) => brush !== null && setBrush({ from: brush.from, to: partAt(event) })}
        onPointerLeave={() => setBrush(null)}
        onPointerUp={() => {
          setBrush(null)
          // Within one part it is a click on that.
          if (brush !== null && first < last) show(fromMs + first * partMs, fromMs + (last + 1) * partMs)
        }}
        aria-label={`Actions over time by result, ${minute(fromMs)} to ${minute(toMs)}; at most ${count(most)} in one of ${parts} parts`}
      >
        {bars.map(({ atMs, results, all }) => {
          let y = BASE
          const x = xOf(atMs)
          return (
            <g key={atMs} className="bar" onClick={() => show(atMs, atMs + partMs)}>
              <title>{`${minute(atMs)}: ${count(all)} arrived; ${RESULTS.map((result) => `${count(results[result])} ${result}`).join(', ')}`}</title>
              <rect x={x} y={0} width={step} height={BASE} fill="transparent" />
              {RESULTS.filter((result) => results[result] > 0).map((result) => {
                const height = Math.max(1, results[result] * unit)
                y -= height
                return (
                  <rect
                    key={result}
                    x={x + 0.6}
                    y={y}
                    width={Math.max(0.5, step - 1.4)}
                    height={height}
                    fill={`var(--${tone(result)}-fill)`}
                  />
                )
              })}
            </g>
          )
        })}
        {first < last && (
          <rect className="brush" x={first * step} y="0" width={(last - first + 1) * step} height={BASE} />
        )}
        <path d={`M0 ${BASE + 0.5}H${width}`} stroke="var(--line-2)" />
        {inside.slice(0, 1).map(({ at, sentence }) => (
          <g key={at}>
            <path d={`M${xOf(at)} 0V${BASE}`} stroke="var(--broken-fill)" strokeDasharray="2 2" />
            <text className="h" x={Math.min(width - 130, Math.max(130, xOf(at)))} y="79" textAnchor="middle">
              {minute(at)} {sentence.length > 34 ? `${sentence.slice(0, 33)}…` : sentence}
            </text>
          </g>
        ))}
        <text className="h" x="0" y="79">
          {minute(fromMs)}
        </text>
        <text className="h" x={width} y="79" textAnchor="end">
          {minute(toMs)}
        </text>
      </svg>
    </figure>
  )
}
