import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../lib/clock.js'
import { schedule } from '../conformance/builders.js'
import { DEFAULT_LIMITS, type StateStore } from '../store.js'
import { connect, type Client } from './connect.js'
import { due } from './due.js'
import { createMemo } from './memo.js'
import { openRedisState } from './open.js'
import { resume } from './resume.js'
import { loadScripts } from './scripts.js'
import { serverOf } from './server.js'
import type { Step } from './step.js'
import { newPrefix, redisUrl, removeKeys } from './store.fixture.js'
import { admit, deliver, joined, op } from '../talk.fixture.js'

const PARTITIONS = 8
const TENANTS = Array.from({ length: 12 }, (_, n) => `t${n}`)
let prefix: string
let store: StateStore
let client: Client
beforeEach(async () => {
  prefix = newPrefix()
  store = await openRedisState({ url: redisUrl(), prefix, partitions: PARTITIONS })
  client = (await connect({ url: redisUrl(), onReconnect: () => {} })).client
})
afterEach(async () => {
  client.disconnect()
  await store.close()
  await removeKeys(redisUrl(), prefix)
})

/** A store that does what is asked, and loses every second answer of a script until it is told to stop. */
function forgetful(script: string): { step: Step; lost: () => number; stop: () => void } {
  const { sha } = loadScripts().get(script)!
  let calls = 0
  let lost = 0
  let stopped = false
  const connection = {
    eval: (source: string, keys: number, ...args: string[]) => client.eval(source, keys, ...args),
    async evalsha(hash: string, keys: number, ...args: string[]) {
      const answer: unknown = await client.evalsha(hash, keys, ...args)
      if (hash !== sha || stopped || calls++ % 2 === 1) return answer
      lost++
      throw new Error('Command timed out')
    },
  }
  const step: Step = {
    server: serverOf({ connection, prefix, partitions: PARTITIONS, virtualNow: null }),
    memo: createMemo(systemClock),
    settings: {
      limits: DEFAULT_LIMITS,
      idRetentionMs: 60_000,
      deadLetterRetentionMs: 60_000,
      outboxBound: 1_000,
      recorded: true,
    },
    wake: () => {},
  }
  return { step, lost: () => lost, stop: () => void (stopped = true) }
}

describe('an operation over all partitions, whose answers were lost in some of them', () => {
  it('hands out what it took when it is asked again: jobs that were due', async () => {
    const owner = await joined(store)
    for (const tenant of TENANTS) await admit(store, owner, { id: `of-${tenant}`, tenant, ending: schedule(0) })
    const { step, lost, stop } = forgetful('due')
    const request = { ...op(), owner, limit: 100, machines: {} }
    await expect(due(step, request)).rejects.toMatchObject({ applied: 'unknown' })
    expect(lost()).toBeGreaterThan(0)
    stop()
    const { admissions, ran } = await due(step, request)
    expect(admissions.map(({ key }) => key.tenant).sort()).toEqual([...TENANTS].sort())
    expect(ran).toBe(TENANTS.length)
    expect(await due(step, request)).toEqual(await due(step, request))
  })

  it('hands out what it took when it is asked again: work of a node that left', async () => {
    const [gone, owner] = [await joined(store, 'gone'), await joined(store, 'b')]
    for (const tenant of TENANTS) await deliver(store, gone, { id: `of-${tenant}`, tenant })
    await store.leave({ ...op(), owner: gone })
    const { step, stop } = forgetful('resume')
    const request = { ...op(), owner, limit: 100 }
    await expect(resume(step, request)).rejects.toMatchObject({ applied: 'unknown' })
    stop()
    const taken = await resume(step, request)
    expect(taken.map(({ key }) => key.tenant).sort()).toEqual([...TENANTS].sort())
    expect(taken.every(({ takeovers }) => takeovers === 1)).toBe(true)
  })
})
