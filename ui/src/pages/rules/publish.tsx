import { Dialog } from '@base-ui/react/dialog'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, type RefObject } from 'react'
import { answer, api, ApiError, type Shape } from '../../api/client.ts'
import { toast } from '../../frame/toasts.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { offerFile } from '../../parts/offer-file.ts'
import { time } from '../../lib/formats.ts'
import { Differing } from '../../parts/differing.tsx'
import { useMedia } from '../../parts/width.ts'
import { asked, type Check } from './asking.ts'
import { beginAnew, dropDraft, type Draft } from './drafts.ts'
import { changesSentence } from './words.ts'

/** What would change, why, and the act; of a server that changes no files, the file and its difference to take along. */
export default function PublishDialog({
  draft,
  set,
  changes,
  close,
}: {
  draft: Draft
  set: (change: Partial<Draft>) => void
  changes: Check['changes']
  close: () => void
}) {
  const { base, text } = draft
  const wide = useMedia('(min-width: 1100px)')
  const reason = useRef<HTMLInputElement>(null)
  const replayed = draft.replay?.text === text ? draft.replay.sentence : undefined
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : close())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog publish" initialFocus={base.editable ? reason : true}>
          <Dialog.Title className="dialog-title">
            {base.editable ? 'Publish' : 'Download'} {base.path}
          </Dialog.Title>
          <Dialog.Description className="dialog-text">
            {changesSentence(changes)} {replayed ?? 'No past traffic was replayed through this text.'}
          </Dialog.Description>
          <Differing label={base.path} before={base.text} after={text} wide={wide} />
          {base.editable ? (
            <Publish draft={draft} set={set} close={close} reason={reason} />
          ) : (
            <Download draft={draft} />
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Publish({
  draft,
  set,
  close,
  reason,
}: {
  draft: Draft
  set: (change: Partial<Draft>) => void
  close: () => void
  reason: RefObject<HTMLInputElement | null>
}) {
  const client = useQueryClient()
  const { base, text, message } = draft
  const publish = useMutation({
    mutationFn: () =>
      answer(
        api.PUT('/v1/rule-files/{path}', {
          params: { path: { path: base.path } },
          body: { text, revision: base.revision, ...(message.trim() !== '' && { message: message.trim() }) },
        }),
      ),
    onSuccess: ({ file, loaded }) => {
      // Known at once, so that the editor does not show the old text until it is read again.
      client.setQueryData(asked.file(base.path).queryKey, { ...base, ...file })
      client.setQueryData(asked.files().queryKey, (list) => listed(list, file))
      dropDraft(base.path)
      close()
      toast(`${base.path} is published`, { description: `${loaded} rules run.` })
      for (const name of ['rules', 'evaluation']) void client.invalidateQueries({ queryKey: [name] })
    },
  })
  const conflict = publish.error instanceof ApiError && publish.error.status === 409 ? publish.error : undefined
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!publish.isPending && conflict === undefined) publish.mutate()
      }}
    >
      <label className="field">
        Why it is changed
        <input
          ref={reason}
          className="input"
          maxLength={1024}
          value={message}
          onChange={({ target }) => set({ message: target.value })}
        />
      </label>
      {publish.error !== null && (
        <p className="problem" role="alert">
          {publish.error.message} Your text is still here.
        </p>
      )}
      {conflict !== undefined ? (
        <Conflict draft={draft} set={set} close={close} gone={conflict.details['revision'] === null} />
      ) : (
        <div className="dialog-acts">
          <Dialog.Close className="btn">Cancel</Dialog.Close>
          <button type="submit" className="btn pri" aria-disabled={publish.isPending}>
            Publish
          </button>
        </div>
      )}
    </form>
  )
}

/** A new file is in the list at once, too; which rules in it run is read again. */
function listed(list: Shape['RuleFileList'] | undefined, { path, revision, text }: Shape['Published']['file']) {
  if (list === undefined || list.files.some((file) => file.path === path)) return list
  const bytes = new TextEncoder().encode(text).length
  return { ...list, files: [...list.files, { path, revision, bytes, rules: [] }] }
}

/** Somebody was faster: who, and a way to put both texts together. */
function Conflict({
  draft,
  set,
  close,
  gone,
}: {
  draft: Draft
  set: (change: Partial<Draft>) => void
  close: () => void
  /** The file was deleted meanwhile. */
  gone: boolean
}) {
  const { scope, go } = usePlace()
  const { path, revision, editable } = draft.base
  const client = useQueryClient()
  const last = useQuery({ ...asked.changes({ path }, 1), staleTime: 0 })
  const change = last.data?.changes[0]
  const theirs = useMutation({
    mutationFn: () => client.fetchQuery({ ...asked.file(path), staleTime: 0 }),
    onSuccess: (base) => {
      set({ base, beside: true, replay: null })
      void client.invalidateQueries({ queryKey: asked.files().queryKey })
      close()
    },
  })
  return (
    <>
      {change !== undefined && change.before === revision && (
        <p className="ans-line">
          {change.by} {change.after === null ? 'deleted' : 'published'} it at{' '}
          {time(Date.parse(change.at), { now: Date.now() })}
          {change.message === null ? '.' : `: ${change.message}`}
        </p>
      )}
      {theirs.error !== null && (
        <p className="problem" role="alert">
          {theirs.error.message}
        </p>
      )}
      <div className="dialog-acts">
        <Dialog.Close className="btn">Cancel</Dialog.Close>
        {gone ? (
          <button
            type="button"
            className="btn pri"
            onClick={() => {
              beginAnew({ path, text: draft.text, editable })
              void client.invalidateQueries({ queryKey: ['rules'] })
              close()
              go(hrefOf({ scope, page: 'rules' }, { tab: 'playground', file: path }))
            }}
          >
            Keep mine as a new file
          </button>
        ) : (
          <button type="button" className="btn pri" onClick={() => theirs.mutate()}>
            Load theirs, keep mine beside it
          </button>
        )}
      </div>
    </>
  )
}

function Download({ draft: { base, text } }: { draft: Draft }) {
  const name = base.path.split('/').at(-1)!
  return (
    <>
      <p className="hint">
        This server changes no rule files; with <code>[rules] editable = true</code> it would. Put the file where it
        comes from.
      </p>
      <div className="dialog-acts">
        <Dialog.Close className="btn">Cancel</Dialog.Close>
        <button
          type="button"
          className="btn"
          onClick={() =>
            void import('diff').then(({ createTwoFilesPatch }) =>
              offerFile(
                `${name}.diff`,
                createTwoFilesPatch(
                  base.revision === null ? '/dev/null' : `a/${base.path}`,
                  `b/${base.path}`,
                  base.text,
                  text,
                ),
              ),
            )
          }
        >
          The difference
        </button>
        <button type="button" className="btn pri" onClick={() => offerFile(name, text)}>
          Download {name}
        </button>
      </div>
    </>
  )
}
