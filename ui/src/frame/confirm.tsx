import { AlertDialog } from '@base-ui/react/alert-dialog'
import { reply, useAsked } from './ask.ts'

/** The dialog of `confirm`. */
export default function Confirm() {
  const question = useAsked()
  return (
    <AlertDialog.Root open={question !== null} onOpenChange={(open) => (open ? undefined : reply(false))}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">{question?.title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">{question?.text}</AlertDialog.Description>
          <div className="dialog-acts">
            <AlertDialog.Close className="btn">Cancel</AlertDialog.Close>
            <button type="button" className="btn pri" onClick={() => reply(true)}>
              {question?.yes}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
