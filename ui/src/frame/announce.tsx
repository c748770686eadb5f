import { useEffect, useState } from 'react'
import { plural } from '../lib/formats.ts'
import { liveState } from '../live/stream.ts'

const EVERY_MS = 10_000

/** The one polite region: at most a message in ten seconds, on what came in. */
export function Announcer() {
  const [text, setText] = useState('')
  useEffect(() => {
    let told = liveState()
    const timer = setInterval(() => {
      const now = liveState()
      const news = now.arrived - told.arrived
      const bad = now.broken - told.broken
      told = now
      if (news > 0) setText(`${plural(news, 'new action')}${bad > 0 ? `, ${bad} broken` : ''}`)
    }, EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <p className="heard" role="status">
      {text}
    </p>
  )
}
