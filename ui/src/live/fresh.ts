import { useEffect, useRef } from 'react'
import { liveState } from './stream.ts'

const LOOK_MS = 250
/** An answer that takes long is asked for less often: the server works a tenth of the time for it, but it is not left alone. */
const REST = 10
const MOST_REST_MS = 10_000

/**
 * Renews an answer when something happened since it was last renewed: at most once in `leastMs`, and the more seldom the
 * longer it takes; never in a tab that nobody sees, nor while `on` is false.
 * @param renew gives false when it did not take the answer
 */
export function useFresh(renew: () => Promise<unknown>, leastMs: number, on = true): void {
  const latest = useRef(renew)
  latest.current = renew
  const told = useRef(liveState().news)
  useEffect(() => {
    if (!on) return
    let timer: ReturnType<typeof setTimeout>
    const wait = (ms: number): void => void (timer = setTimeout(() => void look(), ms))
    async function look(): Promise<void> {
      const { news } = liveState()
      if (news === told.current || document.hidden) return wait(LOOK_MS)
      const before = told.current
      told.current = news
      const began = performance.now()
      // What went wrong is told where the answer is shown.
      if ((await latest.current().catch(() => undefined)) === false) told.current = before
      if (over) return
      wait(Math.max(leastMs, Math.min(MOST_REST_MS, REST * (performance.now() - began))))
    }
    let over = false
    wait(leastMs)
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [leastMs, on])
}
