import type { Action } from '../action/action.js'
import type { Gateway, GatewayHealth, Observer } from '../gateway/gateway.js'
import { startLoop } from '../jobs/loop.js'
import type { Cancel, Clock } from '../lib/clock.js'
import type { Logger } from './log.js'

/** `[alerts]`, with a provider. */
export interface AlertSettings {
  provider: string
  namespace: string
  tenant: string
  action_type: string
}

export type AlertKind = 'dead_letter' | 'circuit_open' | 'reload_refused' | 'degraded'

/** Tells people of what went wrong with the gateway itself, as actions of its own. */
export interface Alerts {
  /** Hears of dead letters and of circuits. */
  readonly observer: Observer
  /** Says that something went wrong. `text` is a sentence, redacted. */
  raise(kind: AlertKind, text: string): void
  /** Begins to send, and to look at the gateway's health. */
  start(gateway: Pick<Gateway, 'dispatch' | 'health' | 'node'>): void
  /** Sends what is left, if the gateway still takes it. */
  stop(): Promise<void>
}

/** What comes together goes out together … */
const GATHER_MS = 1_000
/** … and then at most once in this time. */
const AT_MOST_EVERY_MS = 60_000
const LOOK_EVERY_MS = 5_000
/** How many of a kind are told in words; the rest are counted. */
const TOLD = 5

interface Gathered {
  count: number
  first_at: number
  last_at: number
  examples: string[]
}

const TITLES: Record<AlertKind, (count: number) => string> = {
  dead_letter: (count) => `${count} dead letter${count === 1 ? '' : 's'}`,
  circuit_open: (count) => `${count} circuit${count === 1 ? '' : 's'} opened`,
  reload_refused: () => 'a reload was refused',
  degraded: () => 'a node is degraded',
}
const SEVERE: ReadonlySet<AlertKind> = new Set(['dead_letter', 'degraded'])

/**
 * One action for all that happened within a minute, the first a second after it happened. Never about itself: what
 * becomes of such an action raises nothing, nor does the circuit of the provider that carries them.
 */
export function createAlerts(settings: AlertSettings, { clock, log }: { clock: Clock; log: Logger }): Alerts {
  const gathered = new Map<AlertKind, Gathered>()
  let gateway: Pick<Gateway, 'dispatch' | 'health' | 'node'> | null = null
  let sentAt = -Infinity
  let cancel: Cancel | null = null
  let sending: Promise<void> = Promise.resolve()
  let stopLooking: () => Promise<void> = () => Promise.resolve()
  let health: GatewayHealth['status'] = 'ok'
  let number = 0

  function raise(kind: AlertKind, text: string): void {
    const at = clock.now()
    const one = gathered.get(kind) ?? { count: 0, first_at: at, last_at: at, examples: [] }
    one.count++
    one.last_at = at
    if (one.examples.length < TOLD) one.examples.push(text)
    gathered.set(kind, one)
    plan()
  }

  function plan(): void {
    if (gateway === null || cancel !== null || gathered.size === 0) return
    const wait = Math.max(GATHER_MS, sentAt + AT_MOST_EVERY_MS - clock.monotonic())
    cancel = clock.after(wait, () => {
      cancel = null
      sending = send()
    })
  }

  async function send(): Promise<void> {
    if (gateway === null || gathered.size === 0) return
    const taken = [...gathered]
    gathered.clear()
    sentAt = clock.monotonic()
    const action = actionOf(taken, gateway.node)
    try {
      await gateway.dispatch(action)
    } catch (error) {
      log.warn({ err: error }, 'an alert could not be handed in and is tried again in a minute')
      for (const [kind, before] of taken) gathered.set(kind, merged(before, gathered.get(kind)))
    }
    plan()
  }

  function actionOf(taken: [AlertKind, Gathered][], node: string): Omit<Action, 'metadata'> & { metadata: object } {
    const titles = taken.map(([kind, { count }]) => TITLES[kind](count))
    const now = clock.now()
    return {
      // Unique per node and moment, so that what is sent again after an unknown end is another one: it may tell more.
      id: `alert:${node}:${now}:${number++}`,
      ...settings,
      payload: {
        title: `Acteon: ${titles.join(', ')}`,
        severity: taken.some(([kind]) => SEVERE.has(kind)) ? 'error' : 'warning',
        message: taken.flatMap(([kind, one]) => linesOf(kind, one)).join('\n'),
        node,
        alerts: taken.map(([kind, { count, first_at, last_at, examples }]) => ({
          kind,
          count,
          first_at: new Date(first_at).toISOString(),
          last_at: new Date(last_at).toISOString(),
          examples,
        })),
      },
      metadata: { labels: { alert: taken.map(([kind]) => kind).join(',') } },
      created_at: new Date(now).toISOString(),
    }
  }

  return {
    observer: {
      outcome({ dead_letter, action_id, action_type, provider, namespace, tenant, message }) {
        if (dead_letter === undefined || isOwn(action_id)) return
        raise(
          'dead_letter',
          `${action_type} for ${provider} (${namespace} / ${tenant}, ${action_id}): ${message ?? 'it failed for good.'}`,
        )
      },
      circuit({ provider, state, by }) {
        // The node that opened it tells; the others only hear of it.
        if (state !== 'open' || provider === settings.provider || (gateway !== null && by !== gateway.node)) return
        raise(
          'circuit_open',
          `The circuit of provider "${provider}" is open; nothing is sent there until it has recovered.`,
        )
      },
    },
    raise,
    start(running) {
      gateway = running
      const looking = startLoop({
        clock,
        step: async () => {
          const { status, reasons } = await running.health()
          if (status === 'degraded' && health === 'ok') raise('degraded', `${running.node}: ${reasons.join('; ')}.`)
          health = status
          return LOOK_EVERY_MS
        },
        failed: (error) => log.warn({ err: error }, 'the health of the gateway could not be looked at'),
      })
      stopLooking = () => looking.stop()
      plan()
    },
    async stop() {
      await stopLooking()
      cancel?.()
      cancel = null
      await sending
      await send()
      gateway = null
    },
  }
}

/** Of this process or an earlier one, whose alert may fail only after a restart. */
const isOwn = (action_id: string): boolean => action_id.startsWith('alert:')

function linesOf(kind: AlertKind, { count, examples }: Gathered): string[] {
  const more = count - examples.length
  return [...examples, ...(more > 0 ? [`… and ${TITLES[kind](more)} more`] : [])]
}

function merged(before: Gathered, after: Gathered | undefined): Gathered {
  if (after === undefined) return before
  return {
    count: before.count + after.count,
    first_at: before.first_at,
    last_at: after.last_at,
    examples: [...before.examples, ...after.examples].slice(0, TOLD),
  }
}
