import type { Outcome } from '../action/outcome.js'
import type { AuditStore } from '../audit/store.js'
import { createGateway, type GatewayOptions } from '../gateway/create.js'
import type { DispatchOptions, Gateway } from '../gateway/gateway.js'
import type { Cancel, Entropy } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { providersOf } from '../providers/lookup.js'
import { DeliveryError, type Provider, type ProviderTerms } from '../providers/provider.js'
import type { StateStore } from '../state/store.js'
import type { VirtualClock } from './clock.js'
import type { Drive } from './drive.js'
import {
  awake,
  faultyState,
  leaseEnd,
  NodeDown,
  nodeClock,
  reaches,
  soundNode,
  type NodeFaults,
  type StateFaults,
} from './faults.js'
import type { RecordingProvider } from './providers.js'
import type { Timeline } from './timeline.js'

/** One gateway of a simulation. */
export interface SimulatedNode {
  readonly name: string
  /** Neither killed nor stopped. */
  readonly alive: boolean
  /** The gateway itself. Whatever is asked of it lets time pass until the answer is there. */
  readonly gateway: Gateway
  /** @throws ActeonError when it was not accepted; NodeDown when the node ends before it answers */
  dispatch(action: unknown, options?: DispatchOptions): Promise<Outcome>
}

/** What all nodes of a simulation share. */
export interface World {
  clock: VirtualClock
  entropy: Entropy
  drive: Drive
  timeline: Timeline
  state: StateStore
  audit: AuditStore
  providers: ReadonlyMap<string, RecordingProvider>
  terms: Readonly<Record<string, ProviderTerms>>
  stateFaults: () => StateFaults | null
  busy: (change: 1 | -1) => void
  /** Every node that runs looks for what others may have left. */
  hintAll: () => void
  gateway: Pick<
    GatewayOptions,
    'rules' | 'machines' | 'functions' | 'executor' | 'circuitBreaker' | 'redact' | 'storePayload' | 'onRuleError'
  >
}

/** A node with its strings. */
export interface Node extends SimulatedNode {
  readonly faults: NodeFaults
  /** It takes nothing more, of its own will. */
  stopped: boolean
  look(): void
  die(why: string): void
}

// A node is told when there is something to see (`hints`), so that hours without events cost nothing but renewals.
const NEVER_MS = 10 * 86_400_000
const PACE = { idle: NEVER_MS, resume: NEVER_MS, switches: NEVER_MS, sweep: 600_000, sweep_audit: 3_600_000 }
const RELAY_MS = 250

/** Starts a node. */
export async function startNode(world: World, index: number): Promise<Node> {
  const { clock, entropy, drive, timeline, state, audit, terms, hintAll } = world
  const name = `node-${index}`
  const faults = soundNode()
  const looks = new Set<() => void>()
  let cancelLeaseEnd: Cancel = () => {}
  let end: (error: NodeDown) => void
  const ended = new Promise<never>((_resolve, reject) => (end = reject))
  ended.catch(() => {})

  const die = (why: string): void => {
    if (faults.dead) return
    faults.dead = true
    timeline.note('fault', `${name} is killed${why === '' ? '' : ` ${why}`}`)
    end(new NodeDown(name))
    hintAll()
  }
  /** When the lease runs out, for whatever reason, the others shall see it at once. */
  const watchLease = (until: number): void => {
    cancelLeaseEnd()
    cancelLeaseEnd = clock.after(until - clock.now() + 1, hintAll)
  }
  const faulty = faultyState(state, {
    truth: clock,
    node: faults,
    stateFaults: world.stateFaults,
    entropy,
    busy: world.busy,
    die,
    answered(operation, answer) {
      const until = leaseEnd(answer)
      if ((operation === 'join' || operation === 'renew') && until !== null) watchLease(until)
      if (operation === 'leave') cancelLeaseEnd()
      if (operation === 'leave' || operation === 'casRecord') hintAll()
    },
  })
  const carried = [...world.providers.values()].map((provider) => ({
    provider: delivering(provider, name, faults, world),
    terms: terms[provider.name] ?? {},
  }))
  const starting = createGateway({
    ...world.gateway,
    node: name,
    state: faulty,
    audit,
    clock: nodeClock(clock, faults),
    entropy,
    shared: true,
    pace: { ...PACE, relay: audit.shared === undefined ? RELAY_MS : NEVER_MS },
    hints(look) {
      looks.add(look)
      return () => looks.delete(look)
    },
    providers: providersOf(carried),
    observer: {
      outcome({ kind, action_id, outcome, rule, provider, message }) {
        const what = kind === 'dispatch' ? '' : `${kind} `
        const why = rule === null ? '' : ` by ${rule}`
        timeline.note(
          name,
          `${what}${action_id}: ${outcome}${why} (${provider})${message === undefined ? '' : `: ${message}`}`,
        )
      },
      log(level, message) {
        if (level === 'warn' || level === 'error') timeline.note(name, `${level}: ${message}`)
      },
    },
  })

  const gateway = await drive.during(starting).catch((error: unknown) => {
    // A process that cannot start ends.
    faults.dead = true
    throw error
  })

  /** Asks the node as a client does: time passes until it answers, or it ends. */
  const asked: Asked = (operation, args, ask) => {
    const said = sayAsked(operation, args)
    if (said !== null) timeline.note('client', `${said} ${name}`)
    const answer = async () => {
      await awake(clock, faults)
      if (faults.dead) throw new NodeDown(name)
      return reaches(clock, faults, ask())
    }
    const answered = Promise.race([answer(), ended])
    answered.catch((error: unknown) =>
      timeline.note('client', `is refused by ${name}: ${error instanceof ActeonError ? error.code : String(error)}`),
    )
    return drive.during(answered)
  }
  const node: Node = {
    name,
    faults,
    die,
    stopped: false,
    get alive() {
      return !faults.dead && !node.stopped
    },
    gateway: overTime(gateway, asked),
    dispatch: (action, options) => node.gateway.dispatch(action, options),
    look() {
      for (const look of looks) look()
    },
  }
  return node
}

/** A provider as a node calls it: told of in the timeline, and its answer does not reach a node that is gone. */
function delivering(
  provider: RecordingProvider,
  node: string,
  faults: NodeFaults,
  { clock, timeline }: World,
): Provider {
  return {
    name: provider.name,
    type: provider.type,
    ...(provider.hostOf !== undefined && { hostOf: provider.hostOf }),
    async deliver(action, context) {
      const attempt = context.attempt > 1 ? `, attempt ${context.attempt}` : ''
      timeline.note(provider.name, `gets ${context.idempotency_key} from ${node}${attempt}`)
      const answer = provider.deliver(action, context)
      answer.then(
        ({ status }) => timeline.note(provider.name, `answers ${context.idempotency_key}: ${status}`),
        (error: unknown) =>
          timeline.note(
            provider.name,
            `fails ${context.idempotency_key}: ${error instanceof DeliveryError ? error.code : String(error)}`,
          ),
      )
      return reaches(clock, faults, answer)
    },
  }
}

const ASKED: ReadonlySet<string | symbol> = new Set<keyof Gateway | keyof Gateway['rules'] | keyof Gateway['breakers']>(
  [
    'dispatch',
    'submit',
    'dispatchBatch',
    'evaluate',
    'transition',
    'flush',
    'cancel',
    'replay',
    'redeliver',
    'editDeadLetter',
    'discardDeadLetter',
    'story',
    'health',
    'close',
    'reload',
    'setEnabled',
    'trip',
    'reset',
  ],
)

type Asked = <A>(operation: string, args: unknown[], ask: () => Promise<A>) => Promise<A>

/** The same gateway, whose every answer is waited for on virtual time. */
function overTime<T extends object>(target: T, asked: Asked): T {
  return new Proxy(target, {
    get(of, name) {
      const member = Reflect.get(of, name) as unknown
      if (name === 'rules' || name === 'breakers') return overTime(member as object, asked)
      if (typeof member !== 'function' || !ASKED.has(name)) return member
      return (...args: unknown[]) =>
        asked(String(name), args, () => (member as (...a: unknown[]) => Promise<unknown>).apply(of, args))
    },
  })
}

const UNTOLD: ReadonlySet<string> = new Set<keyof Gateway>(['evaluate', 'story', 'health', 'close'])

function sayAsked(operation: string, [first, second]: unknown[]): string | null {
  if (UNTOLD.has(operation)) return null
  if (operation === 'dispatchBatch') return `sends ${(first as unknown[]).length} actions to`
  if (operation !== 'dispatch' && operation !== 'submit') return `asks for ${operation} at`
  const { id, provider, action_type } = (first ?? {}) as Record<string, unknown>
  const how = (second as DispatchOptions | undefined)?.dry_run === true ? 'tries out' : 'sends'
  return `${how} ${typeof id === 'string' ? `${id}, ` : ''}${String(action_type)} for ${String(provider)}, to`
}
