import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { fetchRows, keyOf, type Asked } from '../../api/traffic.ts'
import { A } from '../../frame/link.tsx'
import { usePlace } from '../../frame/url.ts'
import { duration, time } from '../../lib/formats.ts'
import { outcomeWords, tone } from '../../lib/results.ts'
import { useFresh } from '../../live/fresh.ts'
import { Glyph, glyphOf } from '../../parts/glyph.tsx'
import { moreOf, wasSent } from '../actions/views.tsx'

const ROWS = 5
const RENEW_MS = 2_000

/** The newest five; they stand still while the pointer or the focus is on them. */
export function JustNow({ asked, live }: { asked: Asked; live: boolean }) {
  const { to } = usePlace()
  const [held, setHeld] = useState(false)
  const { data, refetch } = useQuery({
    queryKey: ['traffic', 'newest', asked],
    queryFn: ({ signal }) => fetchRows(asked, { limit: ROWS }, signal),
    placeholderData: keepPreviousData,
  })
  useFresh(refetch, RENEW_MS, live && !held)
  if (data === undefined || data.rows.length === 0) return null
  return (
    <section
      className="panel tail"
      aria-labelledby="tail-title"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <div className="hd">
        <h2 id="tail-title">{live ? 'Just now' : 'The newest'}</h2>
        <p>{live ? 'Newest first. Stops when you point at it.' : 'Of this range, newest first.'}</p>
        <span className="sp" />
        <A href={to('actions')} className="quiet-link">
          All actions
        </A>
      </div>
      {data.rows.map((row) => (
        <A key={keyOf(row)} className="trow" data-action-id={row.id} href={to('actions', { open: row.id })}>
          <time className="mono" dateTime={new Date(row.at).toISOString()}>
            {time(row.at, { ms: true })}
          </time>
          <span className={`o f-${tone(row.result)}`}>
            <Glyph name={glyphOf(row.result, row.outcome)} />
            {outcomeWords(row.outcome)}
          </span>
          <span className="s">
            <b>{row.type}</b> {row.subject ?? moreOf(row)}
          </span>
          <span className="r">{row.rule ?? 'no rule matched'}</span>
          <span className="r">{wasSent(row) ? row.provider : 'not sent'}</span>
          <span className="d">{row.took === undefined ? '' : duration(row.took)}</span>
        </A>
      ))}
    </section>
  )
}
