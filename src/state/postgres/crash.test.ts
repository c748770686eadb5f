import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openPostgresAudit } from '../../audit/postgres/audit.js'
import { draftFor, executed, requestFor, reservation } from '../conformance/builders.js'
import { StoreUnavailable, type Admitted } from '../store.js'
import { openPostgresState } from './open.js'
import { ownServer } from './servers.fixture.js'

const ACTIONS = 200
const AT_ONCE = 10

it('when PostgreSQL crashes and comes back under load nothing that was answered is lost, and nothing happens twice', async () => {
  const server = await ownServer()
  try {
    const audit = await openPostgresAudit({ url: server.url, ttlMs: null })
    const state = await openPostgresState({ url: server.url, audit: { prefix: 'acteon', ttlMs: null } })
    const op = (token: string) => ({ token, deadline: Date.now() + 120_000 })
    let interrupted = 0
    /** Asks again, under the same token, until there is an answer. */
    async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
      for (;;)
        try {
          return await ask()
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) throw error
          interrupted++
          await wait(50)
        }
    }
    const { owner } = await answered(() => state.join({ ...op('join'), node: 'a' }))
    const answers = new Map<string, Admitted>()
    let next = 0
    async function work(): Promise<void> {
      for (let n = next++; n < ACTIONS; n = next++) {
        // Every other action wants the one key.
        const sent = requestFor(
          { id: `a${n}`, gates: n % 2 === 0 ? [reservation('k', { ttl_ms: 600_000 })] : [] },
          owner,
        )
        const admit = { ...op(`admit-${n}`), ...sent }
        const answer = await answered(() => state.admit(admit))
        answers.set(sent.key.id, answer)
        if (answer.kind !== 'deliver') continue
        const { key, plan } = sent
        const outcome = executed()
        const complete = {
          ...op(`complete-${n}`),
          owner,
          key,
          fence: answer.admission.fence,
          outcome,
          redacted: outcome,
        }
        const done = await answered(() => state.complete({ ...complete, draft: draftFor(plan) }))
        expect(done.kind).toBe('done')
      }
    }
    const working = Promise.all(Array.from({ length: AT_ONCE }, work))
    for (const part of [50, 120]) {
      for (const end = Date.now() + 60_000; answers.size < part && Date.now() < end;) await wait(5)
      await server.crash()
      await server.start()
    }
    await working
    expect(interrupted).toBeGreaterThan(0)
    expect(answers.size).toBe(ACTIONS)
    const delivered = [...answers].filter(([, { kind }]) => kind === 'deliver').map(([id]) => Number(id.slice(1)))
    expect(delivered.filter((n) => n % 2 === 0)).toHaveLength(1)
    expect(delivered.filter((n) => n % 2 === 1)).toHaveLength(ACTIONS / 2)
    const { records, total } = await audit.query({ limit: 1_000 })
    expect([total, new Set(records.map(({ action_id }) => action_id)).size]).toEqual([ACTIONS, ACTIONS])
    expect((await state.stats()).open).toBe(0)
    await state.close()
    await audit.close()
  } finally {
    await server.remove()
  }
}, 180_000)
