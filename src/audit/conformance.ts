import { systemClock, type Clock } from '../lib/clock.js'
import { CONFORMANCE_TTL_MS } from './conformance/entries.js'
import { listCases } from './conformance/lists.js'
import { recordCases } from './conformance/records.js'
import type { AuditStore } from './store.js'

/** The two functions that a test runner gives: vitest's, node:test's, mocha's. */
export interface Runner {
  describe: (name: string, body: () => void) => void
  it: (name: string, body: () => Promise<void>) => void
}

/** Opens an empty store; the suite closes it. */
export type OpenAudit = (options: { clock: Clock; ttlMs: number | null }) => Promise<AuditStore>

/** Adds one case, run on a store of its own. */
export type Check = (
  sentence: string,
  body: (audit: AuditStore) => Promise<void>,
  options?: { clock?: Clock; ttlMs?: number | null },
) => void

/**
 * What every audit backend must pass. No runner is imported: pass yours.
 *
 * @example
 * import { describe, it } from 'vitest'
 * auditConformance('postgres', { describe, it }, ({ clock, ttlMs }) => openPostgresAudit({ url, clock, ttlMs }))
 */
export function auditConformance(name: string, { describe, it }: Runner, open: OpenAudit): void {
  const check: Check = (sentence, body, { clock = systemClock, ttlMs = CONFORMANCE_TTL_MS } = {}) =>
    it(sentence, async () => {
      const audit = await open({ clock, ttlMs })
      try {
        await body(audit)
      } finally {
        await audit.close()
      }
    })

  describe(`audit conformance: ${name}`, () => {
    recordCases(check)
    listCases(check)
  })
}
