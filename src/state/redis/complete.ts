import { asksToBeTriedAgain, releasesHolds, withoutAnswer } from '../../action/outcome.js'
import { sha256 } from '../../lib/ids.js'
import type { Completed, CompleteRequest, ParkRequest, Replaced } from '../store.js'
import { entryName } from './keys.js'
import { admissionsOf } from './rows.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { numberOf, parsed, textOf } from './text.js'
import { toldOf } from './told.js'

/** Settles open work (`StateStore.complete`). */
export async function complete(
  { server, settings, wake }: Step,
  request: CompleteRequest,
): Promise<Completed | Replaced> {
  const { owner, key, fence, unowned, outcome, redacted, draft, dead_letter } = request
  const place = server.place(key)
  const [kind, completed_at, follow, count, last] = await server.run(
    'complete',
    place.partition,
    {
      ...opOf(request),
      owner,
      entry: entryName(place, key),
      fence,
      unowned,
      again: asksToBeTriedAgain(outcome),
      releases: releasesHolds(outcome),
      draft: toldOf(draft),
      letter: dead_letter && {
        hash: sha256(dead_letter.id),
        id: dead_letter.id,
        code: dead_letter.code,
        error: dead_letter.error,
        attempts: JSON.stringify(dead_letter.attempts),
      },
      retention: settings.idRetentionMs,
      unrecorded: !settings.recorded,
    },
    JSON.stringify(outcome),
    JSON.stringify(redacted),
    JSON.stringify(withoutAnswer(redacted)),
    JSON.stringify(draft),
  )
  if (kind === 'replaced') return { kind }
  wake()
  return {
    kind: 'done',
    completed_at: numberOf(completed_at),
    follow: admissionsOf(follow),
    duplicates: { count: numberOf(count), last: parsed<string[]>(textOf(last)) },
  }
}

/** Stores a retry that is due later (`StateStore.park`). */
export async function park(
  { server }: Step,
  request: ParkRequest,
): Promise<{ kind: 'parked'; due_at: number } | Replaced> {
  const { owner, key, fence, delay_ms, attempts, outcome } = request
  const place = server.place(key)
  const [kind, due_at] = await server.run(
    'park',
    place.partition,
    { ...opOf(request), owner, entry: entryName(place, key), fence, delay_ms },
    JSON.stringify(attempts),
    outcome === undefined ? '' : JSON.stringify(outcome),
  )
  return kind === 'replaced' ? { kind } : { kind: 'parked', due_at: numberOf(due_at) }
}
