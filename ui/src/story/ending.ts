import { duration, time, times } from '../lib/formats.ts'
import type { GlyphName } from '../parts/glyph.tsx'
import { at, object, text, type Answer, type Record_, type Shape } from './shapes.ts'

/** From arrival to outcome. Of less than a millisecond its attempts know more: the record counts whole ones. */
export const tookOf = ({ duration_ms, trace: { attempts } }: Record_): string =>
  duration(duration_ms === 0 ? attempts.reduce((sum, attempt) => sum + attempt.duration_ms, 0) : duration_ms)

/** Where it should have gone, who got it, and whether that one stood in: a rule may have changed the first, too. */
export function routeOf(
  { provider }: Record_,
  details: Record<string, unknown>,
): { wanted: string; got: string; addressed: string; stood: boolean } {
  const [addressed, got] = [text(details['original_provider']), text(details['new_provider'])]
  // What was planned is not what took it: a fallback did.
  const stood = got !== provider
  return { wanted: stood ? provider : addressed, got, addressed, stood }
}

export interface End {
  title: string
  answers: Answer[]
  glyph: GlyphName
  word: string
}

/** The sentence on the effect, and a line for each effect; one case for each outcome. */
export function endOf(record: Record_, details: Record<string, unknown>, what: string): End {
  const { provider, matched_rule: rule, trace } = record
  const by = rule === null ? 'No rule matched' : `Rule ${rule} decided`
  const tries = trace.attempts.length
  const took = tookOf(record)
  const one = (glyph: GlyphName, title: string, strong: string, more: string, word: string): End => ({
    title,
    glyph,
    word,
    answers: [{ glyph, strong, text: more }],
  })
  switch (record.outcome) {
    case 'executed':
      return one(
        'delivered',
        `${provider} got ${what}`,
        `${provider} took it`,
        `after ${took}${tries > 1 ? `, at the ${ordinal(tries)} try` : ''}. ${by === 'No rule matched' ? 'No rule matched, so it went where it was addressed.' : `${by}.`}`,
        'Delivered',
      )
    case 'rerouted': {
      const { wanted, got, stood } = routeOf(record, details)
      const failed = trace.attempts.filter(
        (attempt) => attempt.provider === wanted && attempt.result !== 'success',
      ).length
      return {
        title: stood ? `${got} got ${what} instead of ${wanted}` : `${what} was sent by ${got} instead of ${wanted}`,
        glyph: 'rerouted',
        word: stood ? `Delivered by the fallback ${got}` : `Delivered by ${got}`,
        answers: [
          ...(stood
            ? [
                {
                  glyph: 'broken' as const,
                  strong: `${wanted} did not take it.`,
                  text: failed === 0 ? 'Its circuit was open.' : `It failed ${times(failed)}, and its circuit opened.`,
                },
              ]
            : []),
          { glyph: 'rerouted', strong: `${got} got it instead`, text: `${took} after it arrived. ${by}.` },
        ],
      }
    }
    case 'suppressed':
      return one(
        'held',
        `Nobody was told of ${what}`,
        'Held back on purpose.',
        `Rule ${text(details['rule']) || rule} suppressed it${details['reason'] === undefined ? '' : `: ${text(details['reason'])}`}.`,
        'Suppressed',
      )
    case 'deduplicated':
      return one(
        'held',
        `${what} was a repeat`,
        'Held back on purpose.',
        `${trace.links.duplicate_of === undefined ? 'Another action' : 'An earlier action'} holds its key${rule === null ? '' : ` (rule ${rule})`}.`,
        'Deduplicated',
      )
    case 'throttled':
      return one(
        'held',
        `${what} was over the limit`,
        'Held back on purpose.',
        `${text(details['message']) === '' ? '' : `${text(details['message']).replace(/[.!]$/, '')}. `}Rule ${text(details['rule']) || rule} lets ${limitOf(trace) ?? 'only so many'} pass; ${durationOf(details['retry_after'])} later there was room again.`,
        'Throttled',
      )
    case 'silenced':
      return one(
        'held',
        `Nobody was told of ${what}`,
        'Held back on purpose.',
        `Silence ${text(details['silence_id'])} covers it.`,
        'Silenced',
      )
    case 'muted':
      return one(
        'held',
        `Nobody was told of ${what}`,
        'Held back on purpose.',
        `${text(details['reason']) || 'Now is no time for it'} (${text(details['interval'])}).`,
        'Muted',
      )
    case 'quota_exceeded':
      return one(
        'held',
        `${what} was over the quota`,
        'Held back on purpose.',
        `${text(details['tenant'])} has used ${text(details['used'])} of ${text(details['limit'])}.`,
        'Quota exceeded',
      )
    case 'grouped':
      return one(
        'waiting',
        `${what} waits for its group`,
        'Not sent yet.',
        `It is number ${text(details['group_size'])} of its group, which goes out at ${when(details['notify_at'])}.`,
        'Grouped',
      )
    case 'scheduled':
      return one(
        'waiting',
        `${what} is scheduled`,
        'Not sent yet.',
        `It is due at ${when(details['scheduled_for'])}.`,
        'Scheduled',
      )
    case 'pending_approval':
      return one(
        'waiting',
        `${what} waits for approval`,
        'Not sent yet.',
        `Somebody must approve it until ${when(details['expires_at'])}.`,
        'Awaiting approval',
      )
    case 'chain_started':
      return one(
        'waiting',
        `${what} began the chain ${text(details['chain_name'])}`,
        'On its way.',
        `Step 1 of ${text(details['total_steps'])} is ${text(details['first_step'])}.`,
        'Chain started',
      )
    case 'recurring_created':
      return one(
        'waiting',
        `${what} will be sent again and again`,
        'Scheduled.',
        `${text(details['cron_expr'])}, next at ${when(details['next_execution_at'])}.`,
        'Recurring',
      )
    case 'state_changed': {
      const [from, to] = [details['previous_state'], text(details['new_state'])]
      const moved = from !== to
      return one(
        'waiting',
        moved ? `${what} is now ${to}` : `${what} is still ${to}`,
        details['notify'] === true ? 'Somebody is told.' : 'Nobody was told.',
        moved
          ? `Its event went from ${from === null || from === undefined ? 'nothing' : text(from)} to ${to}.`
          : 'Its event was already in that state, so it only counts.',
        moved ? `Event ${to}` : `Event still ${to}`,
      )
    }
    case 'circuit_open':
      return one(
        'broken',
        `Nobody got ${what}`,
        `${text(details['provider']) || provider} was not asked.`,
        'Its circuit is open, and no other provider stands in for it.',
        'Circuit open',
      )
    case 'failed':
      return failedEnd(record, details, what)
    default:
      return one(
        'waiting',
        `${what}: ${record.outcome.replaceAll('_', ' ')}`,
        `${record.outcome.replaceAll('_', ' ')}.`,
        by,
        record.outcome.replaceAll('_', ' '),
      )
  }
}

function failedEnd(record: Record_, details: Record<string, unknown>, what: string): End {
  const { provider, trace } = record
  const code = text(details['code'])
  const message = text(details['message'])
  const tries = trace.attempts.length || Number(details['attempts'] ?? 0)
  const kept = trace.links.dead_letter !== undefined
  const end = (glyph: GlyphName, title: string, strong: string, more: string, word: string): End => ({
    title,
    glyph,
    word,
    answers: [
      { glyph, strong, text: more },
      ...(kept
        ? [{ glyph: 'broken' as const, strong: 'It is kept as a dead letter,', text: 'and can be sent again.' }]
        : []),
    ],
  })
  if (details['retrying'] === true)
    return end(
      'waiting',
      `${what} has not arrived yet`,
      `${provider} did not take it so far.`,
      `${message} It is tried again${details['next_attempt_at'] === undefined ? '' : ` at ${when(details['next_attempt_at'])}`}.`,
      'Tried again',
    )
  if (code === 'OUTCOME_UNKNOWN')
    return end(
      'broken',
      `Nobody knows whether ${what} arrived`,
      'No answer came.',
      `${message} It is not sent twice.`,
      'Outcome unknown',
    )
  if (code === 'EXPIRED') return end('broken', `${what} came too late`, 'Not sent.', message, 'Expired')
  if (code === 'CANCELLED') return end('broken', `${what} was called off`, 'Not sent.', message, 'Cancelled')
  if (code === 'RULE_ERROR') return end('broken', `${what} could not be decided`, 'Not sent.', message, 'Rule error')
  return end(
    'broken',
    `Nobody got ${what}`,
    `${provider} did not take it.`,
    `${tries > 0 ? `It failed ${times(tries)}. ` : ''}${message}`,
    'Failed',
  )
}

export const ordinal = (n: number): string => ['', 'first', 'second', 'third', 'fourth', 'fifth'][n] ?? `${n}th`
const when = (value: unknown): string =>
  typeof value === 'string' && !Number.isNaN(at(value)) ? time(at(value)) : text(value)
function durationOf(value: unknown): string {
  const { secs, nanos } = object(value)
  return typeof secs === 'number' ? duration(secs * 1_000 + Number(nanos ?? 0) / 1e6) : text(value)
}

/** How many the gate that refused lets pass. */
const limitOf = ({ gates: all }: Shape['Trace']): number | undefined =>
  all.find(({ would, limit }) => would === 'refuse' && limit !== undefined)?.limit
