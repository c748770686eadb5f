import { useQuery } from '@tanstack/react-query'
import { useId, useMemo, useState } from 'react'
import { queries } from '../api/queries.ts'
import { useActs, type Act } from '../frame/acts.ts'
import { count } from '../lib/formats.ts'
import { Kbd } from '../parts/kbd.tsx'
import { Failed, Skeleton } from '../parts/states.tsx'
import { tellBehind } from './behind.ts'
import type { Told } from './shapes.ts'
import { RulesLookedAt } from './timeline.tsx'

/** How many rules come behind the one that decided; what they would have made of it, when it is asked for. */
export function RulesBehind({ told, behind }: { told: Told; behind: number }) {
  const [shown, setShown] = useState(false)
  const id = useId()
  const look = useMemo<Act>(
    () => ({
      title: shown ? 'Leave them out' : 'Look at them anyway',
      key: 'b',
      run: () => setShown((now) => !now),
    }),
    [shown],
  )
  useActs(useMemo(() => [{ ...look, title: `${look.title} (rules behind)` }], [look]))
  return (
    <>
      <p className="more behind">
        {count(behind)} not looked at{' '}
        <button type="button" className="btn small" aria-expanded={shown} aria-controls={id} onClick={look.run}>
          {look.title}
          <Kbd of="b" />
        </button>
      </p>
      <div id={id}>{shown && <Behind told={told} />}</div>
    </>
  )
}

function Behind({ told }: { told: Told }) {
  const query = useQuery(queries.rulesBehind(told.id, told.scope))
  if (query.error !== null)
    return <Failed what="What they make of it" error={query.error} retry={() => void query.refetch()} />
  if (query.data === undefined) return <Skeleton rows={2} />
  const { said, rules } = tellBehind(query.data)
  return (
    <>
      {rules.length > 0 && <RulesLookedAt rules={rules} would />}
      {said.map((sentence) => (
        <p key={sentence} className="more">
          {sentence}
        </p>
      ))}
    </>
  )
}
