import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Clock } from '../../lib/clock.js'
import type { Sent } from '../conformance/builders.js'
import { OP_DEADLINE_MS, type Admission, type Admitted, type Op } from '../store.js'
import * as talk from '../talk.fixture.js'
import { embeddedState, type EmbeddedOptions } from './open.js'
import type { SqliteState } from './store.js'

export const START = Date.UTC(2026, 0, 5, 12)

/** A clock that stands where it is put. */
export interface StandingClock extends Clock {
  at: number
}
export const standingClock = (at = START): StandingClock => ({
  at,
  now() {
    return this.at
  },
  monotonic() {
    return this.at
  },
  after: () => () => {},
})

const directories: string[] = []
const opened: SqliteState[] = []
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close().catch(() => {})
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true })
})

export function newDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'acteon-embedded-'))
  directories.push(path)
  return path
}

/** Opens a store that is closed after the test. */
export async function open(options: Partial<EmbeddedOptions> & { path: string }): Promise<SqliteState> {
  const store = await embeddedState({ clock: standingClock(), ...options })
  opened.push(store)
  return store
}

let tokens = 0
/** A new token; the time is the store's own. */
export const op = (at = START): Op => ({ token: `t${++tokens}`, deadline: at + OP_DEADLINE_MS })

export const joined = async (store: SqliteState, at = START): Promise<number> =>
  (await store.join({ ...op(at), node: 'a' })).owner

export const admit = (store: SqliteState, owner: number, sent: Sent, at = START): Promise<Admitted> =>
  talk.admit(store, owner, sent, op(at))

export const deliver = (store: SqliteState, owner: number, sent: Sent, at = START): Promise<Admission> =>
  talk.deliver(store, owner, sent, op(at))

export const complete = (store: SqliteState, admission: Admission, at = START) =>
  store.complete(talk.completing(admission, op(at)))

export const key = (id: string) => ({ namespace: 'shop', tenant: 'acme', space: 'caller', id }) as const
