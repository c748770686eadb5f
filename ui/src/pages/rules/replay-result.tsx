import { useState } from 'react'
import { A } from '../../frame/link.tsx'
import { hrefOf } from '../../frame/url.ts'
import { count, plural, time } from '../../lib/formats.ts'
import { outcomeWords } from '../../lib/results.ts'
import { isRunning, type Job } from './asking.ts'
import type { Replay } from './replay.tsx'

const FIRST = 20
interface Cell {
  real: string
  new: string
}

/** What a replay found: the sentence first, then what became what, then which actions and why. */
export function ReplayResult({ replay }: { replay: Replay }) {
  const { job, lost } = replay
  const [cell, setCell] = useState<Cell | null>(null)
  return (
    <>
      <div className="hd">
        <h2 id="play-result">Result</h2>
      </div>
      {job === undefined ? (
        <p className="hint">
          {lost === null
            ? 'Replay past traffic, to see which of it would end differently.'
            : 'That replay is over; what it found is kept for ten minutes.'}
        </p>
      ) : (
        <>
          <Said replay={replay} job={job} />
          {job.error !== null && (
            <p className="problem" role="alert">
              {job.error}
            </p>
          )}
          {job.done > 0 && (
            <>
              <Matrix job={job} cell={cell} choose={setCell} />
              {!isRunning(job) && (
                <Differing key={JSON.stringify(cell)} job={job} cell={cell} all={() => setCell(null)} />
              )}
              <Deciders job={job} />
            </>
          )}
          <CannotKnow job={job} />
        </>
      )}
    </>
  )
}

function Said({ replay, job }: { replay: Replay; job: Job }) {
  const { total, done, sentence } = job
  const running = isRunning(job)
  return (
    <>
      <p className="replay-says" role="status">
        {sentence}
      </p>
      {running && (
        <div className="replay-progress">
          <progress aria-label="Replayed" max={total ?? 1} {...(total !== null && { value: done })} />
          <span>{total === null ? 'gathering' : `${count(done)} of ${count(total)}`}</span>
        </div>
      )}
      {job.besides > 0 && job.besides_from !== null && (
        <p className="hint">
          {`${plural(job.besides, 'other')} from ${time(Date.parse(job.besides_from), { now: Date.now() })} on ${job.besides === 1 ? 'is' : 'are'} relived with them and not compared, so that counters and keys are as they were.`}
        </p>
      )}
      {!running && replay.known && !replay.ofThisText && (
        <p className="hint">The rules were changed since; this is of the text before.</p>
      )}
    </>
  )
}

const same = (a: Cell, b: Cell | null): boolean => b !== null && a.real === b.real && a.new === b.new

/** What it was by what it would be; a cell chooses what is listed below. */
function Matrix({
  job: { matrix },
  cell,
  choose,
}: {
  job: Job
  cell: Cell | null
  choose: (cell: Cell | null) => void
}) {
  const sum = (test: (one: Job['matrix'][number]) => boolean): number =>
    matrix.filter(test).reduce((all, one) => all + one.count, 0)
  const words = (of: 'real' | 'new'): string[] =>
    [...new Set(matrix.map((one) => one[of]))].sort((a, b) => sum((one) => one[of] === b) - sum((one) => one[of] === a))
  const differs = ({ real, new: now, provider_only }: Job['matrix'][number]): boolean =>
    real !== now || provider_only > 0
  // What only ends as it did is one sentence: the matrix tells of what differs.
  const concerned = new Set(matrix.filter(differs).flatMap((one) => [one.real, one.new]))
  const columns = words('new').filter((word) => concerned.has(word))
  const rows = words('real').filter((word) => concerned.has(word))
  const others = sum((one) => !concerned.has(one.real))
  if (concerned.size === 0) return null
  return (
    <div className="scroll-x">
      <table className="table matrix">
        <caption>What they became, by what they would become</caption>
        <thead>
          <tr>
            <th scope="col">
              real <span aria-hidden="true">╲</span> new
            </th>
            {columns.map((word) => (
              <th key={word} scope="col" className="num">
                {outcomeWords(word)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((real) => (
            <tr key={real}>
              <th scope="row">{outcomeWords(real)}</th>
              {columns.map((now) => {
                const one = matrix.find((it) => it.real === real && it.new === now)
                const at = { real, new: now }
                return (
                  <td key={now} className={`num ${real === now ? 'diagonal' : ''}`}>
                    {one === undefined ? (
                      <span aria-label="none">·</span>
                    ) : differs(one) ? (
                      <>
                        {real === now && count(one.count)}{' '}
                        <button
                          type="button"
                          className="cell"
                          aria-pressed={same(at, cell)}
                          title={
                            real === now
                              ? 'Those at another provider'
                              : `${outcomeWords(real)}, would be ${outcomeWords(now)}`
                          }
                          onClick={() => choose(same(at, cell) ? null : at)}
                        >
                          {real === now ? `${count(one.provider_only)} elsewhere` : count(one.count)}
                        </button>
                      </>
                    ) : (
                      count(one.count)
                    )}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {others > 0 && (
        <p className="hint">
          {plural(others, 'other')} would end as {others === 1 ? 'it' : 'they'} did.
        </p>
      )}
    </div>
  )
}

/** The actions that would end differently, each with what decides it. */
function Differing({ job, cell, all }: { job: Job; cell: Cell | null; all: () => void }) {
  const [more, setMore] = useState(false)
  if (job.different === 0) return null
  const listed = job.differing.filter(
    ({ real, new: now }) => cell === null || (real.outcome === cell.real && now.outcome === cell.new),
  )
  const part = cell === null ? undefined : job.matrix.find((one) => same(one, cell))
  const there = part === undefined ? job.different : part.real === part.new ? part.provider_only : part.count
  return (
    <>
      <h3>
        {plural(there, 'action')} that {there === 1 ? 'differs' : 'differ'}
        {cell === null
          ? job.provider_only > 0 && ` (${count(job.provider_only)} in the provider only)`
          : `: ${outcomeWords(cell.real)} → ${outcomeWords(cell.new)}`}
        {cell !== null && (
          <button type="button" className="btn small" onClick={all}>
            All
          </button>
        )}
      </h3>
      <ol className="differing">
        {listed.slice(0, more ? undefined : FIRST).map((one) => (
          <li key={`${one.action_id} ${one.at}`}>
            <One one={one} />
          </li>
        ))}
      </ol>
      {listed.length > FIRST && !more && (
        <button type="button" className="btn small" onClick={() => setMore(true)}>
          {listed.length === there ? `All ${count(there)}` : `The first ${count(listed.length)}`}
        </button>
      )}
    </>
  )
}

function One({
  one: { action_id, namespace, tenant, action_type, at, real, new: now, why },
}: {
  one: Job['differing'][number]
}) {
  const story = hrefOf({ scope: {}, page: 'actions' }, { q: `id:${action_id}`, open: action_id, from: '-7d' })
  const to =
    real.outcome === now.outcome
      ? `${real.provider} → ${now.provider}`
      : `${outcomeWords(real.outcome)} → ${outcomeWords(now.outcome)}`
  return (
    <>
      <A href={story} title={`Its story: ${action_id}`}>
        {action_type}
      </A>
      <time dateTime={at} title={at}>
        {time(Date.parse(at), { now: Date.now() })}
      </time>
      <span>{to}</span>
      <small>
        {tenant} / {namespace}
      </small>
      <p>{why}</p>
    </>
  )
}

/** How many each rule decided, and would have, where that differs. */
function Deciders({ job: { rules } }: { job: Job }) {
  const differing = rules.filter(({ real, new: now }) => real !== now)
  if (differing.length === 0) return null
  return (
    <>
      <h3>What each rule decides</h3>
      <ul className="deciders">
        {differing.map(({ name, real, new: now }) => (
          <li key={name}>
            <b>{name}</b>{' '}
            <span>
              {count(real)} → {count(now)}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

/** What the result does not stand for. */
function CannotKnow({ job: { cannot_know } }: { job: Job }) {
  if (cannot_know.length === 0) return null
  return (
    <>
      <h3>What it cannot know</h3>
      <ul className="cannot-know">
        {cannot_know.map(({ what, count: n }) => (
          <li key={what}>{n === null ? what.slice(0, 1).toUpperCase() + what.slice(1) : `${count(n)} ${what}`}.</li>
        ))}
      </ul>
    </>
  )
}
