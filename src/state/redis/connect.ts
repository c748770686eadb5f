import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis'
import type { ConnectionOptions } from 'node:tls'
import { withoutPassword } from '../../lib/addresses.js'
import { tlsAdvice } from '../../lib/tls-advice.js'
import { ActeonError } from '../../lib/errors.js'
import { systemEntropy, type Entropy } from '../../lib/clock.js'
import { parseAddress, type RedisAddress } from './address.js'
import { loadScripts } from './scripts.js'

/** After so long without an answer an operation's end is unknown (spec section 8). */
const ANSWER_WITHIN_MS = 2_000
const CONNECT_TIMEOUT_MS = 2_000
const LONGEST_BACKOFF_MS = 2_000

export interface ConnectOptions {
  url: string
  /** What TLS needs beyond the machine's own authorities: `ca`, `cert`, `key`, `servername`. */
  tls?: ConnectionOptions | undefined
  entropy?: Entropy | undefined
  /** After so long without an answer a command is given up; 2,000 when absent. A socket that goes on saying nothing is closed after twice that. */
  answerWithinMs?: number | undefined
  /** Called whenever a server is connected again. */
  onReconnect: () => void
}

export type Client = Redis | Cluster

/** Waits longer after each failure, up to two seconds, and not all nodes at the same moment. */
const backoff =
  (entropy: Entropy) =>
  (times: number): number =>
    Math.min(LONGEST_BACKOFF_MS, 25 * 2 ** Math.min(times, 10)) * (0.5 + entropy.random() / 2)

/**
 * Connects to what a URL names: one server, the primary that sentinels know, or a cluster by some of its nodes (see
 * `parseAddress`). Nothing is queued while a server is away, and no command is sent twice by itself, but to another node of
 * a cluster after it moved there.
 * @throws ActeonError CONFIG_INVALID for a URL that names none of these, STATE_UNAVAILABLE when nobody answers
 */
export async function connect({
  url,
  tls,
  entropy = systemEntropy,
  answerWithinMs = ANSWER_WITHIN_MS,
  onReconnect,
}: ConnectOptions): Promise<{ client: Client; isCluster: boolean }> {
  const address = parseAddress(url)
  const common: RedisOptions = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: answerWithinMs,
    socketTimeout: 2 * answerWithinMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: 'acteon',
    ...(address.tls && { tls: { ...tls } }),
    ...(address.username !== undefined && { username: address.username }),
    ...(address.password !== undefined && { password: address.password }),
  }
  const retry = backoff(entropy)
  const opened = { isSo: false }
  const client = openClient(address, common, retry, opened)
  let lastError: Error | null = null
  client.on('error', (error: Error) => (lastError = error))
  try {
    await client.connect()
    await teach(client)
    opened.isSo = true
  } catch (error) {
    client.disconnect()
    const reason = lastError ?? (error as Error)
    throw new ActeonError(
      'STATE_UNAVAILABLE',
      `Redis at ${withoutPassword(url)} does not answer: ${reason.message}. ${tlsAdvice(reason, TLS_PLACES) ?? 'Start it, or correct [state] url.'}`,
      {},
      { cause: error },
    )
  }
  client.on('ready', onReconnect)
  if (client instanceof Cluster) client.on('+node', onReconnect)
  return { client, isCluster: client instanceof Cluster }
}

const TLS_PLACES = 'name the authority that signed it in [state.tls] ca'

/** @param opened `isSo` once it was connected: before, it fails instead of trying again */
function openClient(
  address: RedisAddress,
  common: RedisOptions,
  retry: (times: number) => number,
  opened: { isSo: boolean },
): Client {
  const one: RedisOptions = {
    ...common,
    retryStrategy: retry,
    // A primary that became a replica keeps its connections: only another connection leads to the new one.
    reconnectOnError: ({ message }) => /\bREADONLY\b/.test(message),
  }
  switch (address.kind) {
    case 'server':
      return new Redis(address.url, one)
    case 'sentinel':
      return new Redis({
        ...one,
        sentinels: address.hosts,
        name: address.name,
        db: address.db,
        // Told of a failover, it leaves the old primary at once, also where that still answers.
        failoverDetector: true,
        sentinelRetryStrategy: (times) => (opened.isSo ? retry(times) : null),
        ...(address.sentinelPassword !== undefined && { sentinelPassword: address.sentinelPassword }),
        ...(common.tls !== undefined && { enableTLSForSentinelMode: true, sentinelTLS: common.tls }),
      })
    case 'cluster': {
      const options: ClusterOptions = {
        lazyConnect: true,
        enableOfflineQueue: false,
        clusterRetryStrategy: retry,
        slotsRefreshTimeout: ANSWER_WITHIN_MS,
        redisOptions: common,
      }
      return new Cluster(address.hosts, options)
    }
  }
}

/** The servers that keep keys. */
export const primaries = (client: Client): Redis[] => (client instanceof Cluster ? client.nodes('master') : [client])

/** Sends all scripts, so that what comes next can call them by hash. */
async function teach(client: Client): Promise<void> {
  for (const server of primaries(client))
    await Promise.all([...loadScripts().values()].map(({ source }) => server.script('LOAD', source)))
}
