import type { Action } from '../action/action.js'
import type { Redactor } from '../audit/redact.js'
import { redactedAttempts, redactedOutcome, redactedTrace } from '../audit/redacted.js'
import type { Gateway } from './gateway.js'

/** What state holds, as it may be shown: state has the true payloads, because delivery needs them. */
export function createShown(redactor: Redactor): Gateway['shown'] {
  const shownAction = <A extends Action | null>(action: A): A =>
    action === null
      ? action
      : { ...action, payload: redactor.value(action.payload), metadata: redactor.labels(action.metadata) }
  const shownPlan = <P extends { action: Action; trace: Parameters<typeof redactedTrace>[0] } | null>(plan: P): P =>
    plan === null ? plan : { ...plan, action: shownAction(plan.action), trace: redactedTrace(plan.trace, redactor) }
  return {
    entry: (entry) => ({
      ...entry,
      action: shownAction(entry.action),
      plan: shownPlan(entry.plan),
      outcome: entry.outcome === null ? null : redactedOutcome(entry.outcome, redactor),
      attempts: redactedAttempts(entry.attempts, redactor),
    }),
    deadLetter: (letter) => ({
      ...letter,
      plan: shownPlan(letter.plan),
      attempts: redactedAttempts(letter.attempts, redactor),
      error: redactor.text(letter.error),
    }),
    labels: (labels) => redactor.labels(labels),
    value: (value) => redactor.value(value),
  }
}
