import { DatabaseSync } from '@photostructure/sqlite'
import { it } from 'vitest'
import { systemClock } from '../../lib/clock.js'
import { CONFORMANCE_TTL_MS } from '../conformance/entries.js'
import { deliveredEntries, expectDeliveries } from '../deliveries.fixture.js'
import { ownAudit } from './audit.js'

it('tables of version 2 are brought to this version: what was delivered for an event is found', async () => {
  const db = new DatabaseSync(':memory:')
  const options = { clock: systemClock, ttlMs: CONFORMANCE_TTL_MS }
  await ownAudit('memory', db, options).append(deliveredEntries)
  db.exec(`
    DROP INDEX audit_by_delivery;
    ALTER TABLE audit_record DROP COLUMN delivery_hash;
    UPDATE audit_record SET record = json_remove(record, '$.delivered_by') WHERE action_id LIKE '%-1';
    UPDATE audit_meta SET version = 2`)

  const audit = ownAudit('memory', db, options)
  await expectDeliveries(audit)
  await audit.append(deliveredEntries)
  await expectDeliveries(audit)
  await audit.close()
})
