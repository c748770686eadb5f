import { basename } from 'node:path'
import { createAccess, type Access } from '../access/access.js'
import { openRevoked } from '../access/revoked.js'
import { loadAuthFile } from '../config/auth-file.js'
import type { Config } from '../config/check.js'
import type { AccessTable } from '../access/table.js'
import type { Clock } from '../lib/clock.js'
import { sha256 } from '../lib/ids.js'
import { canonical } from '../lib/json.js'
import { remembering } from '../lib/remembering.js'
import { watchFiles } from '../lib/watch.js'
import type { StateStore } from '../state/store.js'
import type { Logger } from './log.js'

/** Access control over `auth.toml`, watched. */
export interface Authority {
  callers: Access
  onChange(fn: () => void): () => void
  problem(): string | null
  /** Names the users and keys that hold; nothing of them can be told from it. */
  digest(): string
  close(): Promise<void>
}

/**
 * Opens access control. A file that is wrong at the start stops it; one that becomes wrong later is refused, and the one
 * before goes on holding.
 * @returns null when `[auth] enabled` is false
 * @throws ActeonError CONFIG_INVALID
 */
export async function openAuthority(
  { auth }: Config,
  { state, clock, newId, log }: { state: StateStore; clock: Clock; newId: () => string; log: Logger },
): Promise<Authority | null> {
  if (!auth.enabled) return null
  const path = auth.config_path
  const read = () => loadAuthFile(path, process.env, basename(path))
  let table = await read()
  let problem: string | null = null
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const fn of [...listeners]) fn()
  }
  const revoked = await openRevoked(state, { clock, newId, onChange: changed })

  let reading: Promise<void> | undefined
  let again = false
  const reread = (): void => {
    again = true
    reading ??= (async () => {
      while (again) {
        again = false
        try {
          table = await read()
          if (problem !== null) log.info(`${basename(path)} is right again`)
          problem = null
          changed()
        } catch (error) {
          problem = `${basename(path)} was refused, what was in use stays: ${error instanceof Error ? error.message : String(error)}`
          log.error({ err: error }, 'access: the file was refused, what was in use stays')
        }
      }
      reading = undefined
    })()
  }
  const stopWatching = auth.watch ? watchFiles(path, clock, reread) : async () => undefined
  log.info({ users: table.users.size, keys: table.keys.size }, `access control by ${basename(path)}`)
  return {
    callers: createAccess({ table: () => table, revoked, clock, newId }),
    onChange(fn) {
      listeners.add(fn)
      return () => listeners.delete(fn)
    },
    problem: () => problem,
    digest: () => digestOf(table),
    async close() {
      revoked.stop()
      await stopWatching()
      await reading
    },
  }
}

const digestOf = remembering(({ jwt_secret, users, keys }: AccessTable) =>
  sha256(
    canonical([
      [...users.entries()].sort(byName),
      [...keys.entries()].sort(byName),
      // Tokens of one node hold on another only where both have the same secret.
      jwt_secret === null ? null : sha256(`nodes ${Buffer.from(jwt_secret).toString('base64')}`),
    ]),
  ).slice(0, 16),
)

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)
