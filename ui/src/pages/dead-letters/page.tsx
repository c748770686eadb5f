import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { queries } from '../../api/queries.ts'
import { useRefusal } from '../../api/rights.ts'
import { useFilter } from '../../api/traffic.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { filterActs } from '../../frame/filter-acts.ts'
import { confirm } from '../../frame/ask.ts'
import { useAskedFor, usePlace } from '../../frame/url.ts'
import { term } from '../../lib/filter.ts'
import { plural } from '../../lib/formats.ts'
import { WithDetail } from '../../parts/detail.tsx'
import { Glyph } from '../../parts/glyph.tsx'
import { isNarrowed, NothingPasses, Unusable } from '../../parts/narrowed.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { walkActs } from '../../parts/walk.ts'
import '../../styles/operations.css'
import { BunchPanel } from './bunch.tsx'
import { Discard } from './discard.tsx'
import { LetterDetail } from './letter.tsx'
import {
  bunchesOf,
  chosenOf,
  isAllWorthwhile,
  isMarked,
  replayTitle,
  sentenceOf,
  standingOf,
  type Bunch,
  type Choices,
  type Letter,
} from './letters.ts'
import { replayBunch } from './replay.ts'

/** What was lost, and can it be saved. */
export default function DeadLetters() {
  const { search, change } = usePlace()
  const asked = useAskedFor()
  const filter = useFilter(asked)
  const letters = useQuery({ ...queries.deadLetters(asked), enabled: filter.problem === undefined })
  const providers = useQuery(queries.providers())
  const circuits = useQuery(queries.circuits())
  const standing = useCallback(
    (name: string) =>
      standingOf(
        providers.data?.providers.find(({ provider }) => provider === name),
        circuits.data?.circuit_breakers.find(({ provider }) => provider === name)?.fallback_provider,
      ),
    [providers.data, circuits.data],
  )
  const refused = useRefusal('operate')
  const [choices, setChoices] = useState<Choices>(new Map())
  const [discarding, setDiscarding] = useState<Letter[]>()
  const all = letters.data?.dead_letters
  const bunches = useMemo(() => bunchesOf(all ?? []), [all])
  const more = letters.data?.next_cursor !== undefined
  const open = all?.find(({ id }) => id === search['open'])
  const acts = useMemo<Act[]>(() => {
    const go = (id: string | undefined): void => change({ open: id }, id !== undefined && search['open'] !== undefined)
    const keys = bunches.flatMap(({ letters: list }) => list.map(({ id }) => id))
    return [
      ...walkActs(keys, search['open'], go),
      ...(open === undefined ? [] : filterActs(term('type', open.action_type), asked.q, change)),
      ...bunches.map((bunch) => ({
        title: `${replayTitle(bunch.letters.length, chosenOf(bunch.letters, choices).length)} for ${bunch.provider} (${bunch.code})`,
        refused,
        run: () => void replayAsked(bunch),
      })),
    ]
    async function replayAsked(bunch: Bunch): Promise<void> {
      const chosen = chosenOf(bunch.letters, choices)
      const whole = more && isAllWorthwhile(bunch.letters, chosen)
      if (whole || chosen.length > 1) {
        const agreed = await confirm({
          title: `Send ${whole ? 'all that failed so and may still be of use' : plural(chosen.length, 'action')} to ${bunch.provider} again?`,
          text: `${standing(bunch.provider)?.text ?? ''} What was sent cannot be taken back; what fails again stays here.`.trim(),
          yes: whole ? 'Replay all' : `Replay ${chosen.length}`,
        })
        if (!agreed) return
      }
      await replayBunch(bunch, asked, whole ? undefined : chosen)
    }
  }, [bunches, open, change, search, refused, standing, choices, more, asked])
  useActs(acts)

  if (filter.problem !== undefined)
    return (
      <main>
        <Unusable problem={filter.problem} />
      </main>
    )
  if (letters.isPending)
    return (
      <main>
        <Skeleton rows={8} />
      </main>
    )
  if (all === undefined)
    return (
      <main>
        <Failed what="The dead letters" error={letters.error} retry={() => void letters.refetch()} />
      </main>
    )
  if (all.length === 0 && isNarrowed(filter))
    return (
      <main>
        <NothingPasses filter={filter} one="dead letter" many="dead letters" where="are there" />
      </main>
    )
  if (all.length === 0)
    return (
      <main>
        <p className="quiet">
          <Glyph name="delivered" />
          No dead letters. Every action of this scope was delivered, held back on purpose, or is still on its way.
        </p>
      </main>
    )
  return (
    <>
      <WithDetail
        label="Dead letters"
        list={
          <>
            <h2 className="say">{sentenceOf(bunches, more, Date.now())}</h2>
            <p>
              Each was tried as often as its provider allows. Replay sends it once more; discard gives it up
              {more ? '. The newest 500 are shown' : ''}.
              {all.some(isMarked) &&
                ' What is past its use, or whose event was delivered since, is not ticked; you may tick it again.'}
            </p>
            {bunches.map((bunch) => (
              <BunchPanel
                key={bunch.key}
                bunch={bunch}
                standing={standing(bunch.provider)}
                open={open?.id}
                chosen={chosenOf(bunch.letters, choices)}
                tick={(id, on) => setChoices(new Map([...choices, [id, on]]))}
                refused={refused}
                replayAll={acts.find(({ title }) => title.endsWith(`for ${bunch.provider} (${bunch.code})`))!.run}
                discard={setDiscarding}
              />
            ))}
          </>
        }
        detail={
          open === undefined ? null : (
            <LetterDetail
              key={open.id}
              letter={open}
              standing={standing(open.provider)}
              refused={refused}
              close={() => change({ open: undefined })}
              discard={() => setDiscarding([open])}
            />
          )
        }
      />
      {discarding !== undefined && <Discard letters={discarding} close={() => setDiscarding(undefined)} />}
    </>
  )
}
