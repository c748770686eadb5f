import type { PostgresOptions } from './postgres/open.js'
import type { RedisOptions } from './redis/open.js'
import type { StateStore } from './store.js'

// Their clients are loaded by whom it concerns only.

/**
 * Opens state that many nodes share, on a Redis or Valkey server or a Redis Cluster.
 * @throws ActeonError as `openRedisState`
 * @example
 * const state = await redisState({ url: 'redis://127.0.0.1:6379' })
 */
export const redisState = async (options: RedisOptions): Promise<StateStore> =>
  (await import('./redis/open.js')).openRedisState(options)

/**
 * Opens state that many nodes share, in a PostgreSQL database.
 * @throws ActeonError as `openPostgresState`
 * @example
 * const state = await postgresState({ url: 'postgres://acteon@127.0.0.1/acteon' })
 */
export const postgresState = async (options: PostgresOptions): Promise<StateStore> =>
  (await import('./postgres/open.js')).openPostgresState(options)
