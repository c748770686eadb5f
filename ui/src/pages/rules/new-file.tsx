import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState } from 'react'
import { answer, api } from '../../api/client.ts'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { Kbd } from '../../parts/kbd.tsx'
import { useMedia } from '../../parts/width.ts'
import { asked } from './asking.ts'
import { beginFile } from './drafts.ts'

const AskForm = lazy(() => import('../../parts/ask-form.tsx').then(({ AskForm }) => ({ default: AskForm })))

/** Begins a rule file: its name is asked for, and the playground is where it is written. */
export function NewFile() {
  const { data } = useQuery(asked.files())
  const refusal = useRefusal('admin')
  const phone = useMedia('(max-width: 700px)')
  const [open, setOpen] = useState(false)
  const editable = data?.editable === true
  // Where files are not changed here, one is written all the same, and taken along.
  const refused = editable ? refusal : undefined
  const offered = data !== undefined && !phone
  const acts = useMemo<Act[]>(
    () => (offered ? [{ title: 'New rule file…', key: 'n', refused, run: () => setOpen(true) }] : []),
    [offered, refused],
  )
  useActs(acts)
  // Who may not see files, or where a program hands the rules over, has none to add to. On a phone none is written.
  if (!offered) return null
  return (
    <>
      <button
        type="button"
        className="btn"
        aria-disabled={refused !== undefined}
        title={refused}
        onClick={() => {
          if (refused === undefined) setOpen(true)
        }}
      >
        New rule file… <Kbd of="n" />
      </button>
      {open && (
        <Suspense>
          <AskName editable={editable} close={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}

function AskName({ editable, close }: { editable: boolean; close: () => void }) {
  const { scope, go } = usePlace()
  const [name, setName] = useState('')
  return (
    <AskForm
      title="New rule file"
      text={`It begins with one rule that is off. ${editable ? 'Nothing is written until it is published.' : 'This server changes no rule files: it is offered for download.'}`}
      yes="Begin"
      close={close}
      run={async () => {
        const begun = await answer(api.POST('/v1/rules/new-file', { body: { path: name.trim() } }))
        beginFile(begun)
        go(hrefOf({ scope, page: 'rules' }, { tab: 'playground', file: begun.path }))
      }}
    >
      <label className="field">
        Name, in the rules directory
        <input
          className="input mono"
          value={name}
          placeholder="alerts.yaml"
          required
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => setName(target.value)}
        />
      </label>
    </AskForm>
  )
}
