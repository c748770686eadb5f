import { ActeonError } from '../../lib/errors.js'
import type { Durability } from '../store.js'
import { primaries, type Client } from './connect.js'

/** What a server says of itself. */
export interface ServerFacts {
  version: string
  role: string
  aof: boolean
  /** Null: it may not be asked. */
  fsync: string | null
  /** What it removes when it is full; null: nothing. */
  evicts: string | null
  replicas: number
  /** Both change when another server, or another life of one, answers. */
  identity: string
}

const OLDEST: readonly [number, number] = [6, 2]

/** Asks every server that keeps keys. */
export const factsOf = (client: Client): Promise<ServerFacts[]> =>
  Promise.all(
    primaries(client).map(async (server) => {
      const info = fieldsOf(await server.info())
      // Where CONFIG is forbidden, INFO tells all but how often the log is flushed.
      const fsync = await server.config('GET', 'appendfsync').then(
        (answer) => (answer as string[])[1] ?? null,
        () => null,
      )
      const policy = info['maxmemory_policy'] ?? 'noeviction'
      return {
        version: info['redis_version'] ?? '',
        role: info['role'] ?? 'master',
        aof: info['aof_enabled'] === '1',
        fsync,
        evicts: policy === 'noeviction' || info['maxmemory'] === '0' ? null : policy,
        replicas: Number(info['connected_slaves'] ?? 0),
        identity: `${info['run_id']} ${info['master_replid']}`,
      }
    }),
  )

const fieldsOf = (info: string): Record<string, string> =>
  Object.fromEntries([...info.matchAll(/^([a-z0-9_]+):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]))

/** @throws ActeonError CONFIG_INVALID for a server that is too old, or a replica */
export function checkServers(all: ServerFacts[]): void {
  for (const { version, role } of all) {
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
      throw new ActeonError(
        'CONFIG_INVALID',
        `The server is Redis ${version}; Acteon needs ${OLDEST.join('.')} or later, or Valkey. Upgrade it, or name another in [state] url.`,
      )
    if (role !== 'master')
      throw new ActeonError(
        'CONFIG_INVALID',
        'The server that [state] url names is a replica, and takes no writes. Name the primary.',
      )
  }
}

/** The class that holds: that of the weakest server. */
export function durabilityOf(all: ServerFacts[]): Durability {
  const failover = all.some(({ replicas }) => replicas > 0)
    ? ' When a replica takes over, what it had not received yet is lost; that is noticed and declared.'
    : ''
  const of = (name: string, degraded: boolean, says: string): Durability => ({
    class: name,
    degraded,
    says: says + failover,
  })
  const evicting = all.find(({ evicts }) => evicts !== null)
  if (evicting !== undefined)
    return of(
      'redis-none',
      true,
      `Redis removes keys when it is full (maxmemory-policy ${evicting.evicts}): accepted actions can vanish at any time. Set maxmemory-policy noeviction.`,
    )
  if (all.some(({ aof }) => !aof))
    return of('redis-none', true, 'Redis writes no log: everything is lost when it ends. Set appendonly yes.')
  if (all.some(({ fsync }) => fsync === 'no'))
    return of(
      'redis-none',
      true,
      'Redis never flushes its log (appendfsync no): nothing is lost when it is killed, but much when the power fails. Set appendfsync everysec or always.',
    )
  if (all.every(({ fsync }) => fsync === 'always'))
    return of(
      'redis-always',
      false,
      'Redis flushes its log with every answer: nothing is lost when it is killed or the power fails.',
    )
  const unasked = all.some(({ fsync }) => fsync === null)
    ? ' (It may not be asked how often it flushes its log; every second is its default.)'
    : ''
  return of(
    'redis-everysec',
    false,
    `Redis writes its log with every answer and flushes it every second: nothing is lost when it is killed, about a second when the power fails.${unasked}`,
  )
}
