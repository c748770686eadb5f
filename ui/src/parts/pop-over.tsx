import { lazy, Suspense, useRef, useState, type ReactNode } from 'react'

const load = () => import('./popped.tsx')
const Popped = lazy(load)

export interface PopOverProps {
  className: string
  /** Where the button's text does not say what it opens. */
  label?: string
  /** What opens, for those who do not see it. */
  name: string
  popup?: string
  align?: 'start' | 'center' | 'end'
  trigger: ReactNode
  children: (close: () => void) => ReactNode
}

/** A button that opens something above the page; what places it is loaded when somebody is about to press it. */
export function PopOver({ className, label, trigger, ...rest }: PopOverProps) {
  const [open, setOpen] = useState(false)
  const anchor = useRef<HTMLButtonElement>(null)
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={className}
        aria-label={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        data-popup-open={open ? '' : undefined}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        onClick={() => setOpen(!open)}
      >
        {trigger}
      </button>
      {open && (
        <Suspense>
          <Popped anchor={anchor} setOpen={setOpen} {...rest} />
        </Suspense>
      )}
    </>
  )
}
