import type { Verdict } from '../rules/verdict.js'
import { allow } from './allow.js'
import { deduplicate } from './deduplicate.js'
import { group } from './group.js'
import { modify } from './modify.js'
import { reroute } from './reroute.js'
import { schedule } from './schedule.js'
import { stateMachine } from './state-machine.js'
import { suppress } from './suppress.js'
import { throttle } from './throttle.js'

/** Every verdict that a rule may ask for. */
export const VERDICTS = [
  suppress,
  deduplicate,
  throttle,
  reroute,
  modify,
  stateMachine,
  group,
  schedule,
  allow,
] as unknown as readonly Verdict[]

/** Words of the rule language that this version does not carry out: refused at load with this sentence. */
export const NOT_BUILT: ReadonlyMap<string, string> = new Map(
  (
    [
      ['chain', 'chains of steps'],
      ['require_approval', 'approvals'],
      ['request_approval', 'approvals'],
      ['llm_guardrail', 'guardrails by a language model'],
      ['time_intervals', 'time intervals'],
      ['active_time_intervals', 'time intervals'],
      ['mute_time_intervals', 'time intervals'],
      ['in_time_interval', 'time intervals'],
      ['state_get', 'values of callers in state'],
      ['state_counter', 'counters in state'],
      ['state_time_since', 'values of callers in state'],
      ['semantic_match', 'matching by meaning'],
    ] as const
  ).map(([word, what]) => [word, `"${word}" is not built yet: this version has no ${what}`]),
)
