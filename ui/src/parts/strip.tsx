import { useQuery } from '@tanstack/react-query'
import { queries } from '../api/queries.ts'
import { usePlace } from '../frame/url.ts'
import { count, minute } from '../lib/formats.ts'
import { tone, type Result } from '../lib/results.ts'
import { Failed } from './states.tsx'

const HEIGHT = 44

export interface StripProps {
  q: string
  /** Which results are told apart. */
  of: readonly Result[]
  /** In a row of a list: what it says is left to those who do not see it. */
  small?: boolean
}

/** The last hour minute by minute, with the same in a sentence. */
export function Strip({ q, of, small = false }: StripProps) {
  const { scope } = usePlace()
  const figures = useQuery(queries.figures(scope, q, '-1h'))
  if (figures.data === undefined) {
    if (small) return <span className="strip small" />
    return figures.error === null ? (
      <p className="hint">Counting…</p>
    ) : (
      <Failed what="The last hour" error={figures.error} retry={() => void figures.refetch()} />
    )
  }
  const { from, to, buckets, bucket_minutes, now } = figures.data
  const beginMs = Date.parse(from)
  const stepMs = bucket_minutes * 60_000
  const bars = Math.max(1, Math.round((Date.parse(to) - beginMs) / stepMs))
  const most = Math.max(1, ...buckets.map(({ results }) => of.reduce((sum, result) => sum + results[result], 0)))
  const words = of.flatMap((result) => (now.results[result] === 0 ? [] : [`${count(now.results[result])} ${result}`]))
  const said = `${words.join(', ') || 'Nothing'}, ${minute(beginMs)} to ${minute(Date.parse(to))}.`
  return (
    <>
      <svg
        className={`strip ${small ? 'small' : ''}`}
        viewBox={`0 0 ${bars * 4} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={said}
      >
        <path className="base" d={`M0 ${HEIGHT - 0.5}H${bars * 4}`} />
        {buckets.map(({ at, results }) => {
          const x = Math.round((Date.parse(at) - beginMs) / stepMs) * 4
          let y = HEIGHT
          return of.map((result) => {
            const height = (results[result] / most) * HEIGHT
            y -= height
            return height === 0 ? null : (
              <rect
                key={`${at} ${result}`}
                x={x}
                y={y}
                width={3}
                height={height}
                fill={`var(--${tone(result)}-fill)`}
              />
            )
          })
        })}
      </svg>
      {!small && <p className="hint">{said}</p>}
    </>
  )
}
