import { join } from 'node:path'
import { embeddedAudit } from '../audit/embedded/audit.js'
import { openEmbeddedAudit } from '../audit/embedded/open.js'
import { memoryAudit, openMemoryAudit } from '../audit/memory/audit.js'
import { discardedAudit } from '../audit/off.js'
import { postgresAudit } from '../audit/shared.js'
import type { AuditStore } from '../audit/store.js'
import type { Config } from '../config/check.js'
import { configError } from '../config/problems.js'
import { sleep, systemClock, type Clock } from '../lib/clock.js'
import { embeddedState } from '../state/embedded/open.js'
import { memoryState } from '../state/memory/open.js'
import { postgresState, redisState } from '../state/shared.js'
import { LEASE_MS, type StateStore } from '../state/store.js'
import { readStateTls } from './tls.js'

const AUDIT_FILE = 'audit.db'

/**
 * Opens the state store and the audit of a configuration: in one database where both are of the same kind, so that an
 * outcome and its record are committed together.
 * @param onFatal called once when the data directory can no longer be trusted
 * @throws ActeonError CONFIG_INVALID, DATA_DIRECTORY_IN_USE, DATA_DAMAGED
 */
export async function openStores(
  { state, audit, limits }: Config,
  onFatal: (error: Error) => void,
): Promise<{ state: StateStore; audit: AuditStore | null }> {
  const kind = audit.backend ?? state.backend
  const options = { clock: systemClock, ttlMs: audit.ttl_seconds * 1_000 }
  const inState =
    audit.enabled && kind === state.backend && kind !== 'postgres'
      ? state.backend === 'memory'
        ? memoryAudit(options)
        : embeddedAudit(options)
      : undefined
  const places = postgresPlaces(state, audit)
  const kept =
    audit.enabled && kind === 'postgres' ? await postgresAudit({ ...places.audit, ttlMs: options.ttlMs }) : undefined
  const store = await openState(state, postgresRecords(kind, audit, places, options.ttlMs), audit.enabled, {
    limits,
    idRetentionMs: state.id_retention_seconds * 1_000,
    onFatal,
    audit: audit.enabled ? inState?.shared : discardedAudit,
  }).catch(async (error: unknown) => {
    await kept?.close()
    throw error
  })
  if (!audit.enabled) return { state: store, audit: null }
  try {
    if ((state.backend === 'redis' || state.backend === 'postgres') && kind !== 'postgres')
      await refuseSecondNode(store, systemClock)
    const own = (): AuditStore =>
      kind === 'memory'
        ? openMemoryAudit(options)
        : openEmbeddedAudit({ ...options, path: join(state.path, AUDIT_FILE) })
    return { state: store, audit: kept ?? inState ?? own() }
  } catch (error) {
    await store.close()
    await kept?.close()
    throw error
  }
}

/**
 * Brings the tables of a configuration to this version; what was done, a sentence for each.
 * @throws ActeonError STATE_UNAVAILABLE, CONFIG_INVALID, DATA_DAMAGED
 */
export async function migrateStores({ state, audit }: Config): Promise<string[]> {
  const places = postgresPlaces(state, audit)
  const done: string[] = []
  if (state.backend === 'postgres') {
    const { migrateState } = await import('../state/postgres/open.js')
    await migrateState(places.state.url, places.state.prefix)
    done.push(`The tables of [state] are up to date, in schema ${places.state.prefix}.`)
  }
  if (audit.enabled && (audit.backend ?? state.backend) === 'postgres') {
    const { migrateAudit } = await import('../audit/postgres/audit.js')
    await migrateAudit(places.audit.url, places.audit.prefix)
    done.push(`The tables of [audit] are up to date, in schema ${places.audit.prefix}.`)
  }
  return done
}

/** Where tables lie: the audit's address and prefix are the state's where it names none. */
export function postgresPlaces(
  state: Config['state'],
  audit: Config['audit'],
): Record<'state' | 'audit', PostgresPlace> {
  const own = { url: state.url ?? '', prefix: state.prefix ?? 'acteon' }
  const shared = state.backend === 'postgres' ? own : { url: '', prefix: 'acteon' }
  return { state: own, audit: { url: audit.url ?? shared.url, prefix: audit.prefix ?? shared.prefix } }
}

interface PostgresPlace {
  url: string
  prefix: string
}

/** Where a state store on PostgreSQL puts records: beside itself, where the audit has the same address. */
function postgresRecords(
  kind: string,
  audit: Config['audit'],
  places: Record<'state' | 'audit', PostgresPlace>,
  ttlMs: number,
): { prefix: string; ttlMs: number } | 'off' | undefined {
  if (!audit.enabled) return 'off'
  const isShared = kind === 'postgres' && places.audit.url === places.state.url
  return isShared ? { prefix: places.audit.prefix, ttlMs } : undefined
}

async function openState(
  state: Config['state'],
  records: { prefix: string; ttlMs: number } | 'off' | undefined,
  recorded: boolean,
  options: NonNullable<Parameters<typeof memoryState>[0]>,
): Promise<StateStore> {
  switch (state.backend) {
    case 'redis': {
      const { url, prefix, partitions, require_durable, tls } = state
      return redisState({
        url: url!,
        partitions,
        recorded,
        requireDurable: require_durable,
        ...(prefix !== undefined && { prefix }),
        ...(tls !== undefined && { tls: readStateTls(tls) }),
        ...options,
      })
    }
    case 'memory':
      return memoryState(options)
    case 'embedded':
      return embeddedState({ ...options, path: state.path })
    case 'postgres': {
      const { url, prefix, require_durable } = state
      const { audit: _embedded, defer: _defer, onFatal: _onFatal, ...rest } = options
      return postgresState({
        ...rest,
        url: url!,
        requireDurable: require_durable,
        ...(prefix !== undefined && { prefix }),
        ...(records !== undefined && { audit: records }),
      })
    }
  }
}

/** How often it is looked whether a node that may have crashed is still there. */
const LOOK_EVERY_MS = 250

/**
 * Records that only this process keeps are of one node: a second one would show, and be shown, half of them. Whoever
 * crashed holds its lease for some seconds more, so those that are found are watched until they renew it or it runs out.
 * @throws ActeonError CONFIG_INVALID when another node lives
 */
export async function refuseSecondNode(state: Pick<StateStore, 'nodes'>, clock: Clock): Promise<void> {
  const found = (await state.nodes()).filter(({ lease_until }) => lease_until > clock.now())
  const renewedAt = new Map(found.map(({ owner, renewed_at }) => [owner, renewed_at]))
  for (let waited = 0; renewedAt.size > 0 && waited <= LEASE_MS; waited += LOOK_EVERY_MS) {
    await sleep(clock, LOOK_EVERY_MS)
    for (const { node, owner, renewed_at, lease_until } of await state.nodes()) {
      const before = renewedAt.get(owner)
      if (before === undefined) continue
      if (renewed_at > before)
        throw configError([
          {
            kind: 'invalid',
            path: ['audit', 'backend'],
            message: `keeps the records of one node, and node "${node}" lives on the same state; use "postgres" for several nodes, or stop that one`,
          },
        ])
      if (lease_until <= clock.now()) renewedAt.delete(owner)
    }
  }
}
