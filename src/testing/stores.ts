import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedAudit } from '../audit/embedded/audit.js'
import { memoryAudit } from '../audit/memory/audit.js'
import type { AuditStore } from '../audit/store.js'
import type { Clock } from '../lib/clock.js'
import { embeddedState } from '../state/embedded/open.js'
import { memoryState } from '../state/memory/open.js'
import type { Frame, Limits, Page, StateStore } from '../state/store.js'

/** What a simulation stands on. */
export interface Stores {
  state: StateStore
  audit: AuditStore
  close(): Promise<void>
}

/** Opens state and audit in one database; `embedded` in a directory of its own when none is named. */
export async function openStores(
  kind: 'memory' | 'embedded',
  options: { clock: Clock; path: string | undefined; limits: Partial<Limits> | undefined },
): Promise<Stores> {
  const { clock, path, limits = {} } = options
  if (kind === 'memory') {
    const audit = memoryAudit({ clock, ttlMs: null })
    const state = await memoryState({ clock, limits, audit: audit.shared })
    return { state, audit, close: () => state.close() }
  }
  const directory = path ?? (await mkdtemp(join(tmpdir(), 'acteon-simulation-')))
  const audit = embeddedAudit({ clock, ttlMs: null })
  // Commits end in the microtask after their operations, as in memory: the same calls always run in the same order.
  const defer = queueMicrotask
  const state = await embeddedState({ clock, limits, path: directory, audit: audit.shared, defer })
  // A simulated node that is killed leaves this process and its files as they are; hours of flushes would take minutes.
  state.database.exec('PRAGMA synchronous = OFF')
  return {
    state,
    audit,
    async close() {
      await state.close()
      if (path === undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Hands on the event log from now on, each frame once, in order. Returns how to stop. */
export function followFrames(state: StateStore, tell: (frame: Frame) => void): () => void {
  let after: string | null = null
  let reading = false
  let again = false
  const read = async (): Promise<void> => {
    again = true
    if (reading) return
    reading = true
    while (again) {
      again = false
      const { frames, last } = await state.frames({ after, limit: 1_000 })
      frames.forEach(tell)
      after = frames.at(-1)?.id ?? last
      again ||= frames.length === 1_000
    }
    reading = false
  }
  // What is not read now is read with the next one.
  return state.onFrames(() => void read().catch(() => (reading = false)))
}

/** All pages of a list. */
export async function allPages<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = []
  for (let cursor: string | undefined; ;) {
    const page = await read(cursor)
    found.push(...page.items)
    cursor = page.next_cursor
    if (cursor === undefined) return found
  }
}
