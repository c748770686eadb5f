import { expect, it } from 'vitest'
import { ActeonError } from '../../lib/errors.js'
import { createSealer, type Sealer } from '../../lib/seal.js'
import { requestFor } from '../conformance/builders.js'
import { memoryState } from '../memory/open.js'
import { LEASE_MS } from '../store.js'
import { enterKeys, leaveKeys, usedKeys } from './keys.js'
import { sealedState } from './store.js'

const sealer = createSealer([Buffer.alloc(32, 1)])
let tokens = 0
const op = (now?: number) => ({ token: `t${++tokens}`, deadline: Date.now() + 1e9, ...(now !== undefined && { now }) })

it('when sealing fails nothing is stored, in the open or otherwise', async () => {
  const inner = await memoryState()
  const failing: Sealer = {
    ...sealer,
    seal: () => {
      throw new ActeonError('SEAL_FAILED', 'no randomness left')
    },
  }
  const state = sealedState(inner, failing)
  const { owner } = await state.join({ ...op(), node: 'a' })
  await expect(state.admit({ ...op(), ...requestFor({ id: 'a1' }, owner) })).rejects.toMatchObject({ status: 503 })
  expect(await inner.entry({ namespace: 'shop', tenant: 'acme', space: 'caller', id: 'a1' })).toBeNull()
  await state.close()
})

it('work that was exchanged for another tenant’s is not given out; it stays open, and the rest goes on', async () => {
  const inner = await memoryState()
  const unreadable: string[] = []
  const state = sealedState(inner, sealer, { onUnreadable: (_, { id }) => unreadable.push(id) })
  const { owner, now } = await state.join({ ...op(), node: 'a' })
  for (const [id, tenant] of [
    ['a1', 'acme'],
    ['b1', 'other'],
    ['a2', 'acme'],
  ] as const)
    await state.admit({ ...op(), ...requestFor({ id, tenant, payload: { of: tenant } }, owner) })
  const sent = (id: string): string =>
    (
      inner.database.prepare('SELECT action FROM sent JOIN entry ON seq = entry WHERE id = ?').get(id) as {
        action: string
      }
    ).action
  inner.database
    .prepare('UPDATE sent SET action = ? WHERE entry = (SELECT seq FROM entry WHERE id = ?)')
    .run(sent('a1'), 'b1')

  const later = now + LEASE_MS + 1
  const next = await state.join({ ...op(later), node: 'b' })
  const resumed = await state.resume({ ...op(later), owner: next.owner, limit: 10 })
  expect(resumed.map(({ key }) => key.id).sort()).toEqual(['a1', 'a2'])
  expect(unreadable).toEqual(['b1'])
  const key = { namespace: 'shop', tenant: 'other', space: 'caller', id: 'b1' } as const
  await expect(state.entry(key)).rejects.toMatchObject({ code: 'SEALED_UNREADABLE' })
  const { items } = await state.openEntries({ tenant: 'other' })
  expect(items).toMatchObject([
    { key, action: { payload: { '[sealed]': expect.stringContaining('moved') as string } } },
  ])
  await state.close()
})

it('without keys, work that was sealed is refused, and nobody can send what looks like it', async () => {
  const inner = await memoryState()
  const sealed = sealedState(inner, sealer)
  const plain = sealedState(inner, createSealer([]), { onUnreadable: ({ code }) => refused.push(code) })
  const refused: string[] = []
  const { owner, now } = await sealed.join({ ...op(), node: 'a' })
  await sealed.admit({ ...op(), ...requestFor({ id: 'a1' }, owner) })
  const later = now + LEASE_MS + 1
  const next = await plain.join({ ...op(later), node: 'b' })
  expect(await plain.resume({ ...op(later), owner: next.owner, limit: 10 })).toEqual([])
  expect(refused).toEqual(['SEALED_UNREADABLE'])
  const payload = sealer.seal('x', { namespace: '', tenant: '', kind: '', id: '' })
  const lookalike = { ...op(later), ...requestFor({ id: 'a2', payload }, next.owner) }
  await expect(plain.admit(lookalike)).rejects.toMatchObject({ code: 'INVALID_ACTION' })
  await inner.close()
})

it('the store lists the keys that it needs, whoever changes the list at the same time', async () => {
  const state = await memoryState()
  const both = createSealer([Buffer.alloc(32, 2), Buffer.alloc(32, 1)])
  await enterKeys(state, sealer, op)
  await Promise.all([enterKeys(state, both, op), enterKeys(state, both, op)])
  expect(await usedKeys(state)).toEqual([both.kids[0], sealer.kids[0]])
  await expect(enterKeys(state, createSealer([Buffer.alloc(32, 2)]), op)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
  await leaveKeys(state, both, op, [sealer.kids[0]!])
  expect(await enterKeys(state, createSealer([Buffer.alloc(32, 2)]), op)).toEqual([both.kids[0]])
  await state.close()
})
