import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ActeonApiError, createClient, type Client, type Outcome, type StreamFrame } from '../client/index.js'
import { parseConfig } from '../config/load.js'
import { describeApi } from './describe.js'
import { listen, smallGateway } from './gateway.fixture.js'
import { createLog } from './log.js'
import { startServer, type RunningServer } from './start.js'

const ACTION = { namespace: 'shop', tenant: 'acme', provider: 'shown', action_type: 'send' }

it('the types of the client are those that the API has now', async () => {
  const { clientTypes } = (await import('../../scripts/client-types/generate.mjs' as string)) as {
    clientTypes(document: unknown): Promise<string>
  }
  const committed = await readFile(new URL('../client/schema.ts', import.meta.url), 'utf8')
  // Run `npm run build && node scripts/client-types.mjs` when this fails.
  expect(await clientTypes(await describeApi())).toBe(committed)
})

describe('the client', () => {
  const folder = mkdtempSync(`${tmpdir()}/acteon-client-`)
  let server: RunningServer
  let acteon: Client
  beforeAll(async () => {
    const text = '[state]\nbackend = "memory"\n[[providers]]\nname = "shown"\ntype = "log"\n'
    const { config } = await parseConfig({ text, file: 'acteon.toml', folder }, {})
    const log = createLog({ level: 'silent', format: 'json' })
    const { mkdirSync } = await import('node:fs')
    mkdirSync(`${folder}/rules`)
    server = await startServer(config!, { port: 0, log })
    acteon = createClient({ endpoint: `${server.url}/` })
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('hands actions in, and decodes what became of them', async () => {
    const outcome = await acteon.dispatch(ACTION)
    if (outcome.type !== 'Executed') throw new Error(outcome.type)
    expect(outcome.status).toBe('success')
    expect(await acteon.submit(ACTION, { idempotencyKey: 'c1' })).toMatchObject({
      action_id: 'c1',
      id_source: 'caller',
      replayed: false,
    })
    expect(await acteon.submit(ACTION, { idempotencyKey: 'c1' })).toMatchObject({ replayed: true })
    expect(await acteon.submit(ACTION, { respondAsync: true })).toMatchObject({ outcome: { type: 'Scheduled' } })
    expect(await acteon.dryRun(ACTION)).toMatchObject({ verdict: 'allow', would_be_provider: 'shown' })
    const batch = await acteon.dispatchBatch([ACTION, { ...ACTION, tenant: '' }, { ...ACTION, provider: 'none' }])
    expect(batch.map((one) => (one instanceof ActeonApiError ? one.code : one.type))).toEqual([
      'Executed',
      'INVALID_ACTION',
      'Failed',
    ])
  })

  it('throws what is no success, with what the server says of it', async () => {
    await acteon.dispatch({ ...ACTION, id: 'c2' })
    const refused = await acteon.dispatch({ ...ACTION, id: 'c2', payload: 1 }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ActeonApiError)
    expect(refused).toMatchObject({ code: 'ID_REUSED', status: 422, retryable: false, body: { action_id: 'c2' } })
    const nobody = createClient({ endpoint: 'http://127.0.0.1:1' })
    await expect(nobody.health()).rejects.toMatchObject({ code: 'CONNECTION_FAILED', status: 0, retryable: true })
  })

  it('reads everything, and gives null for what is not there', async () => {
    await acteon.dispatch({ ...ACTION, id: 'c3' })
    expect(await acteon.actions.get('c3')).toMatchObject({ action_id: 'c3', status: 'settled' })
    expect((await acteon.actions.list({ limit: 1 })).count).toBe(1)
    expect(await acteon.audit.get('c3')).toMatchObject({ outcome: 'executed' })
    expect((await acteon.audit.list({ outcome: 'executed', limit: 2 })).records).toHaveLength(2)
    expect(await acteon.audit.replay('c3')).toMatchObject({ success: true })
    for (const nothing of [
      acteon.actions.get('none'),
      acteon.audit.get('none'),
      acteon.events.get('none'),
      acteon.groups.get('none'),
      acteon.deadLetters.get('none'),
    ])
      expect(await nothing).toBeNull()
    expect(await acteon.events.list()).toMatchObject({ count: 0 })
    expect(await acteon.groups.list()).toMatchObject({ total: 0 })
    expect(await acteon.deadLetters.list()).toMatchObject({ count: 0 })
    expect(await acteon.rules.list()).toEqual([])
    expect(await acteon.providers.deliveries('shown')).toMatchObject({ count: expect.any(Number) as number })
    expect(await acteon.health()).toMatchObject({ ready: true })
    await expect(acteon.deadLetters.redeliver('none')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(acteon.events.transition('none', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('follows what happens', async () => {
    const over = new AbortController()
    const frames: StreamFrame[] = []
    const reading = (async () => {
      for await (const frame of acteon.stream({ outcome: 'executed' }, { signal: over.signal })) {
        frames.push(frame)
        if (frames.length === 2) over.abort()
      }
    })()
    while (frames.length < 2) {
      await acteon.dispatch(ACTION)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await reading
    expect(frames[0]).toMatchObject({ type: 'action_dispatched', namespace: 'shop', action_type: 'send' })
    const history: StreamFrame[] = []
    for await (const frame of acteon.subscribe('action', 'c3')) {
      history.push(frame)
      break
    }
    expect(history).toMatchObject([{ type: 'action_dispatched', action_id: 'c3' }])
  })
})

it('a stream that breaks off goes on where it was, on another server if need be', async () => {
  const small = smallGateway()
  const first = await listen({ gateway: small.gateway })
  const second = await listen({ gateway: small.gateway })
  let at = first
  const over = new AbortController()
  const waited: number[] = []
  const acteon = createClient({
    endpoint: 'http://anywhere',
    fetch: (url, init) => fetch(String(url).replace('http://anywhere', at.url), init),
    wait: (ms) => {
      waited.push(ms)
      return new Promise((resolve) => setTimeout(resolve, 5))
    },
  })
  const seen: unknown[] = []
  let added = 0
  const add = (): unknown => small.log.add({ action_id: added++ })
  const start = small.log.add({}).id
  const reading = (async () => {
    for await (const { action_id } of acteon.stream({}, { lastEventId: start, signal: over.signal })) {
      seen.push(action_id)
      if (seen.length === 30) over.abort()
    }
  })()
  for (let i = 0; i < 10; i++) add()
  while (seen.length < 10) await new Promise((resolve) => setTimeout(resolve, 5))
  at = second
  await first.close()
  for (let i = 0; i < 20; i++) add()
  await reading
  expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i))
  expect(waited[0]).toBe(500)
  await second.close()
})

it('an unknown outcome of a newer server is kept as it is', async () => {
  const { decodeOutcome } = await import('../client/index.js')
  expect(decodeOutcome({ Teleported: { to: 'x' } } as never)).toEqual({
    type: 'Teleported',
    to: 'x',
  } as unknown as Outcome)
  expect(decodeOutcome('Deduplicated', 'a')).toEqual({ type: 'Deduplicated', action_id: 'a' })
  expect(decodeOutcome({ Deduplicated: null })).toEqual({ type: 'Deduplicated' })
})
