import { useEffect, useRef, useState } from 'react'
import type { Row as Action } from '../../api/traffic.ts'
import { age, count, duration, plural, time } from '../../lib/formats.ts'
import { toastError } from '../../frame/toasts.tsx'
import { outcomeWords, tone } from '../../lib/results.ts'
import { Glyph, glyphOf } from '../../parts/glyph.tsx'
import type { ActionRow, GapRow, MinuteRow } from './rows.ts'

export const Minute = ({ row }: { row: MinuteRow }) => (
  <div className="min">
    <span>{row.title}</span>
    <span>
      {count(row.count)}
      {row.more && '+'} match
    </span>
  </div>
)

/** What was missed while the stream was lost, and the way to it. */
export function Missed({ row: { gap }, load }: { row: GapRow; load: () => Promise<void> }) {
  const [loading, setLoading] = useState(false)
  return (
    <div className="missed">
      <span>
        {age(gap.untilMs - gap.sinceMs)} missed,{' '}
        {gap.count === null ? 'more than 10,000 actions' : plural(gap.count, 'action')}.
      </span>
      <button
        type="button"
        className="btn small"
        aria-disabled={loading}
        onClick={() => {
          if (loading) return
          setLoading(true)
          void load()
            .catch((error: unknown) => toastError('What was missed could not be loaded', error))
            .finally(() => setLoading(false))
        }}
      >
        {loading ? 'Loading' : 'Load'}
      </button>
    </div>
  )
}

/** Times in what the server says, as times are written here. */
const readable = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (instant) => time(Date.parse(instant), { now: Date.now() }))

/** Why, or where it went, behind the outcome's word. */
export function moreOf({ outcome, provider, result, rule, took, ...row }: Action): string {
  const reason = row.reason === undefined ? undefined : readable(row.reason)
  if (outcome === 'executed') return `by ${provider}${took === undefined ? '' : ` in ${duration(took)}`}`
  if (result === 'delivered') return reason ?? `by ${provider}`
  if (outcome === 'open') return `for ${provider}`
  if (result === 'broken') return reason === undefined ? provider : `${provider}: ${reason}`
  return reason ?? (rule === null ? provider : `by ${rule}`)
}

/** Whether a provider was asked to do it. */
export const wasSent = ({ result }: Action): boolean => result === 'delivered' || result === 'broken'

/** Changes its colour once when the outcome changed in place. */
function useFlash(value: string): string {
  const before = useRef(value)
  const [flash, setFlash] = useState('')
  useEffect(() => {
    if (before.current === value) return
    before.current = value
    setFlash('flash')
    const timer = setTimeout(() => setFlash(''), 600)
    return () => clearTimeout(timer)
  }, [value])
  return flash
}

const At = ({ at, className }: { at: number; className?: string }) => (
  <time className={className} dateTime={new Date(at).toISOString()}>
    {time(at, { now: Date.now() })}
  </time>
)

/** Beside an open story, and on a phone. */
export function TwoLines({ row: { action, folded } }: { row: ActionRow }) {
  const word = outcomeWords(action.outcome)
  const flash = useFlash(word)
  return (
    <>
      <Glyph name={glyphOf(action.result, action.outcome)} />
      <span className={`l1 ${flash}`} data-cell="type" data-action-id={action.id}>
        {action.type} <span>{action.subject ?? `${action.tenant} / ${action.ns}`}</span>
      </span>
      <At at={action.at} />
      <span className="l2">
        <b className={`f-${tone(action.result)}`} data-cell="outcome">
          {word}
        </b>{' '}
        {moreOf(action)}
      </span>
      {folded.length > 0 && <span className="x">×{folded.length + 1}</span>}
    </>
  )
}

export function Line({ row: { action, folded }, unfold }: { row: ActionRow; unfold: () => void }) {
  const word = outcomeWords(action.outcome)
  const flash = useFlash(word)
  const { outcome, subject } = action
  return (
    <span
      className={`line ${flash}`}
      data-action-id={action.id}
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') unfold()
      }}
    >
      <At at={action.at} className="mono" />
      <span className={`o f-${tone(action.result)}`} data-cell="outcome">
        <Glyph name={glyphOf(action.result, outcome)} />
        {word}
      </span>
      <span className="s" data-cell="type">
        <b>{action.type}</b> {subject ?? (outcome === 'executed' ? '' : moreOf(action))}
      </span>
      <span className="r" data-cell="rule">
        {action.rule ?? 'no rule matched'}
      </span>
      <span className="r" data-cell="provider">
        {wasSent(action) ? action.provider : 'not sent'}
      </span>
      <span className="d">{action.took === undefined ? '' : duration(action.took)}</span>
      {folded.length > 0 && (
        <span
          className="x"
          title="The same within this minute; a click unfolds"
          onClick={(event) => {
            event.preventDefault()
            event.stopPropagation()
            unfold()
          }}
        >
          ×{folded.length + 1}
        </span>
      )}
    </span>
  )
}
