import { plural } from '../lib/formats.ts'
import type { Look, Shape } from './shapes.ts'

/** What the rules behind the one that decided would have made of an action, and what is to be known about that. */
export interface BehindTold {
  /** Sentences. */
  said: string[]
  rules: Look[]
}

/** Pure: the same answer of the server gives the same words. */
export function tellBehind(answer: Shape['RulesBehind']): BehindTold {
  const { behind, rules, rules_version, rules_version_now, not_shown } = answer
  const asking = rules.filter(({ asks_state }) => asks_state === true).map(({ rule }) => rule)
  const said = [
    rules_version === rules_version_now
      ? ''
      : `The rules have changed since: it was decided under ${rules_version.slice(0, 12)}, and this is what ${rules_version_now.slice(0, 12)} makes of it.`,
    behind === null
      ? 'The rule that decided is not there any more, so these are all rules that the record does not tell of.'
      : rules.length + not_shown === 0
        ? `No rule that runs now and could match comes behind ${behind}.`
        : '',
    not_shown === 0
      ? ''
      : `${plural(not_shown, 'more rule')} ${not_shown === 1 ? 'concerns' : 'concern'} nothing that you may see.`,
    asking.length === 0
      ? ''
      : `${asking.join(', ')} ${asking.length === 1 ? 'asks' : 'ask'} for events, which are looked at as they are now.`,
    rules.length === 0 ? '' : 'Nothing was sent. Limits and keys were not asked.',
  ]
  return {
    said: said.filter((sentence) => sentence !== ''),
    rules: rules.map(({ rule, result, verdict, parts, note }) => ({
      rule,
      result,
      ...(result === 'matched' && { verdict }),
      ...(parts !== undefined && { parts }),
      ...(note !== undefined && { note: result === 'unknown' ? `cannot be known: ${note}` : note }),
    })),
  }
}
