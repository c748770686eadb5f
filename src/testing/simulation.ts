import type { Outcome } from '../action/outcome.js'
import type { AuditRecord } from '../audit/record.js'
import type { AuditFilter, AuditStore } from '../audit/store.js'
import type { DispatchOptions, Gateway } from '../gateway/gateway.js'
import { formatDuration, parseDuration } from '../lib/durations.js'
import type { Clock } from '../lib/clock.js'
import type { ActeonError } from '../lib/errors.js'
import type { ProviderTerms } from '../providers/provider.js'
import type { RuleText } from '../rules/compile.js'
import type { EventView, GroupView, Limits, StateStore } from '../state/store.js'
import { virtualClock, type VirtualClock } from './clock.js'
import { createDrive } from './drive.js'
import type { Ambush, StateFaults } from './faults.js'
import { startNode, type Node, type SimulatedNode, type World } from './node.js'
import { recordingProvider, type RecordingProvider } from './providers.js'
import { seededEntropy } from './random.js'
import { allPages, followFrames, openStores, type Stores } from './stores.js'
import { createTimeline } from './timeline.js'

/** What a simulation is made of. */
export interface SimulationOptions extends Omit<World['gateway'], 'rules'> {
  /** What `loadRules` gives, or the text of one YAML file. */
  rules?: { texts: readonly RuleText[] } | string | undefined
  /** How many gateways share the state; default 1. */
  nodes?: number
  /**
   * `memory` (default); `embedded`, in `path` or a directory of its own that is removed at the end; or a store of any
   * other backend, which is told the time, with an audit: those that there are, or a function that opens them on the
   * simulation's clock and is asked to close them at its end. There the same holds, but not the same interleaving.
   */
  state?: 'memory' | 'embedded' | { store: StateStore; audit: AuditStore } | OpenStores
  path?: string
  /** Caps per tenant, for `memory` and `embedded`. */
  limits?: Partial<Limits>
  /** Where all chance comes from: the same seed gives the same run. Default 1. */
  seed?: number
  /** When it begins; default 2026-01-01T00:00:00Z. */
  start?: string
  /** By name: `recording`, or what `recordingProvider` or `failing` makes. `"*"` stands for every other name. */
  providers: Readonly<Record<string, 'recording' | RecordingProvider>>
  /** Terms of delivery of single providers, by name. */
  terms?: Readonly<Record<string, ProviderTerms>>
}

/** Opens what a simulation stands on. */
export type OpenStores = (clock: Clock) => Promise<{ store: StateStore; audit: AuditStore; close: () => Promise<void> }>

/** A time span: milliseconds, or a text such as `"500ms"`, `"20s"`, `"+2s"`, `"1h30m"`. */
export type Span = string | number

/** Several gateways on virtual time, with faults; deterministic from its seed. */
export interface Simulation {
  readonly clock: VirtualClock
  /** The store itself, beyond the reach of faults. */
  readonly state: StateStore
  readonly audit: AuditStore
  /** Through any node that runs and reaches the state. Time passes until the outcome is there. */
  dispatch(action: unknown, options?: DispatchOptions): Promise<Outcome>
  /** Admitted in order, delivered in parallel; in the order that was given, what was refused as its error. */
  dispatchBatch(actions: unknown[], options?: DispatchOptions): Promise<(Outcome | ActeonError)[]>
  dryRun(action: unknown): Promise<Outcome>
  /** Any node that can take a dispatch, each time another; for all else that a gateway does. */
  readonly gateway: Gateway
  node(index: number): SimulatedNode
  /** Lets time pass: what is due happens, in order. */
  advance(span: Span): Promise<void>
  /** Lets what is under way come to rest without letting time pass. */
  settle(): Promise<void>
  /** Lets time pass until the promise is settled, at most an hour of it. */
  during<T>(promise: Promise<T>): Promise<T>
  /** The node ends in the middle of whatever it does; with `at`, around its next operation of that name. */
  kill(index: number, at?: Ambush): void
  /** The node ends in peace: it finishes what it has in hand within `grace` (default 0), and hands back the rest. */
  stop(index: number, grace?: Span): Promise<void>
  /** A new process takes the node's place; the old one is killed if it runs. */
  restart(index: number): Promise<void>
  /** The node stands still (SIGSTOP), and goes on afterwards without noticing. */
  pause(index: number, span: Span): void
  /** The node loses the state store, until `heal`. */
  partition(index: number): void
  /** The node reaches the state store again; a `kill` that still waits for its operation is called off. */
  heal(index: number): void
  /** The node's wall clock is off by this much. */
  skewClock(index: number, span: Span): void
  /** State operations of all nodes fail; null ends it. */
  failState(faults: StateFaults | null): void
  /** @throws Error when there is none of that name */
  provider(name: string): RecordingProvider
  /** All records that match, oldest first. */
  records(filter?: AuditFilter): Promise<AuditRecord[]>
  events(): Promise<EventView[]>
  groups(): Promise<GroupView[]>
  /** What happened, a line each: when, who, what. */
  timeline(): string
  /** The same as a page. */
  timelineHtml(): string
  /** Ends the nodes, and the store if it is the simulation's own. */
  close(): Promise<void>
}

/** Starts the nodes. @throws ActeonError RULES_INVALID, CONFIG_INVALID */
export async function createSimulation(options: SimulationOptions): Promise<Simulation> {
  const { nodes: count = 1, seed = 1, start = '2026-01-01T00:00:00Z' } = options
  const clock = virtualClock(Date.parse(start))
  const entropy = seededEntropy(seed)
  const timeline = createTimeline(() => clock.monotonic())
  const stores = await storesFor(options, clock)
  const { state, audit } = stores
  const providers = providersFor(options, { clock, entropy })
  let stateFaults: StateFaults | null = null
  let underWay = 0
  let closed = false
  const drive = createDrive(clock, () => underWay > 0)
  const nodes: Node[] = []
  const world: World = {
    clock,
    entropy,
    drive,
    timeline,
    state,
    audit,
    providers,
    terms: options.terms ?? {},
    stateFaults: () => stateFaults,
    busy: (change) => (underWay += change),
    hintAll() {
      for (const node of nodes) if (node.alive) node.look()
    },
    gateway: {
      rules: rulesOf(options.rules),
      machines: options.machines,
      functions: options.functions,
      executor: options.executor,
      circuitBreaker: options.circuitBreaker,
      redact: options.redact,
      storePayload: options.storePayload,
      onRuleError: options.onRuleError,
    },
  }
  const stopFrames = followFrames(state, timeline.noteFrame)
  for (let index = 0; index < count; index++) nodes.push(await startNode(world, index))

  const nodeAt = (index: number): Node => {
    const node = nodes[index]
    if (node === undefined) throw new Error(`The simulation has no node ${index}; it has 0 to ${nodes.length - 1}.`)
    return node
  }
  const anyNode = (): Node => {
    const able = nodes.filter(
      ({ alive, faults }) => alive && !faults.partitioned && faults.pausedUntil <= clock.monotonic(),
    )
    const node = able[Math.floor(entropy.random() * able.length)]
    if (node === undefined) throw new Error('No node of the simulation can take anything now: restart or heal one.')
    return node
  }
  const change = (index: number, text: string, faults: Partial<Node['faults']>): void => {
    const node = nodeAt(index)
    Object.assign(node.faults, faults)
    timeline.note('fault', `${node.name} ${text}`)
    world.hintAll()
  }

  return {
    clock,
    state,
    audit,
    settle: drive.settle,
    during: drive.during,
    advance: (span) => drive.advance(inMs(span)),
    timeline: timeline.text,
    timelineHtml: timeline.html,
    get gateway() {
      return anyNode().gateway
    },
    node: nodeAt,
    dispatch: async (action, given) => anyNode().dispatch(action, given),
    async dispatchBatch(actions, given) {
      const answers = await anyNode().gateway.dispatchBatch(actions, given)
      return answers.map((one) => ('outcome' in one ? one.outcome : one))
    },
    dryRun: async (action) => anyNode().dispatch(action, { dry_run: true }),
    kill(index, at) {
      if (at === undefined) nodeAt(index).die('')
      else nodeAt(index).faults.ambush = at
    },
    async stop(index, grace = 0) {
      const node = nodeAt(index)
      timeline.note('fault', `${node.name} is asked to stop`)
      node.stopped = true
      await node.gateway.close({ graceMs: inMs(grace) })
    },
    async restart(index) {
      nodeAt(index).die('')
      nodes[index] = await startNode(world, index)
      timeline.note('fault', `node-${index} has started again`)
    },
    pause: (index, span) =>
      change(index, `stands still for ${formatDuration(inMs(span))}`, { pausedUntil: clock.monotonic() + inMs(span) }),
    partition: (index) => change(index, 'is cut off from the state', { partitioned: true }),
    heal: (index) => change(index, 'reaches the state again', { partitioned: false, ambush: null }),
    skewClock: (index, span) => change(index, `has a clock that is off by ${inMs(span)} ms`, { skewMs: inMs(span) }),
    failState(faults) {
      stateFaults = faults
      timeline.note('fault', faults === null ? 'the state is sound again' : sayStateFaults(faults))
      world.hintAll()
    },
    provider(name) {
      const provider = providers.get(name)
      if (provider === undefined)
        throw new Error(`The simulation has no provider "${name}"; it has ${[...providers.keys()].join(', ')}.`)
      return provider
    },
    async records(filter = {}) {
      const found: AuditRecord[] = []
      for (let cursor: string | undefined; ;) {
        const page = await audit.query({ ...filter, limit: 1_000, cursor })
        found.push(...page.records)
        cursor = page.next_cursor
        if (cursor === undefined) return found.reverse()
      }
    },
    events: () => allPages((cursor) => state.events({ cursor, limit: 1_000 })),
    groups: () => allPages((cursor) => state.groups({ cursor, limit: 1_000 })),
    async close() {
      if (closed) return
      closed = true
      stateFaults = null
      for (const { faults } of nodes) Object.assign(faults, { partitioned: false, pausedUntil: 0, ambush: null })
      await Promise.all(nodes.filter(({ alive }) => alive).map(({ gateway }) => gateway.close({ graceMs: 0 })))
      stopFrames()
      await stores.close()
    },
  }
}

function inMs(span: Span): number {
  const ms = typeof span === 'number' ? span : parseDuration(span)
  if (ms === null) throw new Error(`"${span}" is no time span; write "500ms", "20s", "5m", "1h30m" or "2d".`)
  return ms
}

const rulesOf = (rules: SimulationOptions['rules']): World['gateway']['rules'] =>
  typeof rules === 'string' ? { texts: [{ path: 'rules.yaml', text: rules }] } : rules && { texts: rules.texts }

async function storesFor({ state = 'memory', path, limits }: SimulationOptions, clock: VirtualClock): Promise<Stores> {
  if (typeof state === 'function') {
    const { store, audit, close } = await state(clock)
    return { state: store, audit, close }
  }
  return typeof state === 'object'
    ? { state: state.store, audit: state.audit, close: async () => {} }
    : openStores(state, { clock, path, limits })
}

function providersFor(
  { providers }: SimulationOptions,
  machine: Parameters<RecordingProvider['bind']>[0],
): Map<string, RecordingProvider> {
  const found = new Map<string, RecordingProvider>()
  for (const [name, given] of Object.entries(providers)) {
    const provider = given === 'recording' ? recordingProvider(name) : given.named(name)
    provider.bind(machine)
    found.set(name, provider)
  }
  return found
}

const sayStateFaults = ({ after, rate, operations }: StateFaults): string =>
  `${operations?.join(', ') ?? 'the state'} ${after === 'commit' ? 'loses answers' : 'fails'} at a rate of ${rate}`
