import type { Clock } from '../../lib/clock.js'
import { TOKEN_KEPT_MS, type Op } from '../store.js'

const MOST_TOKENS = 8_192

/** What an operation remembers between its sendings. */
export interface Kept<Chosen> {
  /** What its first sending chose to do, so that a later one does the same and no more. */
  chosen?: Chosen
}

/**
 * The answers to operations over all partitions, by token. Each partition remembers its own part; what was put together
 * of the parts is remembered here, by the only process that can ask with that token again. Of sendings at the same
 * moment one is sent. A failure is no answer: asked again, the partitions give what they had answered.
 */
export interface Memo {
  once<Answer, Chosen = never>(op: Op, run: (kept: Kept<Chosen>) => Promise<Answer>): Promise<Answer>
}

interface Known {
  at: number
  kept: Kept<unknown>
  /** Null after a failure. */
  answer: Promise<unknown> | null
}

export function createMemo(clock: Clock): Memo {
  const known = new Map<string, Known>()
  return {
    once<Answer, Chosen>({ token }: Op, run: (kept: Kept<Chosen>) => Promise<Answer>): Promise<Answer> {
      const before = known.get(token)
      const isKnown = before !== undefined && clock.now() - before.at <= TOKEN_KEPT_MS
      if (isKnown && before.answer !== null) return before.answer as Promise<Answer>
      const kept = (isKnown ? before.kept : {}) as Kept<Chosen>
      const answer = run(kept)
      const entry: Known = { at: clock.now(), kept, answer }
      known.delete(token)
      known.set(token, entry)
      answer.catch(() => (entry.answer = null))
      for (const oldest of known.keys()) {
        if (known.size <= MOST_TOKENS) break
        known.delete(oldest)
      }
      return answer
    },
  }
}
