import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { queries } from '../../api/queries.ts'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { confirm } from '../../frame/ask.ts'
import { usePlace } from '../../frame/url.ts'
import { plural } from '../../lib/formats.ts'
import { WithDetail } from '../../parts/detail.tsx'
import { Glyph } from '../../parts/glyph.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { walkActs } from '../../parts/walk.ts'
import '../../styles/operations.css'
import { BunchPanel } from './bunch.tsx'
import { Discard } from './discard.tsx'
import { LetterDetail } from './letter.tsx'
import { bunchesOf, sentenceOf, standingOf, type Bunch, type Letter } from './letters.ts'
import { replayBunch, replayLetters } from './replay.ts'

/** What was lost, and can it be saved. */
export default function DeadLetters() {
  const { scope, search, change } = usePlace()
  const letters = useQuery(queries.deadLetters(scope))
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
  const [unticked, setUnticked] = useState<ReadonlySet<string>>(new Set())
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
      ...bunches.map((bunch) => ({
        title: `Replay all ${bunch.letters.length} for ${bunch.provider} (${bunch.code})`,
        refused,
        run: () => void replayAsked(bunch),
      })),
    ]
    async function replayAsked(bunch: Bunch): Promise<void> {
      const chosen = bunch.letters.filter(({ id }) => !unticked.has(id))
      if (chosen.length > 1 || (more && chosen.length === bunch.letters.length)) {
        const whole = more && chosen.length === bunch.letters.length
        const agreed = await confirm({
          title: `Send ${whole ? 'all that failed so' : plural(chosen.length, 'action')} to ${bunch.provider} again?`,
          text: `${standing(bunch.provider)?.text ?? ''} What was sent cannot be taken back; what fails again stays here.`.trim(),
          yes: whole ? 'Replay all' : `Replay ${chosen.length}`,
        })
        if (!agreed) return
      }
      if (chosen.length === bunch.letters.length) await replayBunch(bunch, scope)
      else await replayLetters(chosen)
    }
  }, [bunches, change, search, refused, standing, unticked, more, scope])
  useActs(acts)

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
            </p>
            {bunches.map((bunch) => (
              <BunchPanel
                key={bunch.key}
                bunch={bunch}
                standing={standing(bunch.provider)}
                open={open?.id}
                unticked={unticked}
                tick={(id, on) => {
                  const next = new Set(unticked)
                  if (on) next.delete(id)
                  else next.add(id)
                  setUnticked(next)
                }}
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
