import { A } from '../../frame/link.tsx'
import { placeWithin, usePlace } from '../../frame/url.ts'
import { age, count, plural, time } from '../../lib/formats.ts'
import { ActButton } from '../../parts/acts.tsx'
import { Glyph } from '../../parts/glyph.tsx'
import { replayTitle, type Bunch, type Letter } from './letters.ts'
import { Marks } from './marks.tsx'
import { replayLetter } from './replay.ts'

export interface BunchPanelProps {
  bunch: Bunch
  standing: { good: boolean; text: string } | undefined
  /** The letter that is open beside the list. */
  open: string | undefined
  /** Those that are ticked. */
  chosen: Letter[]
  tick: (id: string, on: boolean) => void
  refused: string | undefined
  replayAll: () => void
  discard: (letters: Letter[]) => void
}

/** The dead letters with one provider and one error: what happened, whether a replay has a chance, and each of them. */
export function BunchPanel({ bunch, standing, open, chosen, tick, refused, replayAll, discard }: BunchPanelProps) {
  const { scope, here } = usePlace()
  const { provider, code, error, letters, oldestMs } = bunch
  const ticked = new Set(chosen.map(({ id }) => id))
  const all = chosen.length === letters.length
  const none = chosen.length === 0 ? 'None of them is ticked.' : undefined
  return (
    <section className="panel bunch of-letters" aria-label={`${provider}, ${code}`}>
      <div className="bunch-top">
        <Glyph name="broken" />
        <h2>
          {count(letters.length)} for {provider}, oldest {age(Date.now() - oldestMs)}
        </h2>
        <p>
          <code>{code}</code> {error}
        </p>
        {standing !== undefined && (
          <p className={standing.good ? '' : 'f-broken'}>
            {standing.good && <Glyph name="delivered" />} {standing.text}
          </p>
        )}
        <div className="bunch-acts">
          <ActButton
            className="pri"
            act={{
              title: replayTitle(letters.length, chosen.length),
              refused: refused ?? none,
              run: replayAll,
            }}
          />
          <ActButton
            act={{
              title:
                all && letters.length > 1
                  ? 'Discard all'
                  : letters.length === 1
                    ? 'Discard'
                    : `Discard ${chosen.length}`,
              refused: refused ?? none,
              run: () => discard(chosen),
            }}
          />
        </div>
      </div>
      <ul aria-label={plural(letters.length, 'dead letter')}>
        {letters.map((letter) => (
          <li key={letter.id} data-row={letter.id} className={`line-row ${letter.id === open ? 'on' : ''}`}>
            <label className="tick">
              <span className="heard">
                Choose {letter.action_type} {letter.action_id}
              </span>
              <input
                type="checkbox"
                checked={ticked.has(letter.id)}
                onChange={({ currentTarget }) => tick(letter.id, currentTarget.checked)}
              />
            </label>
            <A href={here({ open: letter.id })} aria-current={letter.id === open ? 'true' : undefined}>
              <b>{letter.action_type}</b> {letter.subject}
            </A>
            <span>{placeWithin(letter, scope)}</span>
            <span>
              <time dateTime={letter.created_at}>{time(Date.parse(letter.created_at), { now: Date.now() })}</time>,{' '}
              {plural(letter.attempts, 'try', 'tries')}
              {letter.duplicates.count > 0 && `, ${plural(letter.duplicates.count, 'repeat')} held back`}
            </span>
            <span className="do">
              <ActButton className="small" act={{ title: 'Replay', refused, run: () => void replayLetter(letter) }} />
            </span>
            <Marks letter={letter} />
          </li>
        ))}
      </ul>
    </section>
  )
}
