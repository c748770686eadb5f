import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useState } from 'react'
import { queries } from '../api/queries.ts'
import { trafficQueries } from '../api/traffic.ts'
import { usePlace } from '../frame/url.ts'
import { NAMES, withName, type Name } from '../lib/action-names.ts'
import { Editor } from './editor.tsx'

const TITLES: Record<Name, string> = {
  tenant: 'Tenant',
  namespace: 'Namespace',
  provider: 'Provider',
  action_type: 'Action type',
}
const WEEK_MS = 7 * 86_400_000
const HOUR_MS = 3_600_000

/** How an action is written: in fields, or as JSON. */
export const FormSwitch = ({
  form,
  setForm,
  readable,
}: {
  form: boolean
  setForm: (form: boolean) => void
  /** What is no JSON cannot be shown in fields. */
  readable: boolean
}) => (
  <div className="seg" role="group" aria-label="How it is written">
    <button
      type="button"
      className={form ? 'on' : ''}
      aria-pressed={form}
      disabled={!readable}
      onClick={() => setForm(true)}
    >
      Form
    </button>
    <button type="button" className={form ? '' : 'on'} aria-pressed={!form} onClick={() => setForm(false)}>
      JSON
    </button>
  </div>
)

/** Each name in its field, the payload as JSON; whatever else the action has stays in it. */
export function ActionForm({
  action,
  onText,
  onBroken,
}: {
  action: Record<string, unknown>
  onText: (text: string) => void
  /** The payload cannot be read, so that nothing may be sent. */
  onBroken: (problem: string | undefined) => void
}) {
  const lists = useId()
  const known = useKnown()
  const given = JSON.stringify(action['payload'] ?? {})
  const [payload, setPayload] = useState(() => indented(given))
  useEffect(() => {
    // Another action was loaded; what is being written here is not laid out anew.
    setPayload((written) => (compact(written) === given ? written : indented(given)))
  }, [given])
  useEffect(() => () => onBroken(undefined), [onBroken])
  const others = Object.keys(action).filter(
    (name) => name !== 'payload' && !(NAMES as readonly string[]).includes(name),
  )
  return (
    <>
      <div className="fields">
        {NAMES.map((name) => (
          <label key={name} className="field">
            {TITLES[name]}
            <input
              className="input"
              list={known[name] === undefined ? undefined : `${lists}-${name}`}
              value={typeof action[name] === 'string' ? action[name] : ''}
              onChange={({ target }) => onText(withName(action, name, target.value))}
              required
            />
          </label>
        ))}
        {Object.entries(known).map(([name, values]) => (
          <datalist key={name} id={`${lists}-${name}`}>
            {values.map((value) => (
              <option key={value} value={value} />
            ))}
          </datalist>
        ))}
      </div>
      <p className="field" aria-hidden="true">
        Payload
      </p>
      <div className="editor-low">
        <Editor
          label="Payload as JSON"
          language="json"
          value={payload}
          onChange={(written) => {
            setPayload(written)
            try {
              onText(withName(action, 'payload', JSON.parse(written)))
              onBroken(undefined)
            } catch (error) {
              onBroken(`The payload is no JSON yet: ${error instanceof Error ? error.message : String(error)}.`)
            }
          }}
        />
      </div>
      {others.length > 0 && <p className="hint">It also has {others.join(', ')}; see JSON.</p>}
    </>
  )
}

/** What fields propose: the providers that there are, and the kinds of actions of a week. */
function useKnown(): Partial<Record<Name, string[]>> {
  const { scope } = usePlace()
  const [fromMs] = useState(() => Math.floor((Date.now() - WEEK_MS) / HOUR_MS) * HOUR_MS)
  const providers = useQuery(queries.providerList())
  const types = useQuery(trafficQueries.facets({ scope, q: '', fromMs, toMs: null }, 'type', ''))
  return {
    provider: (providers.data?.providers ?? []).map(({ name }) => name).filter((name) => name !== '*'),
    action_type: (types.data?.values ?? []).map(({ value }) => value),
  }
}

const indented = (json: string): string => JSON.stringify(JSON.parse(json), null, 2)
/** Null while it is no JSON. */
function compact(written: string): string | null {
  try {
    return JSON.stringify(JSON.parse(written))
  } catch {
    return null
  }
}
