import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../lib/clock.js'
import { auditConformance } from '../conformance.js'
import { CONFORMANCE_TTL_MS, entryOf } from '../conformance/entries.js'
import { embeddedAudit } from './audit.js'
import { openEmbeddedAudit } from './open.js'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'acteon-audit-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const options = { clock: systemClock, ttlMs: CONFORMANCE_TTL_MS }
const T = Date.UTC(2026, 0, 5, 10)
let files = 0

auditConformance('embedded, a file of its own', { describe, it }, ({ clock, ttlMs }) =>
  Promise.resolve(openEmbeddedAudit({ clock, ttlMs, path: join(directory, `${++files}.db`) })),
)

describe('an embedded audit in a file of its own', () => {
  it('keeps its records over a restart', async () => {
    const path = join(directory, 'deep', 'audit.db')
    const first = openEmbeddedAudit({ ...options, path })
    await first.append([entryOf({ id: 'a' })])
    await first.close()
    const second = openEmbeddedAudit({ ...options, path })
    await second.append([entryOf({ id: 'a' }), entryOf({ id: 'b' })])
    expect((await second.query({ tenant: 'acme' })).total).toBe(2)
    await second.close()
  })

  it('is opened by one at a time, and says so', async () => {
    const path = join(directory, 'audit.db')
    const first = openEmbeddedAudit({ ...options, path })
    expect(() => openEmbeddedAudit({ ...options, path })).toThrow(/Another process has the audit database/)
    await first.close()
    await openEmbeddedAudit({ ...options, path }).close()
  })

  it('refuses a file that is none of its own, and tables of a later version', async () => {
    const path = join(directory, 'audit.db')
    writeFileSync(path, 'this is a text, and not at all a database of any kind'.repeat(100))
    expect(() => openEmbeddedAudit({ ...options, path })).toThrow(expect.objectContaining({ code: 'DATA_DAMAGED' }))
    const newer = join(directory, 'newer.db')
    await openEmbeddedAudit({ ...options, path: newer }).close()
    const db = new DatabaseSync(newer)
    db.exec('UPDATE audit_meta SET version = 99')
    db.close()
    expect(() => openEmbeddedAudit({ ...options, path: newer })).toThrow(/version 99/)
  })
})

describe("an audit in a state store's database", () => {
  const opened = () => {
    const db = new DatabaseSync(join(directory, 'state.db'))
    const audit = embeddedAudit(options)
    audit.shared.prepare(db)
    return { db, audit, write: (id: string) => audit.shared.write(db, entryOf({ id, at: T })) }
  }

  it('writes in the transaction of the state store: what is rolled back was never there', async () => {
    const { db, audit, write } = opened()
    db.exec('BEGIN')
    write('a')
    db.exec('ROLLBACK')
    expect(await audit.query({})).toEqual({ records: [], total: 0 })
    db.exec('BEGIN')
    write('b')
    write('a')
    db.exec('COMMIT')
    expect((await audit.query({ tenant: 'acme' })).records.map((r) => r.action_id)).toEqual(['a', 'b'])
    expect((await audit.figures({ from: T, to: T + 1, group_by: ['tenant'] }))[0]).toMatchObject({
      count: 2,
      key: { tenant: 'acme' },
    })
    db.close()
  })

  it('takes a number that another series got after a rollback for what it is', async () => {
    const { db, audit, write } = opened()
    db.exec('BEGIN')
    write('a')
    db.exec('ROLLBACK')
    audit.shared.write(db, entryOf({ id: 'x', draft: { tenant: 'other' } }))
    write('a')
    expect((await audit.query({ tenant: 'acme' })).records.map((r) => r.action_id)).toEqual(['a'])
    expect((await audit.query({ tenant: 'other' })).records.map((r) => r.action_id)).toEqual(['x'])
    db.close()
  })

  it('says what is missing before the state store was opened', async () => {
    await expect(embeddedAudit(options).query({})).rejects.toThrow(/state store, which has to be opened/)
    const other = new DatabaseSync(':memory:')
    expect(() => opened().audit.shared.write(other, entryOf({}))).toThrow(/not prepared/)
  })

  it('throws when the disk is full, and goes on when there is room', async () => {
    const { db, audit, write } = opened()
    db.exec('PRAGMA max_page_count = 60')
    let written = 0
    const fill = (): void => {
      for (; written < 10_000; written++) {
        db.exec('BEGIN')
        try {
          write(`${written}`)
          db.exec('COMMIT')
        } catch (error) {
          if (db.isTransaction) db.exec('ROLLBACK')
          throw error
        }
      }
    }
    expect(fill).toThrow(/full/)
    await expect(
      audit.append(Array.from({ length: 100 }, (_, i) => entryOf({ id: `more-${i}` }))),
    ).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' })
    expect((await audit.query({ limit: 1 })).total).toBe(written)
    db.exec('PRAGMA max_page_count = 100000')
    write('after')
    expect((await audit.query({ limit: 1 })).records[0]?.action_id).toBe('after')
    expect((await audit.figures({ from: T, to: T + 1, group_by: [] }))[0]?.count).toBe(written + 1)
    db.close()
  })
})
