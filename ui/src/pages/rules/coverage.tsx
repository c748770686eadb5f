import { useState } from 'react'
import type { Shape } from '../../api/client.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { filterText, term } from '../../lib/filter.ts'
import { count, plural, share } from '../../lib/formats.ts'
import { useCoverage } from './reading.ts'
import { monthOr } from './words.ts'

const FIRST = 5
type Entry = Shape['RuleCoverage']['entries'][number]

/** Kinds of actions that no rule decides: they go to the provider that they name. */
export function Uncovered() {
  const { scope } = usePlace()
  const { data } = useCoverage(scope)
  const [all, setAll] = useState(false)
  if (data === undefined || data.total_actions === 0) return null
  const open = data.entries.filter(({ uncovered }) => uncovered > 0)
  const span = monthOr(data)
  if (open.length === 0) return <p className="quiet uncovered-none">Rules decided every action of the last {span}.</p>
  return (
    <section className="panel uncovered" aria-labelledby="uncovered">
      <div className="hd">
        <h2 id="uncovered">{plural(open.length, 'kind')} of actions that no rule decides</h2>
        <p>They go to the provider that they name. Last {span}.</p>
      </div>
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Action type</th>
              <th scope="col">Provider</th>
              <th scope="col">Tenant</th>
              <th scope="col" className="num">
                Decided by no rule
              </th>
            </tr>
          </thead>
          <tbody>
            {open.slice(0, all ? undefined : FIRST).map((entry) => (
              <Row
                key={JSON.stringify([entry.namespace, entry.tenant, entry.provider, entry.action_type])}
                entry={entry}
                from={data.scanned_from}
                to={data.scanned_to}
              />
            ))}
          </tbody>
        </table>
      </div>
      {open.length > FIRST && (
        <button type="button" className="btn small" onClick={() => setAll(!all)}>
          {all ? 'Fewer' : `All ${open.length}`}
        </button>
      )}
    </section>
  )
}

function Row({ entry, from, to }: { entry: Entry; from: string; to: string }) {
  const { scope } = usePlace()
  const { namespace, tenant, provider, action_type, uncovered, total } = entry
  const q = filterText([
    term('type', action_type),
    term('provider', provider),
    term('tenant', tenant),
    term('ns', namespace),
    term('rule', '*', true),
  ])
  return (
    <tr>
      <td>{action_type}</td>
      <td>{provider}</td>
      <td>
        {tenant} <small>{namespace}</small>
      </td>
      <td className="num">
        <A href={hrefOf({ scope, page: 'actions' }, { q, from, to })}>{count(uncovered)}</A>{' '}
        <small>{share(uncovered, total)}</small>
      </td>
    </tr>
  )
}
