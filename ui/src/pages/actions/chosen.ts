import { answer, api } from '../../api/client.ts'
import type { Scope } from '../../api/queries.ts'
import type { Row as Action } from '../../api/traffic.ts'
import { hrefOf } from '../../frame/url.ts'
import { filterText, term } from '../../lib/filter.ts'
import { REPLAY_PRESETS } from '../../lib/range.ts'

/** A filter has at most so many characters. */
const LONGEST_FILTER = 2_000
const AT_ONCE = 4
/** A filter that only these actions pass, as far as names go. */
export function filterOf(actions: Action[]): string {
  const values = (of: (action: Action) => string): string[] => [...new Set(actions.map(of))]
  return filterText([
    term(
      'tenant',
      values(({ tenant }) => tenant),
    ),
    term(
      'ns',
      values(({ ns }) => ns),
    ),
    term(
      'id',
      values(({ id }) => id),
    ),
  ])
}

/** Where several actions are replayed, or why they cannot be. One goes to the playground as itself. */
export function replayOf(actions: Action[], scope: Scope, nowMs: number): { href: string } | { refused: string } {
  const place = { scope, page: 'rules' }
  const [only] = actions
  if (actions.length === 1 && only !== undefined)
    return { href: hrefOf({ ...place, item: only.rule ?? undefined }, { tab: 'playground', action: only.id }) }
  const rq = filterOf(actions)
  if (rq.length > LONGEST_FILTER)
    return { refused: 'So many do not fit into the filter of a replay; choose fewer, or replay all of a filter.' }
  const age = nowMs - Math.min(...actions.map(({ at }) => at))
  const rfrom = REPLAY_PRESETS.find(({ ms }) => age < ms)?.from
  if (rfrom === undefined) return { refused: 'A replay looks back seven days, and some of these are older.' }
  return { href: hrefOf(place, { tab: 'playground', input: 'traffic', rq, rfrom }) }
}

/** The stories of actions as the server tells them to whoever asks, one a line, in the order of the list. */
export async function storiesOf(actions: Action[]): Promise<string> {
  const wanted = [
    ...new Map(actions.map((action) => [JSON.stringify([action.tenant, action.ns, action.id]), action])).values(),
  ]
  const lines: string[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < wanted.length; at = next++) {
      const { id, tenant, ns } = wanted[at]!
      const story = await answer(
        api.GET('/v1/actions/{id}', { params: { path: { id }, query: { tenant, namespace: ns } } }),
      )
      lines[at] = `${JSON.stringify(story)}\n`
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, wanted.length) }, work))
  return lines.join('')
}
