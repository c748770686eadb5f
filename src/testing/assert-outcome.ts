import { strict as assert } from 'node:assert'
import type { Outcome, OutcomeOf, OutcomeType } from '../action/outcome.js'

/** Says what an outcome must be, and answers it narrowed. A mismatch throws an AssertionError that shows the outcome. */
export interface OutcomeAssertions {
  executed(expected?: { status?: string }): OutcomeOf<'Executed'>
  deduplicated(): OutcomeOf<'Deduplicated'>
  suppressed(expected?: { rule?: string; reason?: string }): OutcomeOf<'Suppressed'>
  rerouted(expected?: { from?: string; to?: string }): OutcomeOf<'Rerouted'>
  throttled(expected?: { rule?: string }): OutcomeOf<'Throttled'>
  failed(expected?: { code?: string; retryable?: boolean; attempts?: number; retrying?: boolean }): OutcomeOf<'Failed'>
  grouped(expected?: { size?: number; group_key?: string }): OutcomeOf<'Grouped'>
  stateChanged(expected?: { from?: string | null; to?: string; notify?: boolean }): OutcomeOf<'StateChanged'>
  circuitOpen(expected?: { provider?: string; fallback_chain?: string[] }): OutcomeOf<'CircuitOpen'>
  scheduled(): OutcomeOf<'Scheduled'>
  dryRun(expected?: { verdict?: string; matched_rule?: string | null; would_be_provider?: string }): OutcomeOf<'DryRun'>
}

/** `assertOutcome(outcome).rerouted({ to: 'sms' })`. */
export function assertOutcome(outcome: Outcome): OutcomeAssertions {
  const expect = <T extends OutcomeType>(type: T, expected: Record<string, unknown> = {}): OutcomeOf<T> => {
    assert.equal(outcome.type, type, `expected ${type}, got ${JSON.stringify(outcome)}`)
    for (const [name, value] of Object.entries(expected))
      assert.deepEqual(
        (outcome as unknown as Record<string, unknown>)[name],
        value,
        `expected ${name} ${JSON.stringify(value)}, got ${JSON.stringify(outcome)}`,
      )
    return outcome as OutcomeOf<T>
  }
  const renamed = (expected: Record<string, unknown> = {}, names: Record<string, string>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(expected).map(([name, value]) => [names[name] ?? name, value]))
  return {
    executed: (expected) => expect('Executed', expected),
    deduplicated: () => expect('Deduplicated'),
    suppressed: (expected) => expect('Suppressed', expected),
    rerouted: (expected) => expect('Rerouted', renamed(expected, { from: 'original_provider', to: 'new_provider' })),
    throttled: (expected) => expect('Throttled', expected),
    failed: (expected) => expect('Failed', expected),
    grouped: (expected) => expect('Grouped', renamed(expected, { size: 'group_size' })),
    stateChanged: (expected) => expect('StateChanged', renamed(expected, { from: 'previous_state', to: 'new_state' })),
    circuitOpen: (expected) => expect('CircuitOpen', expected),
    scheduled: () => expect('Scheduled'),
    dryRun: (expected) => expect('DryRun', expected),
  }
}
