import type { TraceAttempt } from '../audit/trace.js'
import type { Terms } from './terms.js'

/**
 * A `retry_schedule` gives a delivery rounds of `max_retries` + 1 attempts each; between two rounds it is a durable job.
 * Which round it is follows from the attempts alone, so nothing else needs to be stored.
 */
export interface Round {
  /** From 1. */
  number: number
  /** Attempts in it. */
  made: number
}

/** A round in which nothing was sent, because every circuit was open. */
const SKIPPED = 'CIRCUIT_OPEN'

/** How many of them were calls. */
export const callsIn = (attempts: readonly TraceAttempt[]): number =>
  attempts.filter(({ code }) => code !== SKIPPED).length

/** The round of the last attempt. */
export function roundOf(attempts: readonly TraceAttempt[], { schedule }: Terms): Round {
  if (schedule.length === 0) return { number: 1, made: attempts.length }
  const number = attempts.at(-1)?.round ?? 1
  return { number, made: attempts.filter(({ round = 1 }) => round === number).length }
}

/** The round that the next attempt belongs to: that of the last one, or, when that is over, another. */
export function roundToBegin(attempts: readonly TraceAttempt[], terms: Terms): Round {
  const round = roundOf(attempts, terms)
  if (terms.schedule.length === 0) return round
  const isOver = round.made >= terms.maxAttempts || attempts.at(-1)?.code === SKIPPED
  return isOver ? { number: round.number + 1, made: 0 } : round
}

/** Stands in the trace for a round in which nothing was sent. */
export const skippedRound = (
  provider: string,
  { number }: Round,
  attempts: readonly TraceAttempt[],
  at: number,
): TraceAttempt => ({
  attempt: callsIn(attempts),
  provider,
  at: new Date(at).toISOString(),
  duration_ms: 0,
  result: 'retryable',
  code: SKIPPED,
  error: `The circuit of provider "${provider}" is open; nothing was sent.`,
  round: number,
})
