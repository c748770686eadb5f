import type { AuditStore, Delivery, EventSince } from '../audit/store.js'
import { usefulUntil } from '../delivery/terms.js'
import type { Providers } from '../providers/lookup.js'
import type { DeadLetter } from '../state/store.js'
import type { Caller, Gateway, LetterMarks } from './gateway.js'

/**
 * Of one event, so many of the newest deliveries are asked for: one may be that of the letter itself. Where all of them are
 * none that the caller may see, as many as the second number.
 */
const NEWEST = [2, 200] as const
/** What one question may answer. */
const ROWS = 4_000
const ANYBODY: Caller = { id: 'anonymous', method: 'none' }

/**
 * Looks whether dead letters are still worth sending: what the rule, the provider and the sender said about their use, and
 * what went out for the same event since. The records are asked once for all letters of a page.
 */
export function createLetterMarks({
  audit,
  providers,
  now,
}: {
  audit: AuditStore | null
  providers: Providers
  now: () => number
}): Gateway['letterMarks'] {
  function pastUseSince({ plan, ...letter }: DeadLetter): number | null {
    const own = providers.find(plan.action.provider)?.terms ?? {}
    const until = usefulUntil(own, plan.delivery, takenAt(letter), plan.action.ends_at)
    return until < now() ? until : null
  }

  return async (letters, caller = ANYBODY) => {
    const delivered = audit === null ? new Map<DeadLetter, Delivery>() : await deliveredSince(audit, letters, caller)
    return letters.map((letter): LetterMarks => {
      const found = delivered.get(letter)
      return {
        pastUseSince: pastUseSince(letter),
        deliveredSince:
          found === undefined
            ? null
            : {
                action_id: found.action_id,
                provider: found.carrier,
                at: new Date(found.dispatched_at).toISOString(),
              },
      }
    })
  }
}

/** When it was first tried; one that was never tried, such as behind an open circuit, failed when it came. */
const takenAt = ({ attempts, created_at }: Pick<DeadLetter, 'attempts' | 'created_at'>): number =>
  Math.min(created_at, ...attempts.slice(0, 1).map(({ at }) => Date.parse(at)))

const eventOf = ({ origin, plan }: DeadLetter): string | undefined =>
  origin.kind === 'notification' ? origin.event.fingerprint : plan.action.fingerprint

/** The newest delivery of another action for the event of each letter, since that was first tried. */
async function deliveredSince(
  audit: AuditStore,
  letters: readonly DeadLetter[],
  caller: Caller,
  [each, ...more]: readonly number[] = NEWEST,
): Promise<Map<DeadLetter, Delivery>> {
  const found = new Map<DeadLetter, Delivery>()
  if (each === undefined) return found
  const unsure: DeadLetter[] = []
  const piece = Math.floor(ROWS / each)
  for (let at = 0; at < letters.length; at += piece) {
    const deliveries = await deliveriesFor(audit, letters.slice(at, at + piece), each)
    for (const [letter, known] of deliveries) {
      const since = known.filter(({ dispatched_at }) => dispatched_at >= takenAt(letter))
      const other = since.find((delivery) => delivery.action_id !== letter.key.id && sees(caller, letter, delivery))
      if (other !== undefined) found.set(letter, other)
      else if (since.length === each) unsure.push(letter)
    }
  }
  if (unsure.length === 0) return found
  return new Map([...found, ...(await deliveredSince(audit, unsure, caller, more))])
}

const sees = (caller: Caller, { key: { namespace, tenant } }: DeadLetter, { asked, action_type }: Delivery): boolean =>
  caller.sees?.({ namespace, tenant, provider: asked, action_type }) ?? true

/** What was delivered for the event of each letter that has one, newest first; an event of several letters is asked for once. */
async function deliveriesFor(
  audit: AuditStore,
  letters: readonly DeadLetter[],
  each: number,
): Promise<Map<DeadLetter, Delivery[]>> {
  const events = new Map<string, EventSince & { letters: DeadLetter[] }>()
  for (const letter of letters) {
    const event = eventOf(letter)
    if (event === undefined) continue
    const { namespace, tenant } = letter.key
    const name = JSON.stringify([namespace, tenant, event])
    const known = events.get(name)
    if (known === undefined) events.set(name, { namespace, tenant, event, from: takenAt(letter), letters: [letter] })
    else {
      known.from = Math.min(known.from, takenAt(letter))
      known.letters.push(letter)
    }
  }
  const asked = [...events.values()]
  if (asked.length === 0) return new Map()
  const answers = await audit.deliveries(asked, each)
  return new Map(asked.flatMap((event, i) => event.letters.map((letter) => [letter, answers[i]!] as const)))
}
