import { lazy, Suspense } from 'react'
import { usePlace } from '../../frame/url.ts'
import { Skeleton } from '../../parts/states.tsx'
import '../../styles/rules.css'
import '../../styles/playground.css'
import { RuleDetail } from './detail.tsx'
import { History } from './history.tsx'
import { RuleList } from './list.tsx'

const Playground = lazy(() => import('./playground.tsx'))

/** What decides, in what order; one rule; who changed it; and what would become of actions under other rules. */
export default function Rules() {
  const { item, search } = usePlace()
  switch (search['tab']) {
    case 'playground':
      return (
        <Suspense
          fallback={
            <main>
              <Skeleton rows={6} />
            </main>
          }
        >
          <Playground key={search['action']} rule={item} action={search['action']} />
        </Suspense>
      )
    case 'history':
      return <History rule={item} />
    default:
      return item === undefined ? <RuleList /> : <RuleDetail name={item} />
  }
}
