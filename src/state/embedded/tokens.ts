import { TOKEN_KEPT_MS } from '../store.js'

const MOST_TOKENS = 8_192
const MOST_WEIGHT = 32 * 1024 * 1024

interface Kept {
  at: number
  weight: number
  answer: unknown
}

/**
 * The answers to operations, by token, so that one that is sent again gets its first answer. They are kept in memory:
 * whoever asks this store lives in the same process, so a token cannot be sent again after a restart, and what was not
 * committed then is known to the caller by its own death. Kept up to 60 s, 8,192 of them, and 32 Mi characters.
 */
export interface Tokens {
  /** The answer that was given; undefined: none is known. */
  find(token: string, now: number): { answer: unknown } | undefined
  /** Remembers an answer; `rollback` forgets all since the last `commit`. */
  keep(token: string, now: number, answer: unknown, weight: number): void
  commit(): void
  rollback(): void
}

export function createTokens(): Tokens {
  const kept = new Map<string, Kept>()
  let weight = 0
  let fresh: string[] = []

  const forget = (token: string): void => {
    weight -= kept.get(token)?.weight ?? 0
    kept.delete(token)
  }
  return {
    find(token, now) {
      const found = kept.get(token)
      return found !== undefined && now - found.at <= TOKEN_KEPT_MS ? found : undefined
    },
    keep(token, now, answer, size) {
      forget(token)
      kept.set(token, { at: now, weight: size, answer })
      weight += size
      fresh.push(token)
    },
    commit() {
      fresh = []
      for (const token of kept.keys()) {
        if (kept.size <= MOST_TOKENS && weight <= MOST_WEIGHT) break
        forget(token)
      }
    },
    rollback() {
      for (const token of fresh) forget(token)
      fresh = []
    },
  }
}
