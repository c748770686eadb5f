import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import type { Outcome } from '../action/outcome.js'
import { emptyTrace, type TraceAttempt } from '../audit/trace.js'
import { providersOf, type Called } from '../providers/lookup.js'
import { DeliveryError, type Provider, type ProviderTerms } from '../providers/provider.js'
import type { Admission } from '../state/store.js'
import { virtualClock } from '../testing/clock.js'
import { failing, recordingProvider, type Answer, type RecordingProvider } from '../testing/providers.js'
import { seededEntropy } from '../testing/random.js'
import { createExecutor, type DeliveryResult, type Executor, type ExecutorParts } from './executor.js'

const START = Date.UTC(2026, 0, 1)
const actionOf = (given: Partial<Action> = {}): Action => ({
  id: 'act-1',
  namespace: 'n',
  tenant: 't',
  provider: 'sms',
  action_type: 'send',
  payload: { to: 'x' },
  metadata: {},
  created_at: new Date(START).toISOString(),
  ...given,
})

interface Setting {
  providers?: Called[]
  executor?: Partial<ExecutorParts>
  /** The highest that a jitter can be. */
  random?: number
}

/** An executor on virtual time, with a lease that holds until the test says otherwise. */
function setting({ providers = [], executor: given = {}, random }: Setting = {}) {
  const clock = virtualClock(START)
  const entropy = seededEntropy(7)
  if (random !== undefined) entropy.random = () => random
  const held = { lost: false, abort: new AbortController(), wait: null as Promise<void> | null }
  const executor = createExecutor({
    providers: providersOf(providers),
    terms: { max_retries: 3, timeout_seconds: 30, max_concurrent: 100 },
    lease: {
      storeNow: () => clock.now(),
      signal: () => held.abort.signal,
      async mayStart() {
        await held.wait
        return !held.lost
      },
    },
    clock,
    entropy,
    ...given,
  })
  for (const { provider } of providers) (provider as Partial<RecordingProvider>).bind?.({ clock, entropy })
  const admissionOf = (action: Action, admission: Partial<Admission>): Admission => ({
    key: { namespace: 'n', tenant: 't', space: 'caller', id: action.id },
    try: 1,
    fence: 1,
    owner: 1,
    dispatched_at: clock.now(),
    plan: {
      action,
      original_provider: action.provider,
      rules_version: 'v',
      verdict: 'allow',
      matched_rule: null,
      matched_rules: [],
      gates: [],
      ending: null,
      delivery: {},
      trace: emptyTrace(),
    },
    origin: { kind: 'dispatch' },
    context: { caller_id: 'c', auth_method: 'none', trace_id: null },
    attempts: [],
    takeovers: 0,
    lane: null,
    gates: [],
    idempotency_key: action.id,
    ...admission,
  })
  const deliver = (action = actionOf(), admission: Partial<Admission> = {}): Promise<DeliveryResult> =>
    executor.deliver(admissionOf(action, admission), action)
  /** Delivers, letting as much time pass as it needs. */
  const through = async (action?: Action, admission?: Partial<Admission>): Promise<DeliveryResult> => {
    let result: DeliveryResult | undefined
    void deliver(action, admission).then((ended) => (result = ended))
    for (let i = 0; i < 100 && result === undefined; i++) {
      const next = clock.nextTimer()
      await clock.advance(next === null ? 0 : next - clock.now())
    }
    if (result === undefined) throw new Error('It did not end.')
    return result
  }
  const planOf = (action: Action, plan: Partial<Admission['plan']>): Partial<Admission> => ({
    plan: { ...admissionOf(action, {}).plan, ...plan },
  })
  return { clock, executor, deliver, through, planOf, held }
}

const sms = (script: Answer[] = [], terms: ProviderTerms = {}): Called & { provider: RecordingProvider } => ({
  provider: recordingProvider('sms', { script }),
  terms,
})
const outcomeOf = (result: DeliveryResult): Outcome => {
  if (result.kind !== 'outcome') throw new Error(`expected an outcome, got ${result.kind}`)
  return result.outcome
}
const attemptsOf = (result: DeliveryResult): TraceAttempt[] => (result.kind === 'lost' ? [] : result.attempts)

describe('a delivery', () => {
  it('is Executed by the provider that was asked for, and Rerouted by another', async () => {
    const called = sms()
    const { through, planOf } = setting({ providers: [called] })
    expect(outcomeOf(await through())).toMatchObject({ type: 'Executed', status: 'success', body: { recorded: true } })
    const action = actionOf()
    expect(outcomeOf(await through(action, planOf(action, { original_provider: 'email' })))).toMatchObject({
      type: 'Rerouted',
      original_provider: 'email',
      new_provider: 'sms',
      response: { status: 'success' },
    })
    expect(called.provider.calls[0]).toMatchObject({ context: { attempt: 1, idempotency_key: 'act-1' }, at: START })
  })

  it('keeps a partial success as it is', async () => {
    const partial: Answer = { status: 'partial', body: { sent: 1 }, headers: {} }
    const { through } = setting({ providers: [sms([partial])] })
    expect(outcomeOf(await through())).toEqual({ type: 'Executed', ...partial })
  })

  it('is tried again after a failure that may pass, with the same key and body, and records each attempt', async () => {
    const called = sms(['execution', 'ambiguous', 'connection'])
    const { through } = setting({ providers: [called], random: 0.999999 })
    const result = await through()
    expect(outcomeOf(result)).toMatchObject({ type: 'Executed' })
    expect(attemptsOf(result).map(({ attempt, result, backoff_ms }) => [attempt, result, backoff_ms])).toEqual([
      [1, 'retryable', 500],
      [2, 'ambiguous', 1_000],
      [3, 'retryable', 2_000],
      [4, 'success', undefined],
    ])
    expect(called.provider.calls.map(({ at }) => at - START)).toEqual([0, 500, 1_500, 3_500])
    const keys = new Set(
      called.provider.calls.map(({ context, action }) => JSON.stringify([context.idempotency_key, action])),
    )
    expect(keys.size).toBe(1)
  })

  it('waits with full jitter: anything from nothing to the ceiling', async () => {
    const called = sms(['execution', 'execution', 'execution'])
    const { through } = setting({ providers: [called], random: 0 })
    await through()
    expect(called.provider.calls.map(({ at }) => at - START)).toEqual([0, 0, 0, 0])
  })

  it('fails after its attempts, retryable and as a dead letter', async () => {
    const called: Called = { provider: failing.always('execution').named('sms'), terms: { max_retries: 1 } }
    const { through } = setting({ providers: [called] })
    expect(await through()).toMatchObject({
      kind: 'outcome',
      outcome: { type: 'Failed', code: 'PROVIDER_ERROR', retryable: true, attempts: 2 },
      dead_letter: { code: 'PROVIDER_ERROR', error: expect.stringContaining('in 2 attempts') as string },
    })
  })

  it.each([
    ['rejected', 'PROVIDER_REJECTED'],
    ['configuration', 'PROVIDER_CONFIGURATION'],
  ] as const)('is not tried again when it was %s', async (mode, code) => {
    const called = sms([mode])
    const { through } = setting({ providers: [called] })
    expect(outcomeOf(await through())).toMatchObject({ type: 'Failed', code, retryable: false, attempts: 1 })
    expect(called.provider.calls).toHaveLength(1)
  })

  it.each([
    ['final', 'PROVIDER_REJECTED', false],
    ['retryable', 'PROVIDER_ERROR', true],
  ] as const)('gives a %s failure with a word of its own the code %s', async (failure, code, retryable) => {
    const error = new DeliveryError('no', { failure, code: 'E_STRANGE' })
    const { through } = setting({ providers: [sms([error], { max_retries: 0 })] })
    expect(outcomeOf(await through())).toMatchObject({ type: 'Failed', code, retryable })
  })

  it('takes what is no DeliveryError for ambiguous, and tries again', async () => {
    let calls = 0
    const provider: Provider = {
      name: 'sms',
      type: 'test',
      deliver: () => {
        if (calls++ === 0) throw new TypeError('a bug')
        return Promise.resolve({ status: 'success', body: null, headers: {} })
      },
    }
    const result = await setting({ providers: [{ provider, terms: {} }] }).through()
    expect(outcomeOf(result)).toMatchObject({ type: 'Executed' })
    expect(attemptsOf(result)[0]).toMatchObject({ result: 'ambiguous', code: 'PROVIDER_ERROR' })
    expect(attemptsOf(result)[0]!.error).toContain('a bug')
  })

  it('says that there is no such provider, and which was probably meant', async () => {
    const { through } = setting({ providers: [sms()] })
    expect(outcomeOf(await through(actionOf({ provider: 'smss' })))).toMatchObject({
      type: 'Failed',
      code: 'PROVIDER_NOT_FOUND',
      retryable: false,
      attempts: 0,
      suggestion: 'sms',
    })
  })

  it('records masked excerpts of at most 512 characters', async () => {
    const error = new DeliveryError('no, hunter2', {
      failure: 'final',
      code: 'PROVIDER_REJECTED',
      status: 400,
      excerpt: `hunter2 ${'x'.repeat(2_000)}`,
    })
    const observed: unknown[] = []
    const { through } = setting({
      providers: [sms([error])],
      executor: { mask: (text) => text.replaceAll('hunter2', '***'), observe: (attempt) => observed.push(attempt) },
    })
    const result = await through()
    const [attempt] = attemptsOf(result)
    expect(attempt!.excerpt).toHaveLength(512)
    expect(attempt).toMatchObject({ status: 400, provider: 'sms', at: new Date(START).toISOString() })
    expect(JSON.stringify(result)).not.toContain('hunter2')
    expect(observed).toEqual([
      { provider: 'sms', result: 'final', duration_ms: 0, action_id: 'act-1', error: 'no, ***' },
    ])
  })

  it('passes on a trace that is one, and leaves out what is none', async () => {
    const called = sms()
    const { through } = setting({ providers: [called] })
    const context = { caller_id: 'c', auth_method: 'none', trace_id: null }
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await through(actionOf(), {
      context: { ...context, trace_context: { traceparent, tracestate: 'a=b', other: 'c' } },
    })
    await through(actionOf(), { context: { ...context, trace_context: { traceparent: 'x\r\ny: z' } } })
    const [first, second] = called.provider.calls
    expect(first!.context.trace_headers).toEqual({ traceparent, tracestate: 'a=b' })
    expect(second!.context.trace_headers).toEqual({})
  })
})

describe('time', () => {
  it('ends an attempt that takes too long, and tries again', async () => {
    const called = sms(['timeout'], { timeout_seconds: 2 })
    const { through } = setting({ providers: [called], random: 0 })
    const result = await through()
    expect(attemptsOf(result)).toMatchObject([
      { result: 'ambiguous', code: 'TIMEOUT', duration_ms: 2_000 },
      { result: 'success' },
    ])
    expect(called.provider.calls[1]!.at - START).toBe(2_000)
  })

  it('does not wait for a provider that does not listen', async () => {
    const provider: Provider = { name: 'sms', type: 'test', deliver: () => new Promise(() => {}) }
    const { through, clock } = setting({ providers: [{ provider, terms: { timeout_seconds: 1, max_retries: 0 } }] })
    expect(outcomeOf(await through())).toMatchObject({ code: 'TIMEOUT', retryable: true, attempts: 1 })
    expect(clock.now() - START).toBe(1_100)
  })

  it('honours Retry-After, never less than its own backoff', async () => {
    const rate = (retryAfterMs: number): DeliveryError =>
      new DeliveryError('slow down', { failure: 'retryable', code: 'RATE_LIMITED', status: 429, retryAfterMs })
    const called = sms([rate(3_000), rate(0)])
    await setting({ providers: [called], random: 0.5 }).through()
    expect(called.provider.calls.map(({ at }) => at - START)).toEqual([0, 3_000, 3_500])
  })

  it('parks what waits longer than 5 s, for at most 5 minutes, and goes on counting when it is back', async () => {
    const patient = (retryAfterMs: number): DeliveryError =>
      new DeliveryError('later', { failure: 'retryable', code: 'RATE_LIMITED', retryAfterMs })
    const called = sms([patient(5_000), patient(5_001), patient(86_400_000), 'execution'])
    const { through } = setting({ providers: [called] })
    const parked = await through()
    expect(parked).toMatchObject({ kind: 'park', delay_ms: 5_001 })
    const again = await through(actionOf(), { attempts: attemptsOf(parked) })
    expect(again).toMatchObject({ kind: 'park', delay_ms: 300_000 })
    expect(outcomeOf(await through(actionOf(), { attempts: attemptsOf(again) }))).toMatchObject({
      type: 'Failed',
      attempts: 4,
    })
    expect(called.provider.calls.map(({ context }) => context.attempt)).toEqual([1, 2, 3, 4])
  })

  it('begins no attempt after its usefulness, and does not wait for one', async () => {
    const called = sms(['execution', 'execution', 'execution'], { deliver_within_seconds: 1 })
    const { through, clock } = setting({ providers: [called], random: 0.999999 })
    const result = await through()
    expect(outcomeOf(result)).toMatchObject({ type: 'Failed', code: 'EXPIRED', retryable: false, attempts: 2 })
    expect(clock.now() - START).toBe(500)

    const late = actionOf({ ends_at: new Date(START + 400).toISOString() })
    expect(outcomeOf(await through(late))).toMatchObject({ code: 'EXPIRED', attempts: 0 })
  })

  it("lets a rule's time count as well as the provider's", async () => {
    const { through, planOf } = setting({ providers: [sms([], { deliver_within_seconds: 60 })] })
    const action = actionOf()
    const admission = { ...planOf(action, { delivery: { deliver_within_ms: 1_000 } }), dispatched_at: START - 1_001 }
    expect(outcomeOf(await through(action, admission))).toMatchObject({ code: 'EXPIRED' })
  })
})

describe('at most once', () => {
  it.each(['execution', 'timeout', 'ambiguous'] as const)('leaves %s to a person', async (mode) => {
    const called = sms([mode], { delivery: 'at_most_once' })
    expect(await setting({ providers: [called] }).through()).toMatchObject({
      outcome: { type: 'Failed', code: 'OUTCOME_UNKNOWN', retryable: false, attempts: 1 },
      dead_letter: { code: 'OUTCOME_UNKNOWN' },
    })
    expect(called.provider.calls).toHaveLength(1)
  })

  it.each(['connection', 'rate_limited'] as const)('goes on after %s, which did nothing', async (mode) => {
    const { through } = setting({ providers: [sms([mode], { delivery: 'at_most_once' })] })
    expect(outcomeOf(await through())).toMatchObject({ type: 'Executed' })
  })

  it('never calls again for what was taken over', async () => {
    const called = sms([], { delivery: 'at_most_once' })
    const { through } = setting({ providers: [called] })
    expect(outcomeOf(await through(actionOf(), { takeovers: 1 }))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(called.provider.calls).toHaveLength(0)
  })

  it('is what a rule says, whatever the provider says', async () => {
    const called = sms(['ambiguous'])
    const { through, planOf } = setting({ providers: [called] })
    const action = actionOf()
    expect(outcomeOf(await through(action, planOf(action, { delivery: { mode: 'at_most_once' } })))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    })
  })
})

describe('the lease', () => {
  it('lets no attempt start while it is not trusted', async () => {
    const called = sms()
    const { deliver, clock, held } = setting({ providers: [called] })
    let trust = (): void => {}
    held.wait = new Promise((resolve) => (trust = resolve))
    const delivering = deliver()
    await clock.advance(10_000)
    expect(called.provider.calls).toHaveLength(0)
    trust()
    expect(outcomeOf(await delivering)).toMatchObject({ type: 'Executed' })
  })

  it('drops what it lost, before an attempt and in the middle of one', async () => {
    const called = sms(['timeout'])
    const { deliver, clock, held } = setting({ providers: [called] })
    const delivering = deliver()
    await clock.advance(14_000)
    held.lost = true
    held.abort.abort(new Error('lost'))
    expect(await delivering).toEqual({ kind: 'lost' })
    expect(await deliver()).toEqual({ kind: 'lost' })
    expect(called.provider.calls).toHaveLength(1)
  })

  it('tries again when a cut attempt is still its own', async () => {
    const called = sms(['timeout'])
    const { deliver, clock, held } = setting({ providers: [called] })
    const delivering = deliver()
    await clock.advance(14_000)
    const cut = held.abort
    held.abort = new AbortController()
    cut.abort(new Error('not renewed in time'))
    await clock.advance(1_000)
    const result = await delivering
    expect(outcomeOf(result)).toMatchObject({ type: 'Executed' })
    expect(attemptsOf(result)[0]).toMatchObject({ result: 'ambiguous' })
  })

  it('knows that a cut attempt at most once may have happened', async () => {
    const { deliver, clock, held } = setting({ providers: [sms(['timeout'], { delivery: 'at_most_once' })] })
    const delivering = deliver()
    await clock.advance(14_000)
    held.abort.abort(new Error('lost'))
    expect(outcomeOf(await delivering)).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })
})

describe('places', () => {
  const slow = (terms: ProviderTerms): Called & { provider: RecordingProvider } => ({
    provider: recordingProvider('sms', { delayMs: 1_000 }),
    terms,
  })
  const many = (executor: ReturnType<typeof setting>, count: number, given: Partial<Action> = {}): void => {
    for (let i = 0; i < count; i++) void executor.deliver(actionOf({ id: `${given.tenant ?? 't'}-${i}`, ...given }))
  }

  it('runs at most max_concurrent attempts of a provider, tenants in turn', async () => {
    const called = slow({ max_concurrent: 2 })
    const parts = setting({ providers: [called] })
    many(parts, 6, { tenant: 'noisy' })
    many(parts, 2, { tenant: 'quiet' })
    await parts.clock.advance(0)
    expect(parts.executor.load()).toEqual([{ provider: 'sms', running: 2, waiting: 6 }])
    await parts.clock.advance(4_000)
    const order = called.provider.calls.map(({ action, at }) => [action.tenant, at - START])
    expect(order).toEqual([
      ['noisy', 0],
      ['noisy', 0],
      ['noisy', 1_000],
      ['quiet', 1_000],
      ['noisy', 2_000],
      ['quiet', 2_000],
      ['noisy', 3_000],
      ['noisy', 3_000],
    ])
  })

  it('is busy when its queue is full, and again free', async () => {
    const parts = setting({ providers: [slow({ max_concurrent: 1, max_queue: 2 })] })
    many(parts, 2)
    await parts.clock.advance(0)
    expect(parts.executor.busy('sms')).toBe(false)
    many(parts, 1)
    await parts.clock.advance(0)
    expect(parts.executor.busy('sms')).toBe(true)
    expect(parts.executor.busy('other')).toBe(false)
    await parts.clock.advance(1_000)
    expect(parts.executor.busy('sms')).toBe(false)
  })

  it('holds no place while it waits for the next attempt, which counts as queued', async () => {
    const called: Called = { provider: failing.firstN(3).named('sms'), terms: { max_concurrent: 1, max_queue: 3 } }
    const parts = setting({ providers: [called], random: 0.999999 })
    many(parts, 4)
    await parts.clock.advance(0)
    const { calls } = called.provider as RecordingProvider
    expect(calls).toHaveLength(4)
    expect(parts.executor.load()).toEqual([{ provider: 'sms', running: 0, waiting: 3 }])
    expect(parts.executor.busy('sms')).toBe(true)
  })

  it('is not delayed by another provider that hangs', async () => {
    const hangs: Called = { provider: failing.always('timeout').named('hangs'), terms: {} }
    const called = sms()
    const parts = setting({ providers: [hangs, called] })
    many(parts, 500, { provider: 'hangs' })
    await parts.clock.advance(0)
    expect(outcomeOf(await parts.deliver())).toMatchObject({ type: 'Executed' })
  })
})

describe('a stop', () => {
  const stopOf = (executor: Executor, graceMs: number): { ended: boolean } => {
    const stop = { ended: false }
    void executor.stop(graceMs).then(() => (stop.ended = true))
    return stop
  }

  it('lets what is under way come to its end', async () => {
    const called: Called = { provider: recordingProvider('sms', { delayMs: 900 }), terms: { max_concurrent: 1 } }
    const { executor, deliver, clock } = setting({ providers: [called] })
    const [first, second] = [deliver(), deliver(actionOf({ id: 'act-2' }))]
    const stop = stopOf(executor, 5_000)
    await clock.advance(1_900)
    expect(stop.ended).toBe(true)
    expect(outcomeOf(await first)).toMatchObject({ type: 'Executed' })
    expect(outcomeOf(await second)).toMatchObject({ type: 'Executed' })
    expect(await deliver()).toEqual({ kind: 'lost' })
  })

  it('hands back what has no outcome in time: running, waiting, in backoff, and without a lease', async () => {
    const hangs: Called = { provider: failing.always('timeout').named('hangs'), terms: { max_concurrent: 1 } }
    const fails: Called = { provider: failing.always('execution').named('fails'), terms: {} }
    const { executor, deliver, clock, held } = setting({ providers: [hangs, fails], random: 0.999999 })
    const results = [
      deliver(actionOf({ provider: 'hangs' })),
      deliver(actionOf({ provider: 'hangs', id: 'act-2' })),
      deliver(actionOf({ provider: 'fails', id: 'act-3' })),
    ]
    await clock.advance(0)
    held.wait = new Promise(() => {})
    results.push(deliver(actionOf({ provider: 'fails', id: 'act-4' })))
    const stop = stopOf(executor, 100)
    await clock.advance(100)
    expect(stop.ended).toBe(true)
    expect(await Promise.all(results)).toEqual(Array(4).fill({ kind: 'lost' }))
  })

  it('stores what is at most once as not begun, unless it may have happened', async () => {
    const once: Called = {
      provider: failing.always('timeout').named('sms'),
      terms: { max_concurrent: 1, delivery: 'at_most_once' },
    }
    const { executor, deliver, clock } = setting({ providers: [once] })
    const [running, waiting] = [deliver(), deliver(actionOf({ id: 'act-2' }))]
    stopOf(executor, 100)
    await clock.advance(200)
    expect(outcomeOf(await running)).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(await waiting).toMatchObject({ kind: 'park', delay_ms: 0 })
  })
})
