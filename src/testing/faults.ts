import type { Cancel, Clock, Entropy } from '../lib/clock.js'
import { StoreUnavailable, type Lease, type StateStore } from '../state/store.js'

/** A name of an operation of the state store: `admit`, `complete`, `due` … */
export type StateOperation = keyof StateStore & string

/** Where a node ends: in the moment before or after its next operation of that name takes effect. */
export type Ambush = { before: StateOperation } | { after: StateOperation }

/** What may happen to a node of a simulation. */
export interface NodeFaults {
  /** The node is gone: nothing reaches it, nothing it does has an effect. */
  dead: boolean
  /** The node is stopped until this instant of the true monotonic clock (SIGSTOP); what arrives meanwhile waits. */
  pausedUntil: number
  /** The node cannot reach the state store. */
  partitioned: boolean
  /** How far its wall clock is off, milliseconds. */
  skewMs: number
  ambush: Ambush | null
}

export const soundNode = (): NodeFaults => ({
  dead: false,
  pausedUntil: 0,
  partitioned: false,
  skewMs: 0,
  ambush: null,
})

/** How the state store misbehaves for everyone. */
export interface StateFaults {
  /** `commit`: it does what it was asked, and the answer is lost. `nothing`: it fails before it has done anything. */
  after: 'commit' | 'nothing'
  /** Probability per operation. */
  rate: number
  /** Only these; absent: all. */
  operations?: readonly StateOperation[]
}

/** What a caller sees of a node that ended before it answered, or is not there. */
export class NodeDown extends Error {
  override readonly name = 'NodeDown'
  constructor(readonly node: string) {
    super(
      `${node} is down. Whether it accepted what it was asked is unknown; ask another node, with the same id, for the one true answer.`,
    )
  }
}

const never = new Promise<never>(() => {})

/** A node's clock: the true one seen with an error, and standing still for timers while the node is stopped or dead. */
export function nodeClock(truth: Clock, faults: NodeFaults): Clock {
  return {
    now: () => truth.now() + faults.skewMs,
    monotonic: () => truth.monotonic(),
    after(delayMs, fn): Cancel {
      let cancel: Cancel = () => {}
      const wait = (ms: number): void => {
        cancel = truth.after(ms, () => {
          if (faults.dead) return
          const heldMs = faults.pausedUntil - truth.monotonic()
          if (heldMs > 0) wait(heldMs)
          else fn()
        })
      }
      wait(delayMs)
      return () => cancel()
    },
  }
}

/** Holds back what would reach a stopped node, and for ever what would reach a dead one. */
export async function reaches<T>(truth: Clock, faults: NodeFaults, promise: Promise<T>): Promise<T> {
  const settled = await promise.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error
    },
  )
  await awake(truth, faults)
  return faults.dead ? never : settled()
}

/** Resolves when the node is not stopped. */
export async function awake(truth: Clock, faults: NodeFaults): Promise<void> {
  while (!faults.dead && faults.pausedUntil > truth.monotonic())
    await new Promise<void>((resolve) => truth.after(faults.pausedUntil - truth.monotonic(), resolve))
}

/** What does not go over the wire. */
const LOCAL: ReadonlySet<string> = new Set<StateOperation>(['onFrames', 'close', 'durability'])

/**
 * A state store as one node of a simulation reaches it: operations may fail before or after they took effect, go
 * nowhere while the node is cut off, and have no answer once it is dead. Each changing operation gets the true time.
 */
export function faultyState(
  store: StateStore,
  parts: {
    truth: Clock
    node: NodeFaults
    stateFaults: () => StateFaults | null
    entropy: Entropy
    /** Counts operations under way, so that the simulation knows when all is quiet. */
    busy: (change: 1 | -1) => void
    /** An ambush was met. */
    die: (why: string) => void
    /** The store answered the node, or would have. */
    answered: (operation: StateOperation, answer: unknown) => void
  },
): StateStore {
  const { truth, node, stateFaults, entropy, busy, die, answered } = parts

  async function run(name: StateOperation, call: () => Promise<unknown>): Promise<unknown> {
    if (node.dead) return never
    // The contract: health never throws.
    if (node.partitioned && name === 'health') return { ok: false, reason: 'there is no way to the store (simulated)' }
    if (node.partitioned) throw new StoreUnavailable(`${name} found no way to the store (simulated)`, 'unknown')
    const { ambush } = node
    if (ambush !== null && 'before' in ambush && ambush.before === name) {
      die(`before its ${name}`)
      return never
    }
    const faults = stateFaults()
    const fails =
      faults !== null && (faults.operations?.includes(name) ?? true) && entropy.random() < faults.rate ? faults : null
    if (fails?.after === 'nothing')
      throw new StoreUnavailable(`${name} failed before its commit (simulated)`, 'unknown')
    busy(1)
    const answer = call().finally(() => busy(-1))
    const told = answer.then((given) => {
      answered(name, given)
      if (ambush !== null && 'after' in ambush && ambush.after === name) die(`after its ${name}`)
      return given
    })
    const reached = await reaches(truth, node, told)
    if (fails !== null) throw new StoreUnavailable(`the answer to ${name} was lost (simulated)`, 'unknown')
    return reached
  }

  return new Proxy(store, {
    get(target, name: StateOperation) {
      const member = target[name] as unknown
      if (typeof member !== 'function') return member
      if (LOCAL.has(name)) return member.bind(target) as unknown
      return (...args: unknown[]) =>
        run(name, () => (member as (...a: unknown[]) => Promise<unknown>).apply(target, args.map(atTrueTime)))
    },
  })

  function atTrueTime(arg: unknown): unknown {
    const isOp = typeof arg === 'object' && arg !== null && 'token' in arg && 'deadline' in arg
    return isOp ? { ...arg, now: truth.now() } : arg
  }
}

/** When the lease ends that an answer gave; null: it gave none. */
export function leaseEnd(answer: unknown): number | null {
  const lease = answer as Partial<Lease> | null
  return typeof lease === 'object' && typeof lease?.lease_until === 'number' ? lease.lease_until : null
}
