import { randomUUID } from 'node:crypto'
import { sealedAudit } from '../audit/sealed.js'
import type { AuditStore } from '../audit/store.js'
import type { Config } from '../config/check.js'
import { configError } from '../config/problems.js'
import { startResealing } from '../jobs/reseal.js'
import { systemClock } from '../lib/clock.js'
import { createSealer, keyFromText } from '../lib/seal.js'
import { enterKeys } from '../state/sealed/keys.js'
import { sealedState } from '../state/sealed/store.js'
import { OP_DEADLINE_MS, type Op, type StateStore } from '../state/store.js'
import type { Logger } from './log.js'

/** What `/health` tells of sealing. */
export interface SealingState {
  /** Payloads and labels are sealed before they are stored. */
  enabled: boolean
  /** Name of the key that seals; null when nothing is sealed. */
  key: string | null
  /** Names of older keys that something stored may still need. */
  older: string[]
}

export interface SealedStores {
  state: StateStore
  audit: AuditStore | null
  shown: () => SealingState
  close: () => Promise<void>
}

function keyOf(text: string, i: number): Uint8Array {
  const key = keyFromText(text)
  if (key === null)
    throw configError([{ kind: 'invalid', path: ['encryption', 'keys', i], message: 'is no key of 32 bytes' }])
  return key
}

/**
 * Puts `[encryption]` between the gateway and its stores: payloads and labels are sealed on their way in, and what older
 * keys sealed is sealed anew beside the work. Without keys nothing is sealed, and what is found sealed is refused.
 * @throws ActeonError CONFIG_INVALID when the store holds something that no configured key opens
 */
export async function sealStores(
  stores: { state: StateStore; audit: AuditStore | null },
  { encryption }: Pick<Config, 'encryption'>,
  log: Logger,
): Promise<SealedStores> {
  const sealer = createSealer(encryption.keys.map(keyOf))
  const op = (): Op => ({ token: randomUUID(), deadline: systemClock.now() + OP_DEADLINE_MS })
  const used = await enterKeys(stores.state, sealer, op)
  const state = sealedState(stores.state, sealer, {
    onUnreadable: (error, action) =>
      log.error({ err: error, ...action }, 'sealing: an action cannot be opened; it stays open, and nothing is sent'),
  })
  const audit = stores.audit && sealedAudit(stores.audit, sealer)
  const resealing = startResealing({
    state: stores.state,
    audit: stores.audit,
    sealer,
    older: used.filter((kid) => kid !== sealer.kids[0]),
    clock: systemClock,
    op,
    log: (level, message, fields) => log[level](fields, message),
  })
  return {
    state,
    audit,
    shown: () => ({ enabled: sealer.seals, key: sealer.kids[0] ?? null, older: [...resealing.older()] }),
    async close() {
      resealing.stop()
      await resealing.ended
    },
  }
}
