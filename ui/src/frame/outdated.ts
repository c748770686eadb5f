import { useEffect, useState } from 'react'
import { useLive } from '../live/use-live.ts'

/** The script that this page is; its name says what is in it. */
const OWN = document.querySelector('script[type="module"][src]')?.getAttribute('src') ?? null

/** Whether the server gives out another version of the page than this one; asked when it has come back. */
export function useOutdated(): boolean {
  const losses = useLive((live) => live.losses)
  const [outdated, setOutdated] = useState(false)
  useEffect(() => {
    if (losses === 0 || OWN === null) return
    const given = async (): Promise<string | null> => {
      const answer = await fetch('/', { cache: 'no-store' })
      return answer.ok ? answer.text() : null
    }
    void given().then(
      (page) => page !== null && setOutdated(!page.includes(OWN)),
      // Away again: it is asked when it is back.
      () => undefined,
    )
  }, [losses])
  return outdated
}
