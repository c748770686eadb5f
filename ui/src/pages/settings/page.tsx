import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { answer, api, type Shape } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { prefer, usePreferences, type Preferences } from '../../frame/settings.ts'
import { toastError } from '../../frame/toasts.tsx'
import { plural, time } from '../../lib/formats.ts'
import { Failed, Skeleton } from '../../parts/states.tsx'
import '../../styles/rules.css'
import { UsersAndKeys } from './access.tsx'
import { Configuration } from './configuration.tsx'
import { grantText, HOW, keptOf } from './words.ts'

const THEMES: [Preferences['theme'], string][] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

/** How this browser shows things, who looks, and what runs. */
export default function Settings() {
  const me = useQuery(queries.me())
  const signOut = useMutation({
    mutationFn: () => answer(api.POST('/v1/auth/logout')),
    onSuccess: () => location.assign('/login'),
    onError: (error) => toastError('You are still signed in', error),
  })
  const { mutate } = signOut
  const { letters } = usePreferences()
  const signed = me.data?.auth_method === 'session'
  const acts = useMemo<Act[]>(
    () => [
      ...THEMES.map(([theme, title]) => ({ title: `Theme: ${title.toLowerCase()}`, run: () => prefer({ theme }) })),
      { title: `Turn single-letter keys ${letters ? 'off' : 'on'}`, run: () => prefer({ letters: !letters }) },
      ...(signed ? [{ title: 'Sign out', run: () => mutate() }] : []),
    ],
    [letters, signed, mutate],
  )
  useActs(acts)
  return (
    <main>
      <div className="lead">
        <h2>
          {me.data === undefined
            ? 'How this browser shows things, and what runs'
            : me.data.auth_method === 'none'
              ? 'Nobody signs in here: whoever reaches this server may do everything.'
              : `You are ${me.data.caller_id}, ${me.data.role}.`}
        </h2>
        {signed && (
          <button type="button" className="btn" disabled={signOut.isPending} onClick={() => mutate()}>
            Sign out
          </button>
        )}
      </div>
      <div className="settings">
        <div className="stack">
          <ThisBrowser />
          <section className="panel" aria-labelledby="settings-who">
            <div className="hd">
              <h2 id="settings-who">Who looks</h2>
            </div>
            {me.data !== undefined ? (
              <Who me={me.data} />
            ) : me.error === null ? (
              <Skeleton rows={3} />
            ) : (
              <Failed what="Who you are" error={me.error} retry={() => void me.refetch()} />
            )}
          </section>
        </div>
        <div className="stack">
          <Server />
          <Kept />
        </div>
        {me.data !== undefined && me.data.auth_method !== 'none' && <UsersAndKeys />}
        <Configuration />
      </div>
    </main>
  )
}

function ThisBrowser() {
  const { theme, letters, zone } = usePreferences()
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), [])
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <section className="panel" aria-labelledby="settings-browser">
      <div className="hd">
        <h2 id="settings-browser">This browser</h2>
      </div>
      <div className="choice">
        <span id="settings-theme">Theme</span>
        <div className="seg" role="group" aria-labelledby="settings-theme">
          {THEMES.map(([value, title]) => (
            <button
              key={value}
              type="button"
              className={theme === value ? 'on' : ''}
              aria-pressed={theme === value}
              onClick={() => prefer({ theme: value })}
            >
              {title}
            </button>
          ))}
        </div>
      </div>
      <div className="choice">
        <label htmlFor="settings-zone">Time zone</label>
        <select
          id="settings-zone"
          className="input"
          value={zone ?? ''}
          onChange={({ target }) => prefer({ zone: target.value === '' ? undefined : target.value })}
        >
          <option value="">The browser’s, {own}</option>
          <option value="UTC">UTC</option>
          {zones
            .filter((name) => name !== 'UTC')
            .map((name) => (
              <option key={name}>{name}</option>
            ))}
        </select>
      </div>
      <div className="choice">
        <label htmlFor="settings-letters">
          Single-letter keys
          <small>Without them everything is still reached by Tab and the palette. ? shows all keys.</small>
        </label>
        <input id="settings-letters" type="checkbox" checked={letters} onChange={() => prefer({ letters: !letters })} />
      </div>
    </section>
  )
}

function Who({ me }: { me: Shape['Me'] }) {
  return (
    <div className="facts">
      <dl>
        <Fact label="Name">{me.caller_id}</Fact>
        <Fact label="Known by">{HOW[me.auth_method]}</Fact>
        <Fact label="Role">{me.role}</Fact>
        <Fact label="Grants">
          {me.grants.map((grant) => (
            <div key={grantText(grant)}>{grantText(grant)}</div>
          ))}
        </Fact>
        {me.rate_limit !== null && (
          <Fact label="At most">
            {plural(me.rate_limit.requests, 'request')} in {me.rate_limit.window_seconds} s
          </Fact>
        )}
        {me.expires_at !== null && (
          <Fact label="Ends">
            <time dateTime={me.expires_at}>{time(Date.parse(me.expires_at), { now: Date.now() })}</time>
          </Fact>
        )}
      </dl>
      {me.auth_method !== 'none' && (
        <p className="hint">
          Users and keys are entries of <code>auth.toml</code>, beside the configuration; a change there holds within
          two seconds.
        </p>
      )}
    </div>
  )
}

function Server() {
  const { data, error, refetch } = useQuery(queries.health())
  const alive = (data?.nodes as Shape['Health']['nodes'] | undefined)?.filter((node) => node.alive).length ?? 0
  return (
    <section className="panel" aria-labelledby="settings-server">
      <div className="hd">
        <h2 id="settings-server">Server</h2>
      </div>
      {data === undefined ? (
        error === null ? (
          <Skeleton rows={4} />
        ) : (
          <Failed what="The health" error={error} retry={() => void refetch()} />
        )
      ) : (
        <div className="facts">
          <dl>
            <Fact label="Health">
              <b className={data.status === 'ok' ? 'f-delivered' : 'f-broken'}>{data.status}</b>
              {(data.reasons as string[] | undefined)?.map((reason) => (
                <div key={reason}>{reason}</div>
              ))}
            </Fact>
            {/* Whoever may not see what concerns all tenants is told the status alone. */}
            {(data.durability as unknown) === undefined ? (
              <Fact label="More">hidden by your role: it concerns all tenants</Fact>
            ) : (
              <>
                <Fact label="Version">{data.version}</Fact>
                <Fact label="Node">
                  {data.node}
                  {alive > 1 && `, one of ${alive} that live`}
                </Fact>
                <Fact label="Durability">{data.durability.says}</Fact>
                <Fact label="Sealing">
                  {data.sealing.enabled
                    ? `Payloads and labels are sealed where they are stored, by the key ${data.sealing.key}.`
                    : 'Payloads and labels are stored as they are.'}
                </Fact>
                <Fact label="Rules">
                  {plural(data.rules.loaded, 'rule')}, version <code>{data.rules.version}</code>
                </Fact>
              </>
            )}
          </dl>
        </div>
      )}
    </section>
  )
}

/** What stays, and for how long; from the configuration, so only for those who may see it. */
function Kept() {
  const { data } = useQuery(queries.config())
  const kept = data === undefined || data === null ? undefined : keptOf(data)
  if (kept === undefined) return null
  return (
    <section className="panel" aria-labelledby="settings-kept">
      <div className="hd">
        <h2 id="settings-kept">What is kept</h2>
      </div>
      <div className="facts">
        <dl>
          {kept.map(([label, text]) => (
            <Fact key={label} label={label}>
              {text}
            </Fact>
          ))}
        </dl>
      </div>
    </section>
  )
}

const Fact = ({ label, children }: { label: string; children: React.ReactNode }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
)
