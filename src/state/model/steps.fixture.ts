import fc from 'fast-check'
import type { Outcome } from '../../action/outcome.js'
import { keyOf } from '../../lib/ids.js'
import {
  answer,
  circuitOpen,
  executed,
  failed,
  group,
  moveTo,
  reservation,
  schedule,
  suppressed,
  window,
} from '../conformance/builders.js'
import type { Ending, Gate, MachineTable } from '../plan.js'

/** One operation of a sequence: what it is, and numbers that choose its parts. */
export interface Step {
  op: (typeof OPERATIONS)[number]
  a: number
  b: number
  c: number
  d: number
  /** Sent at the same moment as the next one. */
  together: boolean
  /** Sent twice at the same moment, under one token. */
  twice: boolean
}

const OPERATIONS = [
  ...['pass', 'join', 'renew', 'leave', 'admit', 'complete', 'park', 'callOff', 'due', 'resume', 'goOn'],
  ...['flush', 'moveByHand', 'redeliver', 'discard', 'sweep', 'again'],
] as const
const WEIGHTS: Record<string, number> = {
  ...{ admit: 30, complete: 10, pass: 8, due: 8, goOn: 4 },
  ...{ again: 2, join: 2, park: 3, resume: 2, callOff: 2, moveByHand: 3, redeliver: 3 },
}

/** Random sequences, which shrink to the shortest that still fails. */
export const sequences = (maxLength: number): fc.Arbitrary<Step[]> => {
  // Without fast-check's love of small numbers: here they mean nothing.
  const number = fc.noBias(fc.nat({ max: 59 }))
  const op = fc.oneof(...OPERATIONS.map((name) => ({ arbitrary: fc.constant(name), weight: WEIGHTS[name] ?? 1 })))
  const rarely = fc.nat({ max: 9 }).map((n) => n > 7)
  return fc.array(fc.record({ op, a: number, b: number, c: number, d: number, together: rarely, twice: rarely }), {
    minLength: 1,
    maxLength,
    size: 'max',
  })
}

export const NAMESPACE = 'shop'
export const MAIN_TENANT = 'acme'
/** The other one is there to be left alone. */
export const TENANTS = [MAIN_TENANT, 'other']
export const FINGERPRINTS = ['f0', 'f1']
export const GROUPS = ['g0', 'g1']
export const ID_RETENTION_MS = 20_011
export const PASSES = [1, 1, 499, 500, 999, 1_000, 1_000, 1_999, 2_000, 3_000, 5_000, 5_000, 14_500, 31_000]

export const LIFE: MachineTable = {
  name: 'life',
  initial: 'firing',
  retention_ms: 9_007,
  states: {
    firing: {
      to: { acknowledged: { notify: false }, resolved: { notify: true } },
      timeout: { after_ms: 2_000, to: 'stale', notify: true, restart_on_repeat: false },
      final: false,
    },
    acknowledged: { to: { firing: { notify: true }, resolved: { notify: true } }, timeout: null, final: false },
    stale: {
      to: { firing: { notify: true } },
      timeout: { after_ms: 3_000, to: 'resolved', notify: false, restart_on_repeat: true },
      final: false,
    },
    resolved: { to: {}, timeout: null, final: true },
  },
}

export const gatesOf = (tenant: string, choice: number): Gate[] => {
  const key = (name: string) => keyOf('gate', tenant, name)
  const all: Gate[] = [
    reservation('k0', { key: key('k0'), ttl_ms: 1_000 }),
    window((choice % 3) + 1, 3_000, { key: key('w0') }),
    reservation('k1', { key: key('k1'), ttl_ms: 5_000, on_failure: 'keep' }),
    window(4, 2_000, { key: key('w1') }),
  ]
  const picked = [[], [0], [1], [0, 1], [2], [1, 2], [0, 2], [3], [2, 3, 0]][choice % 15] ?? []
  return picked.map((i) => all[i]!)
}

export const OUTCOMES: [Outcome, boolean][] = [
  [executed(), false],
  [failed(), true],
  [failed({ retryable: true }), false],
  [failed({ code: 'OUTCOME_UNKNOWN' }), true],
  [circuitOpen(), false],
  [failed(), false],
]

export const endingOf = (tenant: string, c: number, d: number, serial: number): Ending | null => {
  const name = GROUPS[d % 2]!
  const interval_ms = d % 3 === 0 ? 0 : 2_000
  const repeat_ms = interval_ms > 0 && d % 5 === 0 ? 2_000 : null
  const status = [null, ...Object.keys(LIFE.states), 'firing', 'nonsense'][d % 7]!
  const fingerprint = FINGERPRINTS[d % 5 === 0 ? 1 : 0]!
  const terms = {
    name,
    wait_ms: 1_500,
    interval_ms,
    repeat_ms,
    max_size: 2 + (d % 2),
    group_id: `group-${tenant}-${serial}`,
  }
  const moving = { fingerprint, machine: LIFE, action_type: `type-${(c >> 3) % 2}`, note: `note-${serial}` }
  switch (c % 8) {
    case 3:
      return group('x', terms)
    case 2:
    case 4:
    case 5:
      return moveTo(status, { ...moving, labels: { cluster: `c${d % 2}` } })
    case 6:
      return schedule([1_000, 2_000, 7_000][d % 3]!)
    case 7:
      return answer(suppressed())
    default:
      return null
  }
}
