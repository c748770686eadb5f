import { useEffect, useRef } from 'react'
import { PAGES } from '../pages.tsx'
import { currentActs } from './acts.ts'
import { prefer, preferred } from './settings.ts'
import { hrefOf, usePlace } from './url.ts'

const GO_MS = 1_200
/** Where keys mean something else: a text, or a menu, which is searched by its first letters and closed by Esc. */
const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches('input:not([type=checkbox], [type=radio]), textarea, select') ||
    target.closest('[role=menu]') !== null)
const inDialog = (): boolean =>
  document.querySelector('[role=dialog][data-open],[role=alertdialog][data-open]') !== null

/** The keys of the frame and of whatever acts the page offers. Single letters only where nobody types. */
export function useKeys({ openPalette, openHelp }: { openPalette: () => void; openHelp: () => void }): void {
  const place = usePlace()
  const latest = useRef({ place, openPalette, openHelp })
  latest.current = { place, openPalette, openHelp }
  useEffect(() => {
    let goUntil = 0
    const onKey = (event: KeyboardEvent): void => {
      const { place: at, openPalette: palette, openHelp: help } = latest.current
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        palette()
        return
      }
      if (
        event.metaKey ||
        event.ctrlKey ||
        event.altKey ||
        event.defaultPrevented ||
        typing(event.target) ||
        inDialog()
      )
        return
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
      const act = currentActs().find((item) => item.key === key && item.refused === undefined)
      if (key.length > 1) {
        if (act !== undefined) act.run()
        return
      }
      if (!preferred().letters) return
      const going = Date.now() < goUntil
      goUntil = 0
      const page = going ? PAGES.find((item) => item.key === key) : undefined
      const run =
        page !== undefined
          ? () => at.go(hrefOf({ scope: at.scope, page: page.path }, { from: at.search['from'], to: at.search['to'] }))
          : act !== undefined
            ? act.run
            : ({
                '/': () => document.querySelector<HTMLElement>('[data-filter]')?.focus(),
                '?': help,
                '[': () => prefer({ narrow: !preferred().narrow }),
                g: () => void (goUntil = Date.now() + GO_MS),
                l: () => at.change({ live: at.search['live'] === '0' ? undefined : '0' }, true),
              }[key] as (() => void) | undefined)
      if (run === undefined) return
      event.preventDefault()
      run()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
