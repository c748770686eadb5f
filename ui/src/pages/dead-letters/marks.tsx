import type { Scope } from '../../api/queries.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { term } from '../../lib/filter.ts'
import { time } from '../../lib/formats.ts'
import { Glyph } from '../../parts/glyph.tsx'
import { isMarked, type Letter } from './letters.ts'

/** The address of an action's story. */
export const storyOf = (scope: Scope, id: string): string =>
  hrefOf({ scope, page: 'actions' }, { q: term('id', id).text, open: id, from: '-7d' })

const At = ({ at }: { at: string }) => <time dateTime={at}>{time(Date.parse(at), { now: Date.now() })}</time>

/** What speaks against sending it again, if anything does. */
export function Marks({ letter }: { letter: Letter }) {
  const { scope } = usePlace()
  if (!isMarked(letter)) return null
  const { past_use_since: past, delivered_since: delivered } = letter
  return (
    <p className="marks">
      {past !== null && (
        <span className="f-waiting">
          <Glyph name="waiting" /> past its use since <At at={past} />
        </span>
      )}
      {delivered !== null && (
        <span>
          <Glyph name="delivered" /> its event{' '}
          <A href={storyOf(scope, delivered.action_id)}>
            was delivered by {delivered.provider} at <At at={delivered.at} />
          </A>
        </span>
      )}
    </p>
  )
}
