import { lazy, Suspense, useMemo, useState } from 'react'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import type { useCheck } from './asking.ts'
import { isChanged, type Draft } from './drafts.ts'

const PublishDialog = lazy(() => import('./publish.tsx'))

/** Opens the dialog that shows what would change and publishes it, or offers it for download where files are not changed here. */
export function PublishButton({
  draft,
  set,
  check,
  valid,
}: { draft: Draft; set: (change: Partial<Draft>) => void } & Pick<ReturnType<typeof useCheck>, 'check' | 'valid'>) {
  const refusal = useRefusal('admin')
  const [open, setOpen] = useState(false)
  const { path, editable } = draft.base
  const verb = editable ? 'Publish' : 'Download'
  const refused =
    (editable ? refusal : undefined) ??
    (!isChanged(draft)
      ? 'Nothing is changed.'
      : valid
        ? undefined
        : `${editable ? 'It is published' : 'It is offered'} once the check finds nothing wrong.`)
  const acts = useMemo<Act[]>(
    () => [{ title: `${verb} ${path}…`, key: 'p', refused, run: () => setOpen(true) }],
    [verb, path, refused],
  )
  useActs(acts)
  return (
    <>
      <button
        type="button"
        className="btn pri"
        aria-disabled={refused !== undefined}
        title={refused}
        onClick={() => {
          if (refused === undefined) setOpen(true)
        }}
      >
        {verb}… <kbd>P</kbd>
      </button>
      {open && check !== undefined && (
        <Suspense>
          <PublishDialog draft={draft} set={set} changes={check.changes} close={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
