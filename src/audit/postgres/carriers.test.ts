import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { it } from 'vitest'
import { expectCarriers, olderEntries } from '../carriers.fixture.js'
import { CONFORMANCE_TTL_MS } from '../conformance/entries.js'
import { openPostgresAudit } from './audit.js'

/** Makes tables of version 1 of it, which did not know who took an action. */
const older = (schema: string): string => `
  DROP INDEX ${schema}.audit_carrier;
  ALTER TABLE ${schema}.audit_record DROP COLUMN stand_in;
  ALTER TABLE ${schema}.audit_figure DROP CONSTRAINT audit_figure_pkey, DROP COLUMN stand_in,
    ADD PRIMARY KEY (minute, kind, node, namespace, tenant, provider, action_type, rule, outcome, pid);
  UPDATE ${schema}.audit_record SET decided = replace(decided, '"new_provider":"email"', '"new_provider":"sms"')
    WHERE action_id LIKE 'fallback-%';
  UPDATE ${schema}.acteon_version SET version = 1 WHERE part = 'audit'`

it('tables of version 1 are brought to this version: what a fallback took counts for it', async () => {
  const url = process.env['DATABASE_URL']!
  const prefix = `test_${randomUUID().replaceAll('-', '_').slice(0, 30)}`
  const open = () => openPostgresAudit({ url, prefix, ttlMs: CONFORMANCE_TTL_MS })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Several connections, each with figures of its own.
    const first = await open()
    const entries = olderEntries('email')
    await Promise.all(entries.map((entry) => first.append([entry])))
    await first.close()
    await client.query(older(prefix))

    const audit = await open()
    try {
      await expectCarriers(audit)
      await audit.append(olderEntries('sms'))
      await expectCarriers(audit)
    } finally {
      await audit.close()
    }
  } finally {
    await client.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${prefix} CASCADE`)
    await client.end()
  }
}, 60_000)
