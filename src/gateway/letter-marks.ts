import { carrierOf, type AuditRecord } from '../audit/record.js'
import type { AuditStore } from '../audit/store.js'
import { usefulUntil } from '../delivery/terms.js'
import type { Providers } from '../providers/lookup.js'
import type { DeadLetter } from '../state/store.js'
import type { Caller, Gateway, LetterMarks } from './gateway.js'
import { seesRecord } from './seen.js'

/** So many of the newest records of one event are looked at for one that was delivered. */
const NEWEST = 200
const ANYBODY: Caller = { id: 'anonymous', method: 'none' }

/**
 * Looks whether dead letters are still worth sending: what the rule, the provider and the sender said about their use, and
 * what went out for the same event since. Records of one event are read once for all of its letters.
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
    const events = new Map<string, Promise<AuditRecord[]>>()
    const sentFor = (event: string, { namespace, tenant }: DeadLetter['key']): Promise<AuditRecord[]> => {
      const name = JSON.stringify([namespace, tenant, event])
      const known = events.get(name) ?? sent(audit, event, { namespace, tenant }, caller)
      events.set(name, known)
      return known
    }
    const marks: LetterMarks[] = []
    for (const letter of letters) {
      const event = eventOf(letter)
      const found =
        event === undefined
          ? undefined
          : (await sentFor(event, letter.key)).find(
              ({ action_id, dispatched_at }) =>
                action_id !== letter.key.id && Date.parse(dispatched_at) >= takenAt(letter),
            )
      marks.push({
        pastUseSince: pastUseSince(letter),
        deliveredSince:
          found === undefined
            ? null
            : { action_id: found.action_id, provider: carrierOf(found), at: found.dispatched_at },
      })
    }
    return marks
  }
}

/** When it was first tried; one that was never tried, such as behind an open circuit, failed when it came. */
const takenAt = ({ attempts, created_at }: Pick<DeadLetter, 'attempts' | 'created_at'>): number =>
  Math.min(created_at, ...attempts.slice(0, 1).map(({ at }) => Date.parse(at)))

const eventOf = ({ origin, plan }: DeadLetter): string | undefined =>
  origin.kind === 'notification' ? origin.event.fingerprint : plan.action.fingerprint

/** What was delivered for an event, newest first. */
async function sent(
  audit: AuditStore | null,
  event: string,
  scope: { namespace: string; tenant: string },
  caller: Caller,
): Promise<AuditRecord[]> {
  const records = (await audit?.linked({ event }, scope, NEWEST)) ?? []
  return records.filter((record) => record.delivered_by !== null && seesRecord(record, caller))
}
