import { startLoop, type Loop } from '../jobs/loop.js'
import type { Clock } from '../lib/clock.js'
import type { StateStore } from '../state/store.js'
import type { Observer } from './gateway.js'
import type { SystemFact } from './system-records.js'

const LOOK_EVERY_MS = 5_000

/**
 * Puts on record when a shared store may have lost what it acknowledged: it failed over, was restarted or emptied. Health
 * tells of it for a while (`Durability.possible_loss_at`); the record stays.
 */
export function watchForLoss(parts: {
  state: Pick<StateStore, 'durability' | 'health'>
  clock: Clock
  observer: Observer
  record: (fact: SystemFact) => Promise<void>
}): Loop {
  const { state, clock, observer, record } = parts
  let known = state.durability.possible_loss_at
  return startLoop({
    clock,
    step: async () => {
      // Asking is what notices it.
      await state.health()
      const { possible_loss_at: at, says } = state.durability
      if (at !== undefined && at !== known) {
        known = at
        observer.log?.('error', 'the state store may have lost what it acknowledged', { says })
        await record({ action_type: 'state_possible_loss', details: { at: new Date(at).toISOString(), says } })
      }
      return LOOK_EVERY_MS
    },
    failed: (error) => observer.log?.('warn', 'the state store could not be asked', { error: String(error) }),
  })
}
