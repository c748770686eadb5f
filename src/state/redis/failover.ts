import type { Clock } from '../../lib/clock.js'
import type { Durability } from '../store.js'
import { primaries, type Client } from './connect.js'

/** How long possible loss is declared after another server was found in the place of one. */
const DECLARED_MS = 600_000

export interface Watch {
  /** Looks whether the servers are still those that were there before. */
  look(): Promise<void>
  /** The class that holds, degraded while possible loss is declared. */
  durability(): Durability
}

/**
 * Notices that another server answers, or another life of one (`run_id`, `master_replid`): then what was acknowledged may
 * be gone. So it is when the store was emptied. It cannot be told from outside whether a restart lost nothing, so it is declared as well.
 */
export function watchServers(parts: {
  client: Client
  base: Durability
  identities: string[]
  /** Where the event log began at open, and begins now. */
  logFrom: number
  logOf: () => Promise<number>
  clock: Clock
}): Watch {
  const { client, base, logOf, clock } = parts
  let known = { identities: new Set(parts.identities), log: parts.logFrom }
  let noticed: { at: number; monotonic: number } | null = null
  return {
    async look() {
      const [found, log] = await Promise.all([identitiesOf(client), logOf()])
      if (found.length === 0) return
      const identities = new Set(found)
      const isAnother = [...known.identities].some((identity) => !identities.has(identity))
      if (isAnother || log !== known.log) noticed = { at: clock.now(), monotonic: clock.monotonic() }
      known = { identities, log }
    },
    durability() {
      if (noticed === null || clock.monotonic() - noticed.monotonic >= DECLARED_MS) return base
      return {
        ...base,
        degraded: true,
        says: `Possible loss: since ${new Date(noticed.at).toISOString()} another Redis answers, or one that restarted or was emptied; what was acknowledged just before may be gone. ${base.says}`,
        possible_loss_at: noticed.at,
      }
    },
  }
}

const identitiesOf = (client: Client): Promise<string[]> =>
  Promise.all(
    primaries(client).map(async (server) => {
      const [life, lineage] = await Promise.all([server.info('server'), server.info('replication')])
      return `${field(life, 'run_id')} ${field(lineage, 'master_replid')}`
    }),
  )

const field = (info: string, name: string): string => new RegExp(`^${name}:(\\S*)`, 'm').exec(info)?.[1] ?? ''
