import { A } from '../frame/link.tsx'
import { usePlace } from '../frame/url.ts'
import { duration, shortId, time } from '../lib/formats.ts'
import { Glyph } from '../parts/glyph.tsx'
import { RulesBehind } from './behind.tsx'
import type { Look, Step, Told } from './shapes.ts'

const GAP_MS = 100
type Attempts = NonNullable<Step['attempts']>

/** What happened, in order: full time first, then what changed, with the gap since the step before. */
export function Timeline({ told }: { told: Told }) {
  const { here } = usePlace()
  return (
    <ol className="tl">
      {told.steps.map((step, index) => {
        const before = told.steps[index - 1]
        const gap = before === undefined ? 0 : step.atMs - before.atMs
        const full = time(step.atMs, { ms: true })
        const near = before !== undefined && Math.floor(before.atMs / 60_000) === Math.floor(step.atMs / 60_000)
        return (
          <li key={index} className="st">
            <time dateTime={new Date(step.atMs).toISOString()} title={new Date(step.atMs).toISOString()}>
              {near ? full.slice(6) : full}
              {gap >= GAP_MS && <small>+{duration(gap)}</small>}
            </time>
            <Glyph name={step.glyph} />
            <div>
              <h3>
                {step.title} <span>{step.text}</span>
              </h3>
              {step.link !== undefined && (
                <p className="more">
                  {step.link.title}{' '}
                  <A href={here({ open: step.link.id })} className="mono">
                    {shortId(step.link.id)}
                  </A>
                </p>
              )}
              {step.rules !== undefined && <RulesLookedAt rules={step.rules} />}
              {step.behind !== undefined && <RulesBehind key={told.id} told={told} behind={step.behind} />}
              {step.attempts !== undefined && (step.attempts.length > 1 || step.glyph === 'broken') && (
                <AttemptBars attempts={step.attempts} />
              )}
              {step.note !== undefined && <p className="more">{step.note}</p>}
            </div>
          </li>
        )
      })}
    </ol>
  )
}

const MARK = { matched: '✓', not_matched: '✕', skipped: '–', error: '!', unknown: '?' } as const
const found = (value: unknown, note?: string): string =>
  value === undefined ? (note ?? 'nothing') : JSON.stringify(value)

/**
 * The rules in the order in which they were looked at, with the values found.
 * @param would they were not looked at when it was decided
 */
export function RulesLookedAt({ rules, would = false }: { rules: readonly Look[]; would?: boolean }) {
  return (
    <ol className="rules">
      {rules.map(({ rule, result, verdict, parts = [], note }) => (
        <li key={rule} className={result === 'matched' ? 'hit' : ''}>
          <span className="m" aria-label={result.replace('_', ' ')} role="img">
            {MARK[result]}
          </span>
          <b>{rule}</b>
          {result === 'matched' ? (
            <span className="yes">
              {would ? 'would have matched' : 'matched'}
              {verdict === undefined ? '' : `, ${verdict.replaceAll('_', ' ')}`}
            </span>
          ) : (
            <span
              className="no"
              title={parts[0] === undefined ? note : `${parts[0].part}, found ${found(parts[0].found, parts[0].note)}`}
            >
              {parts[0] === undefined ? (
                (note ?? '')
              ) : (
                <>
                  <span className="part">{parts[0].part}</span>{' '}
                  <span className="found">found {found(parts[0].found, parts[0].note)}</span>
                </>
              )}
            </span>
          )}
          {result === 'matched' && parts.length > 0 && (
            <div className="cond">
              {parts.map((part) => [
                <span key={`${part.part} a`}>{part.part}</span>,
                <span key={`${part.part} b`}>
                  <i>found</i> {found(part.found, part.note)}
                </span>,
              ])}
            </div>
          )}
        </li>
      ))}
    </ol>
  )
}

function AttemptBars({ attempts }: { attempts: Attempts }) {
  const most = Math.max(1, ...attempts.map(({ duration_ms }) => duration_ms))
  return (
    <div className="att">
      {attempts.map(({ attempt, round, status, code, result, duration_ms }) => [
        <span key={`${round} ${attempt} n`} className="mono">
          {attempt}
        </span>,
        <span key={`${round} ${attempt} s`} className="mono">
          {status ?? code?.toLowerCase().replaceAll('_', ' ') ?? result}, {duration(duration_ms)}
        </span>,
        <span
          key={`${round} ${attempt} b`}
          className={`bar1 ${result === 'success' ? 'ok' : ''}`}
          style={{ width: `${Math.max(2, (duration_ms / most) * 70)}%` }}
        />,
      ])}
    </div>
  )
}
