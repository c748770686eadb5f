import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { MakeStore } from '../conformance/harness.js'
import { connect, primaries } from './connect.js'
import { openRedisState } from './open.js'

/** The server that tests may use. */
export function redisUrl(): string {
  const url = process.env['REDIS_URL']
  if (url === undefined || url === '')
    throw new Error(
      'These tests need a Redis server: set REDIS_URL, or run them with `node scripts/services.mjs redis -- npx vitest run …`.',
    )
  return url
}

/** Where a test sends a thousand at once, a slow machine may take its time. */
export const PATIENT_MS = 20_000

export const newPrefix = (): string => `test-${randomUUID()}`

/** Removes all keys of a store. */
export async function removeKeys(url: string, prefix: string): Promise<void> {
  const { client } = await connect({ url, onReconnect: () => {} })
  try {
    for (const server of primaries(client)) await removeFrom(server, prefix)
  } finally {
    client.disconnect()
  }
}

async function removeFrom(server: Redis, prefix: string): Promise<void> {
  let cursor = '0'
  do {
    const [next, keys] = await server.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', 1_000)
    cursor = next
    await Promise.all(keys.map((key) => server.unlink(key)))
  } while (cursor !== '0')
}

/** An empty store for each test, whose keys go with it. */
export const storesOn =
  (url: string, partitions: number): MakeStore =>
  async ({ clock, limits, outbox_bound, id_retention_ms }) => {
    const prefix = newPrefix()
    const store = await openRedisState({
      ...{ url, prefix, partitions, clock, limits },
      outboxBound: outbox_bound,
      idRetentionMs: id_retention_ms,
      answerWithinMs: PATIENT_MS,
    })
    return { store, close: () => removeKeys(url, prefix) }
  }
