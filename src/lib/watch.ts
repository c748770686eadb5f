import { stat, realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { watch, type FSWatcher } from 'chokidar'
import type { Cancel, Clock } from './clock.js'

/** An editor saves in several steps; they are told as one change, this long after the last … */
const QUIET_MS = 100
/** … and at the latest this long after the first. */
const LATEST_MS = 500
const POLL_MS = 500

/**
 * Tells when files under a directory (or one file) are changed, added or removed: once per burst of changes, within
 * a second, and once when it has begun to watch, because nobody saw what changed between the reading of the files and
 * that. The directory may come later, be a link that is set anew, or go and come back. Where the system cannot watch,
 * it is looked at twice a second.
 * @returns what ends it; after that nothing is told any more
 */
export function watchFiles(path: string, clock: Clock, onChange: () => void): () => Promise<void> {
  let first: number | null = null
  let telling: Cancel = () => {}
  let looking: Cancel = () => {}
  let stopped = false
  let polls = false
  let watched: string | null | undefined
  let watcher: FSWatcher | null = null

  function changed(): void {
    if (stopped) return
    const now = clock.monotonic()
    first ??= now
    telling()
    telling = clock.after(Math.max(0, Math.min(QUIET_MS, first + LATEST_MS - now)), () => {
      first = null
      onChange()
    })
  }

  /** Watchers of the system hold on to what a path named when they began; what it names now is looked up again. */
  async function look(): Promise<void> {
    const named = await identityOf(path)
    if (stopped) return
    if (named !== watched) {
      watched = named
      await watcher?.close()
      if (stopped) return
      watcher = null
      if (named !== null) await begin()
      changed()
    }
    looking = clock.after(POLL_MS, () => void look())
  }

  async function begin(): Promise<void> {
    // Links are not followed, lest one to a large tree have all of it watched; the root itself may be one.
    const real = await realpath(path).catch(() => null)
    if (real === null || stopped) return
    watcher = watch(real, {
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
      usePolling: polls,
      interval: POLL_MS,
      ignored: (inside) => isHidden(inside) && inside !== real,
    })
    watcher.on('all', changed)
    watcher.on('ready', changed)
    watcher.on('error', () => {
      if (polls) return changed()
      polls = true
      watched = undefined
      changed()
    })
  }

  void look()
  return async () => {
    stopped = true
    telling()
    looking()
    await watcher?.close()
  }
}

/** What a path names at the moment, so that a thing of the same name is told from it; null when it names nothing. */
async function identityOf(path: string): Promise<string | null> {
  try {
    const [real, { dev, ino, birthtimeMs }] = await Promise.all([realpath(path), stat(path)])
    return JSON.stringify([real, dev, ino, birthtimeMs])
  } catch {
    return null
  }
}

/** `.git` and the like. Mounted volumes swap a link named `..data`, and that is a change. */
const isHidden = (path: string): boolean => /^\.[^.]/.test(basename(path))
