import { useState } from 'react'
import { minuteOfDay, timesShownIn } from '../lib/formats.ts'
import { PRESETS, rangeOf } from '../lib/range.ts'
import { EXAMPLES, typedRange } from '../lib/typed-range.ts'
import { instantOf, wallOf } from '../lib/zones.ts'
import { pageAt } from '../pages.tsx'
import { A } from './link.tsx'
import { usePlace, useRange } from './url.ts'
import { lastVisit } from './visits.ts'

/** The windows that can be chosen: known ones, the one before and after, one said in words, or from when to when. */
export default function TimeChoices() {
  const { search, page, here, change } = usePlace()
  const range = useRange()
  const zone = timesShownIn()
  const [from, setFrom] = useState(() => fieldOf(range.fromMs, zone))
  const [to, setTo] = useState(() => fieldOf(range.toMs, zone))
  const width = range.toMs - range.fromMs
  const visit = lastVisit()
  const fixed = (fromMs: number, toMs?: number) => ({
    ...{ from: new Date(fromMs).toISOString(), live: undefined },
    to: toMs === undefined ? undefined : new Date(toMs).toISOString(),
  })
  const current = search['from'] ?? pageAt(page)?.window
  return (
    <div className="choices">
      {PRESETS.map((preset) => (
        <A
          key={preset.from}
          className="menu-item"
          href={here({ from: preset.from, to: undefined })}
          aria-current={current === preset.from ? 'true' : undefined}
        >
          {preset.title}
        </A>
      ))}
      {visit !== null && (
        <A
          className="menu-item"
          href={here(fixed(visit))}
          aria-current={current === fixed(visit).from && search['to'] === undefined ? 'true' : undefined}
        >
          Since my last visit <small>{minuteOfDay(visit, Date.now())}</small>
        </A>
      )}
      <div className="pair">
        <A className="btn small" href={here(fixed(range.fromMs - width, range.toMs - width))}>
          Earlier
        </A>
        <A className="btn small" href={here(fixed(range.fromMs + width, range.toMs + width))}>
          Later
        </A>
      </div>
      <InWords />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change(fixed(instantIn(from, zone), instantIn(to, zone)))
        }}
      >
        <label className="field">
          From{' '}
          <input
            className="input"
            type="datetime-local"
            value={from}
            required
            onChange={(event) => setFrom(event.target.value)}
          />
        </label>
        <label className="field">
          To{' '}
          <input
            className="input"
            type="datetime-local"
            value={to}
            required
            onChange={(event) => setTo(event.target.value)}
          />
        </label>
        <p className="hint">In {zone}.</p>
        <button type="submit" className="btn">
          Show, not live
        </button>
      </form>
    </div>
  )
}

/** A window as it is said; what it means stands below before it is shown. */
function InWords() {
  const { change } = usePlace()
  const [text, setText] = useState('')
  const now = Date.now()
  const typed = typedRange(text, { now, zone: timesShownIn() })
  const isProblem = 'problem' in typed
  const said = text.trim() !== ''
  const meant = isProblem ? undefined : rangeOf(typed.from, typed.to, now)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isProblem) change({ from: typed.from, to: typed.to, live: undefined })
      }}
    >
      <label className="field">
        In words{' '}
        <input
          className="input"
          value={text}
          autoComplete="off"
          spellCheck={false}
          placeholder="around 02:51"
          aria-invalid={said && isProblem}
          aria-describedby="time-in-words"
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <p className={said && isProblem ? 'hint f-broken' : 'hint'} id="time-in-words" role="status">
        {!said
          ? `As in ${EXAMPLES}.`
          : isProblem
            ? typed.problem
            : `${minuteOfDay(meant!.fromMs, now)} – ${meant!.endsNow ? 'now' : minuteOfDay(meant!.toMs, now)}`}
      </p>
      <button type="submit" className="btn" disabled={isProblem}>
        Show
      </button>
    </form>
  )
}

const two = (n: number): string => String(n).padStart(2, '0')

/** As a field for date and time wants it. */
function fieldOf(at: number, zone: string): string {
  const { year, month, day, hour, minute } = wallOf(at, zone)
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`
}

function instantIn(field: string, zone: string): number {
  const [year, month, day, hour, minute] = field.split(/[-T:]/).map(Number) as [number, number, number, number, number]
  return instantOf({ year, month, day, hour, minute, second: 0 }, zone)
}
