import { asksToBeTriedAgain, releasesHolds, withoutAnswer } from '../../action/outcome.js'
import { factsOf } from '../../audit/texts.js'
import type { Completed, CompleteRequest, ParkRequest, Replaced } from '../store.js'
import { admissionOf, type AdmissionRow } from './rows.js'
import { opOf } from './server.js'
import { settingsOf, type Step } from './step.js'
import { plain } from '../../lib/postgres-text.js'

type Answer = (Omit<Completed, 'follow'> & { follow: AdmissionRow[] }) | Replaced

/** Settles open work under its fence, in one call (`StateStore.complete`). */
export async function complete(step: Step, request: CompleteRequest): Promise<Completed | Replaced> {
  const { owner, key, fence, unowned = false, outcome, redacted, draft, dead_letter } = request
  const answer = await step.server.call<Answer>('complete', {
    ...opOf(request, step.server),
    s: settingsOf(step),
    owner,
    ...key,
    fence,
    unowned,
    outcome: JSON.stringify(outcome),
    again: asksToBeTriedAgain(outcome),
    releases: releasesHolds(outcome),
    redacted: JSON.stringify(redacted),
    shown: JSON.stringify(withoutAnswer(redacted)),
    facts: factsOf(draft),
    draft: JSON.stringify(draft),
    dead_letter: dead_letter === undefined ? null : { ...dead_letter, attempts: JSON.stringify(dead_letter.attempts) },
  })
  if (answer.kind === 'replaced') return answer
  return { ...answer, duplicates: plain(answer.duplicates), follow: answer.follow.map(admissionOf) }
}

/** Stores a retry that is due later. Whoever held it holds it no more. */
export function park(step: Step, request: ParkRequest): Promise<{ kind: 'parked'; due_at: number } | Replaced> {
  const { owner, key, fence, delay_ms, attempts, outcome } = request
  return step.server.call('park', {
    ...opOf(request, step.server),
    owner,
    ...key,
    fence,
    delay_ms,
    attempts: JSON.stringify(attempts),
    outcome: outcome === undefined ? null : JSON.stringify(outcome),
  })
}
