import type { AuditStore } from '../audit/store.js'
import type { Clock, Entropy } from '../lib/clock.js'
import type { MachineTable } from '../state/plan.js'
import type { Admission, StateStore } from '../state/store.js'
import type { Ask, WorkLease } from './ask.js'
import { takeDue } from './due.js'
import { startLoop } from './loop.js'
import { relayAudit } from './relay.js'
import { resumeAbandoned } from './resume.js'
import { sweepAudit, sweepState } from './sweep.js'

/** How often the scheduler looks, milliseconds. */
export interface Pace {
  /** The longest time between two looks for due jobs. Where other nodes add jobs, this is how late one may be. */
  idle: number
  resume: number
  relay: number
  sweep: number
  sweep_audit: number
}

/** Several nodes on one store: they cannot tell each other what they added, so each looks often. */
export const SHARED_PACE: Pace = { idle: 250, resume: 400, relay: 250, sweep: 5_000, sweep_audit: 60_000 }
/** One process: it is woken for what it adds itself, and the looks in between are only a second net. */
export const ALONE_PACE: Pace = { idle: 500, resume: 1_000, relay: 250, sweep: 5_000, sweep_audit: 60_000 }

export interface SchedulerParts {
  state: Pick<StateStore, 'due' | 'resume' | 'outbox' | 'acknowledge' | 'sweep'>
  /** null: no records are kept. */
  audit: Pick<AuditStore, 'append' | 'sweep'> | null
  ask: Ask
  lease: WorkLease
  clock: Clock
  entropy: Entropy
  machines: () => Record<string, MachineTable>
  /** Carries work to its outcome; does not wait for it. */
  start: (admissions: Admission[]) => void
  /** How much started work has not ended. */
  running: () => number
  pace: Pace
  observe?: (event: { ran: number; lagMs: number }) => void
  log?: (level: 'warn' | 'error', message: string, fields: Record<string, unknown>) => void
}

/** The one scheduler: all that happens later, and the upkeep of the stores. */
export interface Scheduler {
  /** A job was added, due at that moment of the store's clock; it is looked for then, if no look comes earlier. */
  added(dueAt: number): void
  /** Other nodes may have left something: jobs that only they knew of, or work whose owner's lease has run out. */
  look(): void
  /** Takes nothing more; resolves when what it was asking is answered. */
  stop(): Promise<void>
}

/**
 * Starts at once: what earlier incarnations left open is resumed and what fell due meanwhile is run first, in due order.
 * A job is never run early, because the store decides on its own clock; while healthy it is run within a second of due.
 */
export function startScheduler(parts: SchedulerParts): Scheduler {
  const { state, audit, ask, lease, clock, entropy, machines, start, running, pace, observe, log } = parts
  // Nodes that look at the same rhythm would all look at the same moment.
  const jittered = (ms: number) => (): number => Math.round(ms * (0.8 + 0.2 * entropy.random()))
  const loop = (name: string, step: () => Promise<number>): ReturnType<typeof startLoop> =>
    startLoop({
      clock,
      step,
      failed: (error, kind) =>
        log?.(kind === 'expected' ? 'warn' : 'error', `jobs: ${name} could not be done, and is tried again`, {
          error: error instanceof Error ? error.message : String(error),
          ...(kind === 'fault' && error instanceof Error && { stack: error.stack }),
        }),
    })

  const work = { state, ask, lease, start }
  const resume = loop('resuming', () => resumeAbandoned({ ...work, everyMs: jittered(pace.resume) }))
  const due = loop('what is due', () => takeDue({ ...work, machines, running, idleMs: jittered(pace.idle), observe }))
  const upkeep = [
    loop('the audit relay', () => relayAudit({ state, audit, ask, everyMs: jittered(pace.relay) })),
    loop('the sweep', () => sweepState({ state, ask, everyMs: jittered(pace.sweep) })),
  ]
  if (audit !== null)
    upkeep.push(
      loop('the sweep of records', () =>
        sweepAudit({ audit, storeNow: () => lease.storeNow(), everyMs: jittered(pace.sweep_audit) }),
      ),
    )
  return {
    added: (dueAt) => due.within(Math.max(0, Math.ceil(dueAt - lease.storeNow()))),
    look() {
      due.wake()
      resume.wake()
    },
    async stop() {
      await Promise.all([resume, due, ...upkeep].map((one) => one.stop()))
    },
  }
}
