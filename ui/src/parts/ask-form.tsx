import { Dialog } from '@base-ui/react/dialog'
import { useState, type ReactNode } from 'react'

/** A dialog that asks for something before an act, and says in place what went wrong with it. */
export function AskForm({
  title,
  text,
  yes,
  close,
  run,
  children,
}: {
  title: string
  text: string
  /** On the button; names target and count. */
  yes: string
  close: () => void
  /** Done: the dialog closes. Throws: it stays, and shows the message. */
  run: () => Promise<void>
  children: ReactNode
}) {
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (): Promise<void> => {
    setBusy(true)
    try {
      await run()
      close()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : close())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">{title}</Dialog.Title>
          <Dialog.Description className="dialog-text">{text}</Dialog.Description>
          <form
            onSubmit={(event) => {
              event.preventDefault()
              void submit()
            }}
          >
            {children}
            {problem !== undefined && (
              <p role="alert" className="f-broken ask-problem">
                {problem}
              </p>
            )}
            <div className="dialog-acts">
              <Dialog.Close className="btn">Cancel</Dialog.Close>
              <button type="submit" className="btn pri" disabled={busy}>
                {yes}
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
