import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../../api/queries.ts'
import { refusalOf } from '../../api/rights.ts'
import type { Act } from '../../frame/acts.ts'
import { toast, toastError } from '../../frame/toasts.tsx'
import { usePlace } from '../../frame/url.ts'
import { count as formatted, plural } from '../../lib/formats.ts'
import { ActButton } from '../../parts/acts.tsx'
import { offerFile } from '../../parts/offer-file.ts'
import { replayOf, storiesOf } from './chosen.ts'
import type { Picks } from './selection.ts'

/** More than so many stories are not asked for one by one. */
const MOST_EXPORTED = 1_000

/** Replay, export and clear, for the rows that are selected; none where nothing is. */
export function useChosenActs(picks: Picks, clear: () => void): Act[] {
  const { scope, go } = usePlace()
  const me = useQuery(queries.me()).data
  return useMemo(() => {
    if (picks.size === 0) return []
    const actions = [...picks.values()].sort((a, b) => b.at - a.at)
    const replay = replayOf(actions, scope, Date.now())
    // Past traffic is replayed through rule files, which concern all tenants; one action needs no file.
    const mayNot =
      actions.length === 1
        ? undefined
        : (refusalOf(me, 'operate') ??
          (me !== undefined && !me.everywhere
            ? 'A replay of several concerns all tenants, and your rights do not cover all of them.'
            : undefined))
    return [
      {
        title: 'Replay in playground',
        refused: mayNot ?? ('refused' in replay ? replay.refused : undefined),
        run: () => {
          if ('href' in replay) go(replay.href)
        },
      },
      {
        title: 'Export',
        refused: actions.length > MOST_EXPORTED ? `At most ${MOST_EXPORTED} are exported at once.` : undefined,
        run: () =>
          void storiesOf(actions).then(
            (lines) => {
              offerFile('actions.jsonl', lines, 'application/x-ndjson')
              toast(`${plural(actions.length, 'action')} exported to actions.jsonl, one a line`)
            },
            (error: unknown) => toastError('The actions could not be exported', error),
          ),
      },
      { title: 'Clear', run: clear },
    ]
  }, [picks, scope, me, go, clear])
}

/** What can be done with the rows that are selected; how many they are is said to those who do not see it, too. */
export function ChosenBar({ count, acts }: { count: number; acts: Act[] }) {
  return (
    <>
      <span role="status">
        {count > 0 && (
          <>
            <b>{formatted(count)}</b> selected
          </>
        )}
      </span>
      {count > 0 && (
        <span className="chosen" role="group" aria-label="What is selected">
          {acts.map((act) => (
            <ActButton key={act.title} className="small" act={act} />
          ))}
        </span>
      )}
    </>
  )
}
