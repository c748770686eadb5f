import { DatabaseSync } from '@photostructure/sqlite'
import { expect, it } from 'vitest'
import { systemClock } from '../../lib/clock.js'
import { expectCarriers, olderEntries } from '../carriers.fixture.js'
import { CONFORMANCE_TTL_MS, entryOf } from '../conformance/entries.js'
import { ownAudit } from './audit.js'

/** Makes tables of version 1 of it: series did not know who took their actions, and records did not say it. */
function makeOlder(db: InstanceType<typeof DatabaseSync>): void {
  const rows = db.prepare('SELECT id, key FROM audit_series').all() as { id: number; key: string }[]
  for (const { id, key } of rows) {
    const older = JSON.stringify((JSON.parse(key) as string[]).slice(0, -1))
    db.prepare('UPDATE audit_series SET key = ? WHERE id = ?').run(older, id)
  }
  db.exec(`
    ALTER TABLE audit_series DROP COLUMN carrier;
    DROP INDEX audit_by_delivery;
    ALTER TABLE audit_record DROP COLUMN delivery_hash;
    UPDATE audit_record SET record = json_remove(record, '$.delivered_by');
    UPDATE audit_record SET record = json_set(record, '$.outcome_details.new_provider', 'sms') WHERE action_id LIKE 'fallback-%';
    UPDATE audit_meta SET version = 1`)
}

it('tables of version 1 are brought to this version: what a fallback took counts for it', async () => {
  const db = new DatabaseSync(':memory:')
  const options = { clock: systemClock, ttlMs: CONFORMANCE_TTL_MS }
  await ownAudit('memory', db, options).append(olderEntries('email'))
  makeOlder(db)

  const audit = ownAudit('memory', db, options)
  await expectCarriers(audit)
  // What comes next joins the series that are there.
  const series = (): unknown => db.prepare('SELECT count(*) AS n FROM audit_series').get()
  const before = series()
  await audit.append([...olderEntries('sms'), ...olderEntries('sms').map((entry) => ({ ...entry, draft: { ...entry.draft, try: 2 } }))]) // prettier-ignore
  expect(series()).toEqual(before)
  await audit.append([entryOf({ id: 'new', draft: { provider: 'new' } })])
  expect(series()).not.toEqual(before)
  await audit.close()
})
