import type { ConnectionOptions } from 'node:tls'
import { withoutPassword } from '../../lib/addresses.js'
import { systemClock, type Clock, type Entropy } from '../../lib/clock.js'
import { ActeonError } from '../../lib/errors.js'
import { DEFAULT_LIMITS, StoreUnavailable, type Limits, type StateStore } from '../store.js'
import { connect } from './connect.js'
import { checkServers, durabilityOf, factsOf } from './durability.js'
import { failureOf } from './failure.js'
import { watchServers, type Watch } from './failover.js'
import { FORMAT, logBegins, whatIsFound } from './found.js'
import { serverOf, type Server } from './server.js'
import { createStore } from './store.js'

/** What a state store on Redis is opened with. */
export interface RedisOptions {
  /** `redis://`, `rediss://`, or `redis+cluster://h1:6379,h2:6379`. */
  url: string
  /** Begins every key; `acteon` when absent. Stores of different prefixes do not see each other. */
  prefix?: string
  /** How many slots tenants are spread over; 64 when absent. Written at the first start, refused when it differs. */
  partitions?: number
  /** Refuses to open a store that would lose accepted actions when the server ends. */
  requireDurable?: boolean
  /** What TLS needs beyond the machine's own authorities. */
  tls?: ConnectionOptions
  /** Virtual time, for simulations: it answers what does not name a time. The machine's own, or absent: the server's. */
  clock?: Clock
  entropy?: Entropy
  /** After so long without an answer an operation's end is unknown; 2,000 when absent. */
  answerWithinMs?: number
  /** Caps per tenant; those that are left out have their defaults. */
  limits?: Partial<Limits>
  /** How long a settled id is answered; 24 h when absent. */
  idRetentionMs?: number
  /** How long a dead letter is kept; 30 d when absent. */
  deadLetterRetentionMs?: number
  /** How many audit entries of one tenant may wait in the outbox; 100,000 when absent. */
  outboxBound?: number
  /** False where audit is off: then nothing is put into the outbox. */
  recorded?: boolean
}

const MOST_PARTITIONS = 4_096

/**
 * Opens the state store of a Redis or Valkey server, or a Redis Cluster.
 * @throws ActeonError CONFIG_INVALID when the server cannot do or the options differ from the store's, STATE_UNAVAILABLE
 * when nobody answers, DATA_DAMAGED when a newer Acteon wrote it
 * @example
 * const state = await openRedisState({ url: 'redis://127.0.0.1:6379' })
 */
export async function openRedisState(options: RedisOptions): Promise<StateStore> {
  const { url, prefix = 'acteon', partitions = 64, clock = systemClock, entropy, tls } = options
  checkOptions(prefix, partitions)
  let watch: Watch | null = null
  const onReconnect = (): void => void watch?.look().catch(() => {})
  const { client } = await connect({ url, tls, entropy, answerWithinMs: options.answerWithinMs, onReconnect })
  try {
    const facts = await factsOf(client)
    checkServers(facts)
    const durability = durabilityOf(facts)
    if (options.requireDurable === true && durability.degraded)
      throw new ActeonError(
        'CONFIG_INVALID',
        `[state] require_durable is set, and Redis at ${withoutPassword(url)} is not durable: ${durability.says}`,
      )
    const virtualNow = clock === systemClock ? null : () => clock.now()
    const server = serverOf({ connection: client, prefix, partitions, virtualNow })
    const logFrom = await begin(server, prefix)
    const identities = facts.map(({ identity }) => identity)
    watch = watchServers({ client, base: durability, identities, logFrom, logOf: () => logBegins(server), clock })
    return createStore({
      client,
      server,
      watch,
      clock,
      settings: {
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        idRetentionMs: options.idRetentionMs ?? 86_400_000,
        deadLetterRetentionMs: options.deadLetterRetentionMs ?? 30 * 86_400_000,
        outboxBound: options.outboxBound ?? 100_000,
        recorded: options.recorded ?? true,
      },
    })
  } catch (error) {
    client.disconnect()
    throw explained(error, url)
  }
}

function checkOptions(prefix: string, partitions: number): void {
  if (!/^[A-Za-z0-9._:-]{1,100}$/.test(prefix))
    throw new ActeonError(
      'CONFIG_INVALID',
      `[state] prefix "${prefix.slice(0, 100)}" must be 1 to 100 letters, digits, and . _ : -`,
    )
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MOST_PARTITIONS)
    throw new ActeonError(
      'CONFIG_INVALID',
      `[state] partitions is ${partitions}; it must be a whole number from 1 to ${MOST_PARTITIONS}.`,
    )
}

/** Writes at the first start what the store is made with, and checks it at every later one; where the event log begins. */
async function begin(server: Server, prefix: string): Promise<number> {
  const { partitions } = server
  const { stored, format, log } = await whatIsFound(server)
  if (format > FORMAT)
    throw new ActeonError(
      'DATA_DAMAGED',
      `The store under prefix "${prefix}" was written by a newer Acteon (format ${format}; this version reads up to ${FORMAT}); nothing was changed. Start that newer version, or use another [state] prefix.`,
    )
  if (stored !== partitions)
    throw new ActeonError(
      'CONFIG_INVALID',
      `The store under prefix "${prefix}" has ${stored} partitions, and [state] partitions is ${partitions}. The number cannot be changed: set it to ${stored}, or use another [state] prefix.`,
    )
  return log
}

/** What an answer of the server at open means to whoever starts Acteon. */
function explained(error: unknown, url: string): unknown {
  if (error instanceof ActeonError) return error
  const { message } = error instanceof StoreUnavailable ? error : failureOf(error)
  return new ActeonError(
    'STATE_UNAVAILABLE',
    `Redis at ${withoutPassword(url)} cannot be used: ${message} Acteon's user needs scripts, INFO, and all commands on keys that begin with [state] prefix.`,
    {},
    { cause: error },
  )
}
