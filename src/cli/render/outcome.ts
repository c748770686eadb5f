import { asksToBeTriedAgain, fromWireDuration, OUTCOME_WORDS, type Outcome } from '../../action/outcome.js'
import { formatDuration } from '../../lib/durations.js'
import type { ExitName } from '../exit.js'
import { printable, timeText } from './table.js'

/** An outcome that did not do, and did not settle, what was asked for ends a command with 1. */
export const exitOfOutcome = (outcome: Outcome): ExitName =>
  outcome.type === 'Failed' || asksToBeTriedAgain(outcome) ? 'failed' : 'ok'

/** What became of an action, in one line for people. */
export const outcomeText = (outcome: Outcome): string => printable(sentence(outcome))

function sentence(outcome: Outcome): string {
  switch (outcome.type) {
    case 'Executed':
      return `Executed (${outcome.status})`
    case 'Deduplicated':
      return 'Deduplicated: another action holds its key'
    case 'Suppressed':
      return `Suppressed by rule ${outcome.rule}${because(outcome.reason)}`
    case 'Rerouted':
      return `Rerouted: ${outcome.original_provider} → ${outcome.new_provider} (${outcome.response?.status ?? 'success'})`
    case 'Throttled':
      return `Throttled by rule ${outcome.rule}: room again in ${formatDuration(fromWireDuration(outcome.retry_after))}${because(outcome.message)}`
    case 'Failed':
      return `Failed with ${outcome.code} after ${counted(outcome.attempts, 'attempt')}: ${outcome.message}${outcome.retrying === true ? `; next attempt at ${timeText(outcome.next_attempt_at)}` : ''}`
    case 'Grouped':
      return `Grouped as number ${outcome.group_size} of ${outcome.group_key}, sent at ${timeText(outcome.notify_at)}`
    case 'StateChanged':
      return `${stateText(outcome)} (event ${outcome.fingerprint})`
    case 'Silenced':
      return `Silenced by ${outcome.silence_id}`
    case 'Muted':
      return `Muted in ${outcome.interval}${because(outcome.reason)}`
    case 'QuotaExceeded':
      return `Over the quota of ${outcome.tenant}: ${outcome.used} of ${outcome.limit}`
    case 'CircuitOpen':
      return `Not sent: the circuit of ${outcome.provider} is open`
    case 'Scheduled':
      return `Scheduled for ${timeText(outcome.scheduled_for)} as ${outcome.action_id}`
    case 'RecurringCreated':
      return `Recurs as ${outcome.recurring_id}, next at ${timeText(outcome.next_execution_at)}`
    case 'PendingApproval':
      return `Waits for approval ${outcome.approval_id} until ${timeText(outcome.expires_at)}`
    case 'ChainStarted':
      return `Started chain ${outcome.chain_name} with ${counted(outcome.total_steps, 'step')}`
    case 'DryRun':
      return dryRunText(outcome)
    default:
      // A newer server may know outcomes that this client does not.
      return (outcome as { type: string }).type
  }
}

const because = (reason: string | undefined): string => (reason === undefined ? '' : `: ${reason}`)
const counted = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`

function stateText({ previous_state, new_state, notify }: Extract<Outcome, { type: 'StateChanged' }>): string {
  if (previous_state === new_state) return `Still ${new_state}, nobody is told again`
  const move = previous_state === null ? `New event: ${new_state}` : `${previous_state} → ${new_state}`
  return notify ? `${move}, being told` : `${move}, nobody is told`
}

function dryRunText({ verdict, matched_rule, would_be_provider, gates }: Extract<Outcome, { type: 'DryRun' }>): string {
  const refusing = gates?.find(({ would }) => would === 'refuse')
  const rule = matched_rule === null ? 'no rule decides' : `rule ${matched_rule}`
  const now = refusing === undefined ? '' : `; now rule ${refusing.rule} would refuse it`
  return `Would be: ${verdict} (${rule}), provider ${would_be_provider}${now}`
}

/** The same from a record's word and details, such as `state_changed`. */
export function recordedOutcomeText(word: string, details: unknown): string {
  const type = OUTCOME_WORDS.get(word)
  if (type === undefined) return printable(word)
  try {
    return outcomeText({ type, ...(details as object) } as Outcome)
  } catch {
    // Records of other versions may lack fields; the word alone is still true.
    return type
  }
}
