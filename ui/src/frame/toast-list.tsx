import { Toast } from '@base-ui/react/toast'
import { useEffect } from 'react'
import { Icon } from '../parts/icon.tsx'
import { takeOver } from './toasts.tsx'

const manager = Toast.createToastManager()

/** Toasts, at the bottom left; an error stays until it is closed. */
export default function ToastList() {
  useEffect(
    () =>
      takeOver(({ title, description, error, undo }) =>
        manager.add({
          title,
          description,
          type: error ? 'error' : 'done',
          timeout: error ? 0 : 8_000,
          ...(undo !== undefined && { actionProps: { children: 'Undo', onClick: undo } }),
        }),
      ),
    [],
  )
  return (
    <Toast.Provider toastManager={manager} limit={4}>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <Shown />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function Shown() {
  const { toasts } = Toast.useToastManager()
  return toasts.map((item) => (
    <Toast.Root
      key={item.id}
      toast={item}
      className={`toast ${item.type === 'error' ? 'bad' : ''}`}
      swipeDirection={[]}
    >
      <div>
        <Toast.Title className="toast-title" render={<b />} />
        <Toast.Description className="toast-text" render={<p />} />
      </div>
      {item.actionProps !== undefined && <Toast.Action className="btn small" />}
      <Toast.Close className="btn ghost icon small" aria-label="Close">
        <Icon name="close" size={12} />
      </Toast.Close>
    </Toast.Root>
  ))
}
