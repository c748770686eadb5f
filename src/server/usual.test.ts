import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openEmbeddedAudit } from '../audit/embedded/open.js'
import { openMemoryAudit } from '../audit/memory/audit.js'
import { usualSuite } from './usual.fixture.js'
import { median } from './usual.js'

const folder = mkdtempSync(join(tmpdir(), 'acteon-usual-'))
let files = 0
afterAll(() => rmSync(folder, { recursive: true, force: true }))

usualSuite('memory', (clock) => Promise.resolve(openMemoryAudit({ clock, ttlMs: null })))
usualSuite('embedded', (clock) =>
  Promise.resolve(openEmbeddedAudit({ clock, ttlMs: null, path: join(folder, `${++files}.db`) })),
)

describe('a median', () => {
  it('is the middle one, or the mean of the two in the middle', () => {
    expect([median([9, 1, 5]), median([4, 1, 2, 100]), median([])]).toEqual([5, 3, 0])
  })
})
