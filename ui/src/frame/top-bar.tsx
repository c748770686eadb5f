import { lazy, Suspense, useEffect, useState } from 'react'
import { parseFilter } from '../lib/filter.ts'
import { duration, minuteOfDay, time, zoneName } from '../lib/formats.ts'
import { rangeOf } from '../lib/range.ts'
import { liveState } from '../live/stream.ts'
import { useLive } from '../live/use-live.ts'
import type { Page } from '../pages.tsx'
import { Icon } from '../parts/icon.tsx'
import { PopOver } from '../parts/pop-over.tsx'
import { FilterBar } from './filter-bar.tsx'
import { useOutdated } from './outdated.ts'
import { ScopePicker } from './scope.tsx'
import { usePlace, useRange } from './url.ts'

const TimeChoices = lazy(() => import('./time-choices.tsx'))

const QUIET_MS = 2_000
const SAID_MS = 15_000

export function TopBar({ page, openPalette }: { page: Page | undefined; openPalette: () => void }) {
  const { search } = usePlace()
  const state = useLive((live) => live.state)
  const lostSinceMs = useLive((live) => live.lostSinceMs)
  const terms = parseFilter(search['q'] ?? '').length
  const late = useLate(lostSinceMs)
  const filtered = page?.lists !== undefined
  const timed = page?.window !== undefined
  const name = timed ? 'Filter and time' : 'Filter'
  const outdated = useOutdated()
  return (
    <>
      <header className="top">
        <h1>{page?.title ?? 'Not found'}</h1>
        <div className="only-phone">
          <ScopePicker />
        </div>
        {filtered ? <FilterBar /> : <span className="q-none" />}
        {timed && <TimePicker />}
        <LivePill late={late} />
        {filtered && (
          <PopOver
            className="btn ghost icon only-phone"
            label={terms === 0 ? name : `${name}, ${terms} terms`}
            name={name}
            popup="phone-filter"
            align="end"
            trigger={
              <>
                <Icon name="filter" size={18} />
                {terms > 0 && <small>{terms}</small>}
              </>
            }
          >
            {() => (
              <>
                <FilterBar />
                {timed && (
                  <Suspense>
                    <TimeChoices />
                  </Suspense>
                )}
              </>
            )}
          </PopOver>
        )}
        <button type="button" className="btn ghost hide" onClick={openPalette}>
          Commands <kbd>⌘K</kbd>
        </button>
      </header>
      {state === 'lost' && late > SAID_MS && (
        <p className="lost" role="status">
          The server has not answered for {duration(late)}. What is shown is from{' '}
          {time(liveState().heardMs, { now: Date.now() })}; it is tried again each second.
        </p>
      )}
      {outdated && (
        <p className="outdated" role="status">
          The server runs a new version of this page.{' '}
          <button type="button" className="btn small" onClick={() => location.reload()}>
            Reload for the new version
          </button>
        </p>
      )}
    </>
  )
}

/** For how long the stream has been lost, milliseconds. */
function useLate(since: number | null): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (since === null) return
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [since])
  return since === null ? 0 : Math.max(0, now - since)
}

function LivePill({ late }: { late: number }) {
  const { search, change } = usePlace()
  const state = useLive((live) => live.state)
  const rate = useLive((live) => rateText(live.rate))
  if (!rangeOf(search['from'], search['to'], Date.now()).live)
    return (
      <button
        type="button"
        className="btn pill"
        onClick={() => change({ from: undefined, to: undefined, live: undefined })}
        title="The range is fixed; back to the last hour, live"
      >
        Not live
      </button>
    )
  if (state === 'off')
    return (
      <button type="button" className="btn pill" aria-pressed="false" onClick={() => change({ live: undefined }, true)}>
        Live off
      </button>
    )
  if (state === 'lost' && late > QUIET_MS)
    return <span className="btn pill waiting">Reconnecting, data to {time(liveState().heardMs)}</span>
  return (
    <button type="button" className="btn live pill" aria-pressed="true" onClick={() => change({ live: '0' }, true)}>
      <span className="t">Live</span> <small>{rate}/s</small>
    </button>
  )
}
const rateText = (rate: number): string => (rate < 10 ? rate.toFixed(1).replace(/\.0$/, '') : String(Math.round(rate)))

function TimePicker() {
  const range = useRange()
  const now = Date.now()
  return (
    <PopOver
      className="btn hide-phone"
      name="Time"
      align="end"
      trigger={
        <>
          {range.title}{' '}
          <small className="wide">
            {minuteOfDay(range.fromMs, now)} – {minuteOfDay(range.toMs, now)} {zoneName(range.toMs)}
          </small>
        </>
      }
    >
      {() => (
        <Suspense>
          <TimeChoices />
        </Suspense>
      )}
    </PopOver>
  )
}
