import { Popover } from '@base-ui/react/popover'
import type { RefObject } from 'react'
import type { PopOverProps } from './pop-over.tsx'

/** What a pop-over shows while it is open. */
export default function Popped({
  anchor,
  setOpen,
  name,
  popup = '',
  align = 'start',
  children,
}: Pick<PopOverProps, 'name' | 'popup' | 'align' | 'children'> & {
  anchor: RefObject<HTMLButtonElement | null>
  setOpen: (open: boolean) => void
}) {
  return (
    <Popover.Root
      open
      onOpenChange={(open, { event }) => {
        // Its button closes it by itself; closed here first, the press would open it again.
        if (event.target instanceof Node && anchor.current?.contains(event.target) === true) return
        setOpen(open)
      }}
    >
      <Popover.Portal>
        <Popover.Positioner anchor={anchor} sideOffset={6} align={align} className="over">
          <Popover.Popup className={`pop ${popup}`} aria-label={name} finalFocus={anchor}>
            {children(() => setOpen(false))}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
