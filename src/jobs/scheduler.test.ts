import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../audit/record.js'
import { StoreUnavailable, type Admission, type DueWork } from '../state/store.js'
import { virtualClock } from '../testing/clock.js'
import { seededEntropy } from '../testing/random.js'
import { ALONE_PACE, SHARED_PACE, startScheduler, type Pace, type SchedulerParts } from './scheduler.js'

const START = 1_000_000

/** A store of nothing but due times, an outbox and things to sweep, on virtual time. */
function setting({ pace = ALONE_PACE, ...given }: Partial<SchedulerParts> & { pace?: Pace } = {}) {
  const clock = virtualClock(START)
  const jobs: number[] = []
  const abandoned: string[] = []
  const outbox: { position: string; entry: AuditEntry }[] = []
  const records: AuditEntry[] = []
  const world = { aheadMs: 0, away: false, trusted: true, expired: 0, expiredRecords: 0 }
  const asked = { due: [] as number[], resume: 0, sweep: 0 }
  const started: { id: string; at: number }[] = []
  const observed: { ran: number; lagMs: number }[] = []
  const logged: string[] = []
  const admission = (id: string): Admission => ({ key: { id } }) as Admission
  const answer = async <T>(value: () => T): Promise<T> => {
    await Promise.resolve()
    if (world.away) throw new StoreUnavailable('away', 'unknown')
    return value()
  }
  const scheduler = startScheduler({
    state: {
      due: ({ limit, owner }) =>
        answer((): DueWork => {
          expect(owner).toBe(7)
          asked.due.push(clock.now())
          const now = clock.now()
          jobs.sort((a, b) => a - b)
          const ran = jobs.splice(0, Math.min(limit, jobs.filter((due) => due <= now).length))
          return {
            admissions: ran.map((due) => admission(`due:${due}`)),
            ran: ran.length,
            next_due: jobs[0] ?? null,
            lag_ms: Math.max(0, ...ran.map((due) => now - due)),
          }
        }),
      resume: ({ limit }) =>
        answer(() => {
          asked.resume++
          return abandoned.splice(0, limit).map(admission)
        }),
      outbox: ({ limit }) => answer(() => outbox.slice(0, limit)),
      acknowledge: ({ positions }) =>
        answer(() => {
          const done = new Set(positions)
          outbox.splice(0, outbox.length, ...outbox.filter(({ position }) => !done.has(position)))
        }),
      sweep: ({ limit }) =>
        answer(() => {
          asked.sweep++
          const removed = Math.min(limit, world.expired)
          world.expired -= removed
          return removed
        }),
    },
    audit: {
      append: (entries) => answer(() => void records.push(...entries)),
      sweep: (_now, limit) =>
        answer(() => {
          const removed = Math.min(limit, world.expiredRecords)
          world.expiredRecords -= removed
          return removed
        }),
    },
    ask: (_operation, _persist, send) => send({ token: 't', deadline: Infinity }),
    lease: { owner: () => 7, trusted: () => world.trusted, storeNow: () => clock.now() + world.aheadMs },
    clock,
    entropy: seededEntropy(3),
    machines: () => ({}),
    start: (admissions) => started.push(...admissions.map(({ key }) => ({ id: key.id, at: clock.now() }))),
    running: () => 0,
    observe: (event) => observed.push(event),
    log: (level, message) => logged.push(`${level}: ${message}`),
    pace,
    ...given,
  })
  return { clock, jobs, abandoned, outbox, records, world, asked, started, observed, logged, scheduler }
}

describe('the scheduler', () => {
  it('runs a job exactly when it is due, in due order', async () => {
    const { clock, jobs, started, scheduler } = setting()
    jobs.push(START + 90_000, START + 333, START + 90_001)
    await clock.advance(100_000)
    expect(started).toEqual([
      { id: `due:${START + 333}`, at: START + 333 },
      { id: `due:${START + 90_000}`, at: START + 90_000 },
      { id: `due:${START + 90_001}`, at: START + 90_001 },
    ])
    await scheduler.stop()
  })

  it('looks for a job that was added when it is due, and not before', async () => {
    const never: Pace = { ...ALONE_PACE, idle: 3_600_000 }
    const { clock, jobs, asked, started, scheduler } = setting({ pace: never })
    await clock.advance(1_000)
    jobs.push(clock.now() + 42)
    const looks = asked.due.length
    scheduler.added(clock.now() + 7_200_000)
    scheduler.added(clock.now() + 42)
    scheduler.added(clock.now() + 1_000)
    await clock.advance(41)
    expect(asked.due).toHaveLength(looks)
    await clock.advance(59)
    expect(started).toEqual([{ id: `due:${START + 1_042}`, at: START + 1_042 }])
  })

  it('finds what other nodes added within a quarter of a second, and not always at the same beat', async () => {
    const { clock, jobs, started, asked } = setting({ pace: SHARED_PACE })
    await clock.advance(60_000)
    jobs.push(clock.now())
    await clock.advance(250)
    expect(started).toHaveLength(1)
    const pauses = asked.due.map((at, i) => at - (asked.due[i - 1] ?? START))
    expect(new Set(pauses.slice(1)).size).toBeGreaterThan(10)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(250)
    // About four times a second, not more.
    expect(asked.due.length).toBeLessThan(60 * 5 + 10)
  })

  it('neither runs early nor asks without a pause when its notion of the clock is ahead of the store', async () => {
    const { clock, jobs, started, asked, world } = setting()
    world.aheadMs = 400
    jobs.push(START + 1_000)
    await clock.advance(2_000)
    expect(started).toHaveLength(1)
    expect(started[0]!.at).toBeGreaterThanOrEqual(START + 1_000)
    expect(started[0]!.at).toBeLessThan(START + 1_050)
    expect(asked.due.length).toBeLessThan(40)
  })

  it('does not stop between full batches, and says how late it was', async () => {
    const { clock, jobs, started, observed } = setting()
    for (let i = 0; i < 1_050; i++) jobs.push(START - 5_000 + i)
    await clock.advance(5)
    expect(started).toHaveLength(1_050)
    expect(started.map(({ id }) => id)).toEqual([...started].map(({ id }) => id).sort())
    expect(observed[0]).toEqual({ ran: 200, lagMs: 5_000 })
  })

  it('takes no more while too much of its own is under way', async () => {
    let running = 5_000
    const { clock, jobs, started } = setting({ running: () => running })
    jobs.push(START)
    await clock.advance(2_000)
    expect(started).toHaveLength(0)
    running = 10
    await clock.advance(200)
    expect(started).toHaveLength(1)
  })

  it('takes nothing under a lease that it does not trust', async () => {
    const { clock, jobs, abandoned, world, started } = setting()
    world.trusted = false
    jobs.push(START)
    abandoned.push('a')
    await clock.advance(5_000)
    expect(started).toHaveLength(0)
    world.trusted = true
    await clock.advance(500)
    expect(started.map(({ id }) => id).sort()).toEqual(['a', `due:${START}`])
  })

  it('survives a store that is away: asks less and less often, and catches up', async () => {
    const { clock, jobs, world, started, logged, asked } = setting()
    jobs.push(START + 1_000)
    world.away = true
    await clock.advance(60_000)
    expect(started).toHaveLength(0)
    const warnings = logged.filter((line) => line.includes('what is due'))
    expect(warnings.length).toBeGreaterThan(5)
    expect(warnings.length).toBeLessThan(20)
    expect(warnings[0]).toBe('warn: jobs: what is due could not be done, and is tried again')
    world.away = false
    await clock.advance(5_000)
    expect(started).toHaveLength(1)
    expect(asked.resume).toBeGreaterThan(0)
  })

  it('tells of a fault and goes on', async () => {
    let calls = 0
    const { clock, logged, jobs, started } = setting({
      machines: () => {
        if (calls++ === 0) throw new TypeError('a bug')
        return {}
      },
    })
    jobs.push(START)
    await clock.advance(1_000)
    expect(logged).toContain('error: jobs: what is due could not be done, and is tried again')
    expect(started).toHaveLength(1)
  })

  it('resumes what was abandoned at once, and what is abandoned later within a second', async () => {
    const { clock, abandoned, started } = setting()
    for (let i = 0; i < 70; i++) abandoned.push(`a${i}`)
    await clock.advance(1)
    expect(started).toHaveLength(70)
    abandoned.push('later')
    await clock.advance(1_000)
    expect(started.at(-1)!.id).toBe('later')
  })

  it('carries the outbox to the audit store, and again when it could not be acknowledged', async () => {
    const { clock, outbox, records, world } = setting()
    for (let i = 0; i < 1_200; i++) outbox.push({ position: String(i), entry: { draft: { id: i } } as never })
    await clock.advance(10)
    expect(records).toHaveLength(1_200)
    expect(outbox).toHaveLength(0)
    world.away = true
    outbox.push({ position: 'x', entry: {} as never })
    await clock.advance(10_000)
    expect(outbox).toHaveLength(1)
    world.away = false
    await clock.advance(5_000)
    expect(outbox).toHaveLength(0)
    expect(records).toHaveLength(1_201)
  })

  it('clears the outbox when no records are kept', async () => {
    const { clock, outbox } = setting({ audit: null })
    outbox.push({ position: '1', entry: {} as never })
    await clock.advance(1_000)
    expect(outbox).toHaveLength(0)
  })

  it('sweeps in small steps, with a breath between them', async () => {
    const { clock, world, asked } = setting()
    world.expired = 1_000
    world.expiredRecords = 300
    await clock.advance(50)
    expect(asked.sweep).toBeLessThanOrEqual(3)
    expect(world.expired).toBeGreaterThan(0)
    await clock.advance(1_000)
    expect([world.expired, world.expiredRecords]).toEqual([0, 0])
    const before = asked.sweep
    await clock.advance(4_000)
    expect(asked.sweep - before).toBeLessThanOrEqual(1)
  })

  it('does nothing more once it is stopped', async () => {
    const { clock, jobs, asked, scheduler } = setting()
    await clock.advance(1_000)
    await scheduler.stop()
    const before = asked.due.length
    jobs.push(clock.now())
    scheduler.added(clock.now())
    await clock.advance(60_000)
    expect(asked.due.length).toBe(before)
    expect(clock.nextTimer()).toBeNull()
  })
})
