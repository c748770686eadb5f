import { useQuery } from '@tanstack/react-query'
import { Fragment, useState } from 'react'
import type { Shape } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { Editor } from '../../parts/editor.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { groupsOf, setText } from './words.ts'

type Value = Shape['ConfigValue']

const LOOKS = { all: 'All values', set: 'What is set', json: 'As JSON' } as const
type Look = keyof typeof LOOKS

/** What runs, value by value, each with where it came from; for admins of all tenants. */
export function Configuration() {
  const { data, error, refetch } = useQuery(queries.configValues())
  const [look, setLook] = useState<Look>('all')
  return (
    <section className="panel wide" aria-labelledby="settings-config">
      <div className="hd">
        <h2 id="settings-config">Configuration</h2>
        <p>as it runs; secrets are masked</p>
        {data != null && (
          <div className="seg" role="group" aria-labelledby="settings-config">
            {(Object.entries(LOOKS) as [Look, string][]).map(([name, title]) => (
              <button
                key={name}
                type="button"
                className={look === name ? 'on' : ''}
                aria-pressed={look === name}
                onClick={() => setLook(name)}
              >
                {title}
              </button>
            ))}
          </div>
        )}
      </div>
      {data === null ? (
        <p className="hint">Hidden by your role: it is shown to admins of all tenants.</p>
      ) : data === undefined ? (
        error === null ? (
          <Skeleton rows={4} />
        ) : (
          <Failed what="The configuration" error={error} retry={() => void refetch()} />
        )
      ) : look === 'json' ? (
        <AsJson />
      ) : (
        <Values all={data} onlySet={look === 'set'} />
      )}
    </section>
  )
}

function AsJson() {
  const { data, error, refetch } = useQuery(queries.config())
  if (data !== undefined) return <Editor label="Configuration" language="json" value={JSON.stringify(data, null, 2)} />
  return error === null ? (
    <Skeleton rows={4} />
  ) : (
    <Failed what="The configuration" error={error} retry={() => void refetch()} />
  )
}

function Values({ all, onlySet }: { all: Shape['ConfigValues']; onlySet: boolean }) {
  const values = onlySet ? all.values.filter(({ from }) => from !== 'default') : all.values
  const file = all.file?.split(/[\\/]/).at(-1) ?? ''
  return (
    <>
      <p className="hint">{setText(all)}</p>
      {groupsOf(values).map(({ title, values: inGroup }, i) => (
        <div key={i} className="facts values">
          <h3>{title}</h3>
          <dl>
            {inGroup.map(({ name, text, value }) => (
              <div key={value.key} className={value.from === 'default' ? 'unset' : ''}>
                <dt>
                  <code>{name}</code>
                </dt>
                <dd>{text}</dd>
                <dd>
                  <From value={value} file={file} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </>
  )
}

function From({ value, file }: { value: Value; file: string }) {
  const { from, line, variables = [], sealed, needs_restart } = value
  const place = line !== undefined ? `${file}:${line}` : from === 'file' ? file : null
  if (from === 'program') return null
  return (
    <>
      {from === 'default' && 'default'}
      {variables.map((name, i) => (
        <Fragment key={name}>
          {i > 0 && ' and '}
          <code>{name}</code>
        </Fragment>
      ))}
      {place !== null && (
        <>
          {variables.length > 0 && ' in '}
          <code>{place}</code>
        </>
      )}
      {sealed === true && ', sealed'}
      {needs_restart === true && <div className="f-waiting">It was changed since. The change waits for a restart.</div>}
    </>
  )
}
