import type { Act } from '../frame/acts.ts'

/** The acts that walk through rows (`data-row`): J and K move the focus, or what is open; Esc closes it. */
export function walkActs(keys: string[], open: string | undefined, go: (key: string | undefined) => void): Act[] {
  const move = (by: number): void => {
    const focused = document.activeElement?.closest('[data-row]')?.getAttribute('data-row')
    const at = keys.indexOf(open ?? focused ?? '')
    const next = keys[at < 0 ? 0 : Math.min(keys.length - 1, Math.max(0, at + by))]
    if (next === undefined) return
    if (open === undefined) focusRow(next)
    else go(next)
  }
  return [
    { title: 'Next', key: 'j', quiet: true, run: () => move(1) },
    { title: 'Previous', key: 'k', quiet: true, run: () => move(-1) },
    ...(open === undefined
      ? []
      : [
          {
            title: 'Close',
            key: 'Escape',
            quiet: true,
            run: () => {
              go(undefined)
              requestAnimationFrame(() => requestAnimationFrame(() => focusRow(open)))
            },
          },
        ]),
  ]
}

function focusRow(key: string): void {
  const row = document.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`)
  const link = row?.matches('a') === true ? row : row?.querySelector('a')
  link?.focus()
}
