import { openMemoryAudit } from '../audit/memory/audit.js'
import { createRedactor } from '../audit/redact.js'
import type { AuditStore } from '../audit/store.js'
import type { BreakerSettings } from '../delivery/circuit-terms.js'
import { createExecutor } from '../delivery/executor.js'
import { createRates } from '../delivery/rates.js'
import { DEFAULT_TERMS, type ExecutorTerms } from '../delivery/terms.js'
import { ALONE_PACE, SHARED_PACE, startScheduler, type Pace } from '../jobs/scheduler.js'
import { systemClock, systemEntropy, type Cancel, type Clock, type Entropy } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { idSource } from '../lib/ids.js'
import { replaceable, type Providers } from '../providers/lookup.js'
import type { Provider } from '../providers/provider.js'
import type { RuleFunction } from '../rules/calls.js'
import type { RuleLanguage } from '../rules/compile.js'
import { evaluateRules } from '../rules/evaluate.js'
import type { MachineTable } from '../state/plan.js'
import { LEASE_MS, type StateStore } from '../state/store.js'
import { NOT_BUILT, VERDICTS } from '../verdicts/registry.js'
import { differenceText, FACETS, watchAgreement, type Agreement } from './agreement.js'
import { createAsk } from './ask.js'
import { runBreakers } from './breakers.js'
import { createBehind } from './behind.js'
import { createCarry } from './carry.js'
import { createDispatch } from './dispatch.js'
import type { Caller, DispatchOptions, Gateway, GatewayHealth, Observer } from './gateway.js'
import { joinCluster } from './lease.js'
import { createLetterMarks } from './letter-marks.js'
import { machinesOf, type StateMachine } from './machines.js'
import { createLoad } from './load.js'
import { createOperations } from './operations.js'
import { createPlanning } from './planning.js'
import { watchForLoss } from './possible-loss.js'
import { asProviders, createReconfigure } from './reconfigure.js'
import { createDrafts } from './records.js'
import { LOOK_EVERY_MS, runRules, type RuleSource } from './rules.js'
import { createShown } from './shown.js'
import { simulation } from './simulate.js'
import { createStory } from './story.js'
import { createSystemRecords } from './system-records.js'
import { createUnadmitted, leaseOrNone } from './unadmitted.js'
import { createWaiters } from './waiters.js'

/** What a gateway is made of. Everything but the state store has a default. */
export interface GatewayOptions {
  state: StateStore | Promise<StateStore>
  /** null: no records are kept. Absent: they are kept in memory, fed from the state store's outbox. */
  audit?: AuditStore | null | undefined
  /** Absent: no rules, every action is delivered. */
  rules?: RuleSource | undefined
  providers?: Iterable<Provider> | Providers | undefined
  /** As `[[state_machines]]` describes them, or compiled. */
  machines?: Iterable<StateMachine> | undefined
  /** Functions that conditions may call, besides those of the rule language. */
  functions?: Readonly<Record<string, RuleFunction>> | undefined
  executor?: Partial<ExecutorTerms> | undefined
  /** When circuits of providers open, and who stands in meanwhile; absent: the defaults hold. */
  circuitBreaker?: BreakerSettings | undefined
  onRuleError?: 'fail' | 'skip' | undefined
  redact?: { enabled?: boolean; fields?: readonly string[]; placeholder?: string } | undefined
  /** false: records have no payload. */
  storePayload?: boolean | undefined
  /** The node's name in records and logs. */
  node?: string | undefined
  /** Whether other gateways use the same state; then jobs of theirs are looked for more often. */
  shared?: boolean | undefined
  /** Digests of what this node has besides rules, from which no secret can be told, so that nodes see whether they differ. */
  digests?: (() => { configuration?: string; access?: string }) | undefined
  /** How often it looks for what is due, milliseconds; a simulation of hours looks less often. */
  pace?: Partial<Pace & { switches: number }> | undefined
  /**
   * Calls `look` when other nodes may have left something to do: a node ended, a rule was switched. Then the gateway looks
   * at once; without hints it looks at its own pace. Returns how to stop.
   */
  hints?: ((look: () => void) => Cancel) | undefined
  observer?: Observer | undefined
  clock?: Clock | undefined
  entropy?: Entropy | undefined
}

/**
 * Starts a gateway: it joins under a lease, resumes what earlier ones left open, and takes actions.
 * @throws ActeonError RULES_INVALID, CONFIG_INVALID; StoreUnavailable when the state store does not answer
 *
 * @example
 * const gateway = await createGateway({
 *   state: memoryState(),
 *   rules: await loadRules('rules/multi_provider.yaml'),
 *   providers: [recordingProvider('email'), recordingProvider('sms')],
 * })
 * const outcome = await gateway.dispatch({ namespace: 'n', tenant: 't', provider: 'email', action_type: 'hello' })
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock = systemClock, entropy = systemEntropy, node = 'acteon', observer = {} } = options
  const state = await options.state
  const audit = options.audit === undefined ? openMemoryAudit({ clock, ttlMs: null }) : options.audit
  const newId = idSource(clock, entropy)
  const providers = replaceable(asProviders(options.providers ?? []))
  let machines = machinesOf(options.machines ?? [])
  const terms: ExecutorTerms = { ...DEFAULT_TERMS, ...options.executor }
  const pace = { ...(options.shared === true ? SHARED_PACE : ALONE_PACE), switches: LOOK_EVERY_MS, ...options.pace }
  const redactor = createRedactor(options.redact ?? {})
  const storePayload = options.storePayload ?? true
  const drafts = createDrafts({ newId, node, durability: state.durability.class, redactor, storePayload })
  const patienceMs = longestDispatchMs(terms)

  const lease = await joinCluster({ state, clock, newId, node, observer })
  /** What could not be started leaves nothing running; a store that is away lets the lease run out by itself. */
  const endLease = (error: unknown): never => {
    lease.leave().catch(() => {})
    throw error
  }
  const ask = createAsk({ clock, entropy, newId, storeNow: lease.storeNow, onSilence: lease.giveUp, observer })
  const languageOf = (known: Providers['known'], tables: ReadonlyMap<string, MachineTable>): RuleLanguage => ({
    verdicts: VERDICTS,
    notBuilt: NOT_BUILT,
    providers: known,
    machines: tables,
    functions: options.functions ?? {},
  })
  const record = createSystemRecords({
    audit,
    node,
    durability: state.durability.class,
    newId,
    storeNow: lease.storeNow,
    observer,
    mask: (text) => redactor.text(text),
  })
  let agreement: Agreement | null = null
  const rules = await runRules({
    source: options.rules ?? { texts: [] },
    language: languageOf(providers.known, machines),
    state,
    ask,
    clock,
    observer,
    record,
    newId,
    lookEveryMs: pace.switches,
    differing: () => agreement?.differing('rules') ?? [],
  }).catch(endLease)
  const breakers = await runBreakers({
    settings: options.circuitBreaker ?? {},
    providers,
    state,
    ask,
    clock,
    storeNow: lease.storeNow,
    node,
    observer,
    record,
    lookEveryMs: pace.switches,
  }).catch(async (error: unknown) => {
    await rules.stop()
    return endLease(error)
  })
  const executor = createExecutor({
    providers,
    terms,
    lease: leaseOrNone(lease),
    circuits: breakers.circuits,
    rates: createRates({
      clock,
      take: (name, per_second, count) =>
        ask('take', 'until-known', (op) => state.take({ ...op, name, per_second, count })),
    }),
    clock,
    entropy,
    mask: (text) => redactor.text(text),
    observe: (attempt) => observer.attempt?.(attempt),
  })
  const waiters = createWaiters({ state, clock })
  const planning = createPlanning({
    rules: rules.current,
    machines: () => machines,
    providers,
    state,
    drafts,
    clock,
    newId,
    observer,
    onRuleError: options.onRuleError ?? 'fail',
  })
  const jobAdded = (dueAt: number | null): void => {
    if (dueAt !== null) scheduler.added(dueAt)
  }
  const carry = createCarry({
    state,
    ask,
    executor,
    drafts,
    waiters,
    observer,
    newId,
    clock,
    now: lease.storeNow,
    planDue: (admission) => dispatch.due(admission),
    jobAdded,
  })
  const dispatch = createDispatch({
    state,
    ask,
    lease,
    planning,
    carry,
    executor,
    waiters,
    drafts,
    observer,
    clock,
    newId,
    patienceMs,
    deliverUnadmitted: createUnadmitted({ executor, audit, drafts, clock, observer }),
    jobAdded,
  })
  const scheduler = startScheduler({
    state,
    audit,
    ask,
    lease,
    clock,
    entropy,
    machines: () => Object.fromEntries(machines),
    start: carry.start,
    running: () => carry.running,
    pace,
    ...(observer.jobs !== undefined && { observe: (event) => observer.jobs?.(event) }),
    ...(observer.log !== undefined && { log: (level, message, fields) => observer.log?.(level, message, fields) }),
  })
  const losses = options.shared === true ? watchForLoss({ state, clock, observer, record }) : null
  agreement =
    options.shared === true
      ? watchAgreement({
          state,
          ask,
          lease,
          clock,
          node,
          digests: () => ({ rules: rules.digest(), ...options.digests?.() }),
          observer,
          lookEveryMs: pace.switches,
        })
      : null
  const unhint = options.hints?.(() => {
    scheduler.look()
    rules.look()
    breakers.look()
    agreement?.look()
  })
  const operations = createOperations({
    state,
    audit,
    ask,
    lease,
    carry,
    dispatch,
    drafts,
    waiters,
    placeholder: redactor.placeholder,
    node,
    newId,
    machines: () => machines,
    patienceMs,
    jobAdded,
  })

  const shown = createShown(redactor)

  let draining = false
  const submit: Gateway['submit'] = async (action, given) => {
    refuseWhen(draining)
    return dispatch.submit(action, given)
  }

  const { reconfigure, settled } = createReconfigure({
    providers,
    rules,
    breakers,
    executor,
    languageOf,
    useMachines: (tables) => (machines = tables),
    observer,
  })

  async function health(): Promise<GatewayHealth> {
    const [store, nodes] = await Promise.all([state.health(), state.nodes().catch(() => [])])
    const status = rules.status()
    const reasons = [
      ...(draining ? ['this node is stopping'] : []),
      ...(store.ok ? [] : [`the state store cannot be used: ${store.reason ?? 'it does not answer'}`]),
      ...(lease.trusted() ? [] : ["this node's lease could not be renewed"]),
      // Whoever chose memory knows that it loses all.
      ...(state.durability.degraded && state.durability.class !== 'memory' ? [state.durability.says] : []),
      ...(status.errors.length === 0 ? [] : ['the rule files have errors; the rules that ran before go on running']),
      ...FACETS.flatMap((facet) => {
        const found = agreement?.differing(facet) ?? []
        return found.length === 0 ? [] : [differenceText(facet, found)]
      }),
    ]
    return {
      status: reasons.length === 0 ? 'ok' : 'degraded',
      ready: !draining && store.ok && lease.trusted(),
      reasons,
      durability: state.durability,
      rules: status,
      node,
      nodes: nodes.map((one) => ({ node: one.node, alive: one.lease_until > lease.storeNow() })),
      configuration: { differing_nodes: agreement?.differing('configuration') ?? [] },
      access: { differing_nodes: agreement?.differing('access') ?? [] },
    }
  }

  async function close({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    if (draining) return
    draining = true
    unhint?.()
    await Promise.all([rules.stop(), executor.stop(graceMs)])
    // What was handed back has no outcome here any more.
    waiters.stop()
    // Asking goes on for up to 30 s when the store is away; what it would have taken is resumed by whoever comes next.
    await within(clock, LEASE_MS, Promise.all([scheduler.stop(), breakers.stop(), losses?.stop(), agreement?.stop()]))
    await carry.idle(LEASE_MS)
    await lease
      .leave()
      .catch((error: unknown) =>
        observer.log?.('warn', 'the lease could not be given back, and runs out by itself', { error: String(error) }),
      )
    await Promise.all([settled(), providers.close()])
  }

  return {
    node,
    state,
    audit,
    get providers() {
      return providers.all
    },
    rules,
    breakers,
    load: createLoad({ providers, executor, terms }),
    shown,
    submit,
    health,
    reconfigure,
    close,
    dispatch: async (action, given) => (await submit(action, given)).outcome,
    async dispatchBatch(actions: unknown[], given?: DispatchOptions) {
      refuseWhen(draining)
      return dispatch.batch(actions, given)
    },
    evaluate: (request, caller?: Caller, set = rules.current()) =>
      evaluateRules(request, {
        rules: set,
        environment: planning.environment({
          caller_id: caller?.id ?? 'anonymous',
          auth_method: caller?.method ?? 'none',
          trace_id: null,
        }),
        askState: planning.askState,
        clock,
        newId,
      }),
    simulate: (set = rules.current()) => simulation({ rules: set, planning, drafts, machines, clock, newId }),
    story: createStory({ state, audit, shown }),
    rulesBehind: createBehind({
      rules: rules.current,
      askState: planning.askState,
      placeholder: redactor.placeholder,
    }),
    letterMarks: createLetterMarks({ audit, providers, now: lease.storeNow }),
    ...operations,
  }
}

function refuseWhen(draining: boolean): void {
  if (draining)
    throw new ActeonError(
      'DRAINING',
      'This node is stopping and takes nothing more; another node will.',
      {},
      { retryAfterMs: 1_000 },
    )
}

/** All attempts, and the waits between them (each at most 5 s, else the retry is parked). */
const longestDispatchMs = ({ max_retries, timeout_seconds }: ExecutorTerms): number =>
  (max_retries + 1) * timeout_seconds * 1_000 + max_retries * 5_000

const within = (clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve)
    promise.then(() => {
      cancel()
      resolve()
    }, reject)
  })
