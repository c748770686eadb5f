import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState } from 'react'
import { answer, api } from '../../api/client.ts'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { toast } from '../../frame/toasts.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { asked, isHidden } from './asking.ts'
import { dropDraft, isChanged, type Draft } from './drafts.ts'
import { deletionSentence } from './words.ts'

const AskForm = lazy(() => import('../../parts/ask-form.tsx').then(({ AskForm }) => ({ default: AskForm })))

/** Deletes a rule file, once it is said which rules stop deciding with it. */
export function DeleteFile({ draft }: { draft: Draft }) {
  const refusal = useRefusal('admin')
  const [open, setOpen] = useState(false)
  const { path, editable, revision } = draft.base
  const refused = refusal ?? (isChanged(draft) || draft.beside ? 'Take your change back first.' : undefined)
  const offered = editable && revision !== null
  const acts = useMemo<Act[]>(
    () => (offered ? [{ title: `Delete ${path}…`, refused, run: () => setOpen(true) }] : []),
    [offered, path, refused],
  )
  useActs(acts)
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
        Delete file…
      </button>
      {open && (
        <Suspense>
          <Ask path={path} text={draft.base.text} revision={revision} close={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}

function Ask({ path, text, revision, close }: { path: string; text: string; revision: string; close: () => void }) {
  const { scope, go } = usePlace()
  const client = useQueryClient()
  const [message, setMessage] = useState('')
  const check = useQuery({ ...asked.check(path, null), staleTime: 0, placeholderData: undefined })
  const history = useQuery(asked.changes({ path }, 1))
  return (
    <AskForm
      title={`Delete ${path}`}
      text={
        check.data === undefined
          ? (check.error?.message ?? 'Looking which rules stop deciding.')
          : deletionSentence(check.data, { text, recorded: !isHidden(history.error) })
      }
      yes="Delete file"
      close={close}
      run={async () => {
        const reason = message.trim()
        const { loaded } = await answer(
          api.DELETE('/v1/rule-files/{path}', {
            params: { path: { path }, query: { revision, ...(reason !== '' && { message: reason }) } },
          }),
        )
        dropDraft(path)
        client.setQueryData(
          asked.files().queryKey,
          (list) => list && { ...list, files: list.files.filter((file) => file.path !== path) },
        )
        client.removeQueries({ queryKey: asked.file(path).queryKey })
        go(hrefOf({ scope, page: 'rules' }))
        toast(`${path} is deleted`, { description: loaded === 1 ? '1 rule runs.' : `${loaded} rules run.` })
        for (const name of ['rules', 'evaluation']) void client.invalidateQueries({ queryKey: [name] })
      }}
    >
      <label className="field">
        Why it is deleted
        <input className="input" maxLength={1024} value={message} onChange={({ target }) => setMessage(target.value)} />
      </label>
    </AskForm>
  )
}
