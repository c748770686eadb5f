import type { Static } from 'typebox'
import { iso } from './lists.js'
import type { Gathered } from './replay-gather.js'
import type { ReplayJob } from './rule-shapes.js'

/** What rules remember for longer than this is not looked for. */
export const MOST_MEMORY_MS = 86_400_000

type Told = Static<typeof ReplayJob>['cannot_know']

/**
 * What a replay's result does not stand for.
 * @param given.memory how long the rules remember, milliseconds
 * @param given.running the version of the rules that run
 */
export function unknowable(
  { counts, compared, oldest, versions, remembered, kept }: Gathered,
  { memory, running }: { memory: number; running: string },
): Told {
  const told = (count: number, what: string): Told => (count === 0 ? [] : [{ what, count }])
  const always = (what: string): Told => [{ what, count: null }]
  const decidedOtherwise = [...versions].reduce((sum, [version, count]) => (version === running ? sum : sum + count), 0)
  const scheduled = kept.filter(({ outcome }) => outcome === 'scheduled').length
  return [
    ...told(
      counts.own,
      'were made by the gateway itself, as batches and notifications are; they follow from the others',
    ),
    ...told(counts.open, 'have no outcome yet; they were relived for others to meet, and are not compared'),
    ...told(counts.payload, 'have no payload on record and were left out'),
    ...told(counts.masked, 'have masked values, which rules see masked'),
    ...told(counts.changed, 'are on record as rules had changed them, not as they were sent'),
    ...told(decidedOtherwise, 'were decided by other rules than those that run now; some differences may come of that'),
    ...told(scheduled, 'were scheduled; when they are due, they are taken to pass'),
    ...(oldest === null ? [] : always(`only the newest ${compared} were replayed, from ${iso(oldest)} on`)),
    ...(remembered !== null
      ? always(`keys, counters, groups and events lack what came before ${iso(remembered)}`)
      : memory > MOST_MEMORY_MS
        ? always('keys, counters, groups and events of more than 24 h before are not known')
        : []),
    ...always(
      'providers are taken to answer as recorded, and to deliver where nothing is recorded; moves by hand are left out',
    ),
  ]
}
