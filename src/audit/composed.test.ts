import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../lib/clock.js'
import { answer, requestFor, reservation, suppressed, type Sent } from '../state/conformance/builders.js'
import { embeddedState } from '../state/embedded/open.js'
import { memoryState } from '../state/memory/open.js'
import type { StateStore } from '../state/store.js'
import { embeddedAudit } from './embedded/audit.js'
import { openEmbeddedAudit } from './embedded/open.js'
import { memoryAudit, openMemoryAudit } from './memory/audit.js'
import type { AuditStore } from './store.js'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'acteon-composed-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const options = { clock: systemClock, ttlMs: 86_400_000 }

let tokens = 0
const op = () => ({ token: `t${++tokens}`, deadline: Date.now() + 30_000 })

async function admitting(state: StateStore): Promise<(sent: Sent) => Promise<string>> {
  const { owner } = await state.join({ ...op(), node: 'a' })
  return async (sent) => (await state.admit({ ...op(), ...requestFor(sent, owner) })).kind
}

/** A suppressed, a delivered, and a duplicate dispatch: the first and the last have their record, the second is open. */
async function threeDispatches(state: StateStore): Promise<void> {
  const admit = await admitting(state)
  expect(await admit({ id: 'quiet', ending: answer(suppressed()) })).toBe('settled')
  expect(await admit({ id: 'first', gates: [reservation()] })).toBe('deliver')
  expect(await admit({ id: 'again', gates: [reservation()] })).toBe('settled')
}

const recorded = async (audit: AuditStore): Promise<string[]> =>
  (await audit.query({})).records.map((record) => `${record.action_id} ${record.outcome}`)

it('embedded state and audit share a database: a record is there as soon as its outcome is', async () => {
  const audit = embeddedAudit(options)
  const state = await embeddedState({ path: directory, audit: audit.shared })
  await threeDispatches(state)
  expect(await recorded(audit)).toEqual(['again deduplicated', 'quiet suppressed'])
  expect(await state.outbox({ limit: 10 })).toEqual([])
  const [first] = await audit.ofAction('again', {})
  expect(first?.trace.gates[0]).toMatchObject({ would: 'refuse' })
  expect(
    (await audit.sweep(Date.now(), 100)) + (await audit.sweep(Date.now() + 2 * options.ttlMs, 100)),
  ).toBeGreaterThan(1)
  expect(await recorded(audit)).toEqual([])
  await audit.close()
  await state.close()
})

it('memory state and audit share a database too', async () => {
  const audit = memoryAudit(options)
  const state = await memoryState({ audit: audit.shared })
  await threeDispatches(state)
  expect(await recorded(audit)).toEqual(['again deduplicated', 'quiet suppressed'])
  expect(
    (await audit.figures({ from: 0, to: Date.now() + 60_000, group_by: ['outcome'] })).map(({ key, count }) => [
      key.outcome,
      count,
    ]),
  ).toEqual([
    ['deduplicated', 1],
    ['suppressed', 1],
  ])
  await state.close()
})

it.each([
  ['memory', () => openMemoryAudit(options)],
  ['a file', () => openEmbeddedAudit({ ...options, path: join(directory, 'audit', 'audit.db') })],
])('an audit elsewhere (%s) is fed from the outbox, and repeats change nothing', async (_where, open) => {
  const state = await embeddedState({ path: directory })
  const audit = open()
  await threeDispatches(state)
  const waiting = await state.outbox({ limit: 10 })
  await audit.append(waiting.map(({ entry }) => entry))
  // The relay died before it acknowledged: the next one sends them again.
  const again = await state.outbox({ limit: 10 })
  await audit.append(again.map(({ entry }) => entry))
  await state.acknowledge({ ...op(), positions: again.map(({ position }) => position) })
  expect(await state.outbox({ limit: 10 })).toEqual([])
  expect(await recorded(audit)).toEqual(['again deduplicated', 'quiet suppressed'])
  await audit.close()
  await state.close()
})
