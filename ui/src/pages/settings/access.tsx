import { useQuery } from '@tanstack/react-query'
import type { Shape } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { filterText, term } from '../../lib/filter.ts'
import { plural, time } from '../../lib/formats.ts'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { grantText } from './words.ts'

type Entry = Shape['AccessEntry']

/** Everybody who may come in, and what each may do; for admins of all tenants. */
export function UsersAndKeys() {
  const { data, error, refetch } = useQuery(queries.accessEntries())
  return (
    <section className="panel wide" aria-labelledby="settings-access">
      <div className="hd">
        <h2 id="settings-access">Users and keys</h2>
        <p>
          as <code>auth.toml</code> has them; a change there holds within two seconds
        </p>
      </div>
      {data === null ? (
        <p className="hint">Hidden by your role: they are shown to admins of all tenants.</p>
      ) : data === undefined ? (
        error === null ? (
          <Skeleton rows={3} />
        ) : (
          <Failed what="Users and keys" error={error} retry={() => void refetch()} />
        )
      ) : (
        <>
          {data.problem !== null && <p className="hint f-broken">{data.problem}</p>}
          <div className="scroll-x">
            <table className="table">
              <thead>
                <tr>
                  {['Name', 'Kind', 'Role', 'Grants', 'At most', 'Ends'].map((title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {data.entries.map((entry) => (
                  <Row key={`${entry.kind} ${entry.name}`} entry={entry} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  )
}

function Row({ entry: { name, kind, role, grants, rate_limit, expires_at, expired } }: { entry: Entry }) {
  const { scope } = usePlace()
  return (
    <tr>
      <td>
        <A href={hrefOf({ scope, page: 'actions' }, { q: filterText([term('caller', name)]), from: '-24h' })}>{name}</A>
      </td>
      <td>{kind === 'user' ? 'user' : 'API key'}</td>
      <td>{role}</td>
      <td>
        {grants.map((grant) => (
          <div key={grantText(grant)}>{grantText(grant)}</div>
        ))}
        {grants.length === 0 && 'nothing'}
      </td>
      <td>
        {rate_limit === null
          ? 'no limit'
          : `${plural(rate_limit.requests, 'request')} in ${rate_limit.window_seconds} s`}
      </td>
      <td className={expired ? 'f-waiting' : ''}>
        {expires_at === null ? (
          'never'
        ) : (
          <>
            {expired && 'expired '}
            <time dateTime={expires_at}>{time(Date.parse(expires_at), { now: Date.now() })}</time>
          </>
        )}
      </td>
    </tr>
  )
}
