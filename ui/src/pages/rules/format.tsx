import { useMutation } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { answer, api } from '../../api/client.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { draftOf, type Draft } from './drafts.ts'

/** Lays a draft out, as the server does it, and says what keeps it from that. */
export function FormatButton({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const { base, text, beside } = draft
  const { mutate, data, error, variables, isPending } = useMutation({
    mutationFn: (before: string) => answer(api.POST('/v1/rules/format', { body: { text: before } })),
    onSuccess: (formatted, before) => {
      // What was typed meanwhile stays.
      if (draftOf(base).text === before && formatted.text !== before) set({ text: formatted.text })
    },
  })
  const refused = beside ? 'Take over what should stay first.' : undefined
  const act = useMemo<Act>(
    () => ({ title: `Format ${base.path}`, refused, run: () => mutate(text) }),
    [base.path, refused, mutate, text],
  )
  useActs(useMemo(() => [act], [act]))
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // By its place: with Alt, other letters are typed on some keyboards.
      if (event.code !== 'KeyF' || !event.shiftKey || !event.altKey || event.ctrlKey || event.metaKey) return
      if (document.querySelector('[role=dialog][data-open]') !== null) return
      event.preventDefault()
      if (act.refused === undefined) act.run()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [act])
  return (
    <>
      <button
        type="button"
        className="btn"
        aria-disabled={refused !== undefined || isPending}
        aria-keyshortcuts="Shift+Alt+F"
        title={refused}
        onClick={() => {
          if (refused === undefined && !isPending) act.run()
        }}
      >
        Format <kbd>⇧⌥F</kbd>
      </button>
      {error !== null && variables === text ? (
        <span className="problem" role="alert">
          It is not formatted. {error.message}
        </span>
      ) : (
        data?.text === text && (
          <span className="hint" role="status">
            It is formatted.
          </span>
        )
      )}
    </>
  )
}
