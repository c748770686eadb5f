import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, it } from 'vitest'
import { openPostgresState } from '../../state/postgres/open.js'
import { answer, requestFor, suppressed } from '../../state/conformance/builders.js'
import { openPostgresAudit } from './audit.js'

it('where state and audit share a database a record is there with its outcome, once, and the outbox is empty', async () => {
  const url = process.env['DATABASE_URL']!
  const prefix = `test_${randomUUID().replaceAll('-', '_').slice(0, 30)}`
  const audit = await openPostgresAudit({ url, prefix, ttlMs: 86_400_000 })
  const state = await openPostgresState({ url, prefix, audit: { prefix, ttlMs: 86_400_000 } })
  try {
    const deadline = Date.now() + 30_000
    const { owner } = await state.join({ token: 'join', deadline, node: 'a' })
    const request = { token: 'a1', deadline, ...requestFor({ id: 'a1', ending: answer(suppressed()) }, owner) }
    for (let sending = 0; sending < 2; sending++) expect(await state.admit(request)).toMatchObject({ kind: 'settled' })
    expect(await audit.query({})).toMatchObject({ total: 1, records: [{ action_id: 'a1', outcome: 'suppressed' }] })
    expect(await state.outbox({ limit: 10 })).toEqual([])
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        state.admit({ token: `b${n}`, deadline, ...requestFor({ id: `b${n}`, ending: answer(suppressed()) }, owner) }),
      ),
    )
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['settled']))
    expect((await audit.query({})).total).toBe(51)
    const figures = await audit.figures({ from: 0, to: Date.now() + 120_000, group_by: [] })
    expect(figures).toMatchObject([{ count: 51 }])
  } finally {
    await state.close()
    await audit.close()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`SET client_min_messages = warning; DROP SCHEMA ${prefix} CASCADE`)
    await client.end()
  }
}, 60_000)
