import { Type, type Static } from 'typebox'
import type { Action } from '../action/action.js'
import type { EventNotice } from '../state/store.js'
import type { Provider, ProviderType } from './provider.js'

/** Fields of a `[[providers]]` entry of type `log`. */
export const LogConfig = Type.Object({
  keep: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 10_000, default: 100, description: 'How many deliveries can be looked at.' }),
  ),
})
export type LogConfig = Static<typeof LogConfig>

/** One delivery, as it was received: the payload is the true one, to be redacted by whoever shows it. */
export interface Logged {
  /** Wall time, milliseconds. */
  at: number
  idempotency_key: string
  attempt: number
  action: Action
  event?: EventNotice
}

/** A provider that sends nothing, and shows what it was given. */
export interface LogProvider extends Provider {
  readonly type: 'log'
  /** The last `keep` deliveries, newest first. */
  recent(): Logged[]
}

/** Writes deliveries to the log. Named `"*"` it stands for every name that has no provider of its own. */
export const log: ProviderType<LogConfig> = {
  type: 'log',
  describes: 'Sends nothing: writes each action to the log and keeps the last ones to be looked at.',
  schema: LogConfig,
  create(name, { keep = 100 }, { clock, log: write }): LogProvider {
    const kept: Logged[] = []
    return {
      name,
      type: 'log',
      recent: () => kept.toReversed(),
      async deliver(action, { idempotency_key, attempt, event }) {
        kept.push({ at: clock.now(), idempotency_key, attempt, action, ...(event !== undefined && { event }) })
        if (kept.length > keep) kept.shift()
        write({
          provider: action.provider,
          // Only names here: what the payload says is in `data`, where it is redacted.
          message: `${action.provider} received ${action.action_type}${event === undefined ? '' : ` (${event.new_state})`}`,
          data: {
            action_id: action.id,
            namespace: action.namespace,
            tenant: action.tenant,
            payload: action.payload,
            metadata: action.metadata,
            ...(event !== undefined && { event }),
          },
        })
        return { status: 'success', body: { logged: true }, headers: {} }
      },
    }
  },
}

/** Whether a provider keeps what it was given. */
export const isLog = (provider: Provider): provider is LogProvider => provider.type === 'log' && 'recent' in provider
