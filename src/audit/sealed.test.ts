import { describe, expect, it } from 'vitest'
import { systemClock } from '../lib/clock.js'
import { createSealer } from '../lib/seal.js'
import { auditConformance } from './conformance.js'
import { entryOf } from './conformance/entries.js'
import { openMemoryAudit } from './memory/audit.js'
import { sealedAudit } from './sealed.js'

const sealer = createSealer([Buffer.alloc(32, 7)])
/** What these say of `text` does not hold here, and the last test says what does. */
const OF_TEXT = [
  'each filter, alone and with others, finds exactly what it describes',
  'text finds a record by any part of its JSON, in any case, quotes as typed',
  'cursors lead through everything that was there, once, while records are appended',
]

auditConformance(
  'memory, sealed',
  {
    describe,
    it: (name, body) => {
      if (!OF_TEXT.includes(name)) it(name, body)
    },
  },
  (options) => Promise.resolve(sealedAudit(openMemoryAudit(options), sealer)),
)

it('looks for a text only in what is not sealed, and finds nothing there by chance', async () => {
  const audit = sealedAudit(openMemoryAudit({ clock: systemClock, ttlMs: null }), sealer)
  const ids = Array.from({ length: 200 }, (_, i) => `id-${i}`)
  await audit.append(
    ids.map((id) => entryOf({ id, draft: { provider: 'email', action_payload: { secret: 'needle' } } })),
  )
  const find = async (text: string) => (await audit.query({ text, limit: 1_000 })).records.length
  expect(await find('needle')).toBe(0)
  expect(await find('id-17')).toBeGreaterThan(0)
  // Three letters that base64 texts are full of.
  for (const chance of ['qx', 'zq', 'jq']) expect(await find(chance)).toBe(0)
  await audit.close()
})
