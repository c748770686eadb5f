import { parseAction, type ParsedAction } from '../action/action.js'
import { outcomeToWire, type Outcome } from '../action/outcome.js'
import type { AuditStore } from '../audit/store.js'
import type { DispatchOptions, Gateway, Submitted } from '../gateway/gateway.js'
import { systemClock, systemEntropy } from '../lib/clock.js'
import { ActeonError, type ErrorCode } from '../lib/errors.js'
import { idSource } from '../lib/ids.js'
import { isObject } from '../lib/json.js'
import type { Frame, StateStore } from '../state/store.js'
import { createApp, type AppOptions, type GatewayApp } from './app.js'

/** An event log in memory, as far as streams use a state store. */
export function frameLog() {
  let frames: Frame[] = []
  let position = 0
  const listeners = new Set<() => void>()
  const idOf = (n: number): string => String(n).padStart(16, '0')
  const first = (): number => Number(frames[0]?.id ?? position + 1)
  return {
    add(data: Record<string, unknown>, more: Partial<Frame> = {}): Frame {
      const frame: Frame = {
        id: idOf(++position),
        at: 1_700_000_000_000 + position,
        type: 'action_dispatched',
        namespace: 'shop',
        tenant: 'acme',
        data,
        ...more,
      }
      frames.push(frame)
      for (const wake of listeners) wake()
      return frame
    },
    /** What an old log does. */
    forget(count: number): void {
      frames = frames.slice(count)
    },
    listeners: () => listeners.size,
    state: {
      durability: { class: 'memory', degraded: false, says: 'test' },

      async frames({ after, limit }: { after: string | null; limit: number }) {
        const from = after === null ? first() - 1 : Number(after)
        const lost = !(from >= first() - 1 && from <= position)
        const start = lost ? first() - 1 : from
        return { frames: frames.filter(({ id }) => Number(id) > start).slice(0, limit), lost, last: idOf(position) }
      },
      onFrames(wake: () => void) {
        listeners.add(wake)
        return () => listeners.delete(wake)
      },
    } as unknown as StateStore,
  }
}

/**
 * A gateway in miniature, for tests of HTTP alone: `payload.outcome` says what becomes of an action and `payload.error`
 * what is thrown; `payload.hold` waits for `release`. The rest of a gateway is tested with a real one.
 */
export function smallGateway() {
  const log = frameLog()
  const newId = idSource(systemClock, systemEntropy)
  const taken: { parsed: ParsedAction; options: DispatchOptions }[] = []
  const held: (() => void)[] = []
  let reasons: string[] = []
  async function submit(input: unknown, options: DispatchOptions = {}): Promise<Submitted> {
    const parsed = parseAction(input, { clock: systemClock, newId, idHeader: options.idHeader })
    taken.push({ parsed, options })
    const payload = isObject(parsed.action.payload) ? parsed.action.payload : {}
    const { id } = parsed.action
    if (typeof payload['error'] === 'string')
      throw new ActeonError(
        payload['error'] as ErrorCode,
        'As the test asked.',
        { action_id: id },
        { retryAfterMs: 1_200 },
      )
    if (payload['fault'] === true) throw new Error('a secret detail')
    if (payload['hold'] === true) await new Promise<void>((resolve) => held.push(resolve))
    const outcome = (payload['outcome'] ?? { type: 'Executed', status: 'success', body: null, headers: {} }) as Outcome
    log.add({
      action_id: id,
      action_type: parsed.action.action_type,
      provider: 'email',
      outcome: outcomeToWire(outcome),
    })
    return {
      outcome: { ...outcome, action_id: id },
      action_id: id,
      id_source: parsed.id_source,
      replayed: payload['replayed'] === true,
    }
  }
  const gateway = {
    node: 'test',
    state: log.state,
    audit: null,
    providers: new Map(),
    rules: {
      list: () => [],
      findings: () => [],
      status: () => ({ version: 'v1', loaded: 0, loaded_at: '2026-01-01T00:00:00.000Z', errors: [], warnings: [] }),
    },
    submit,
    dispatchBatch: (inputs: unknown[], options?: DispatchOptions) =>
      Promise.all(
        inputs.map((input) =>
          submit(input, options).catch((error: unknown) => {
            if (error instanceof ActeonError) return error
            throw error
          }),
        ),
      ),

    health: async () => ({
      status: reasons.length === 0 ? 'ok' : 'degraded',
      ready: reasons.length === 0,
      reasons,
      durability: log.state.durability,
      rules: { ...gateway.rules.status(), differing_nodes: [] },
      node: 'test',
      nodes: [{ node: 'test', alive: true }],
      configuration: { differing_nodes: [] },
      access: { differing_nodes: [] },
    }),
  }
  return {
    gateway: gateway as unknown as Gateway,
    log,
    taken,
    ail: (...why: string[]): void => {
      reasons = why
    },
    release: (): void => {
      for (const go of held.splice(0)) go()
    },
  }
}

/** Gives a gateway in miniature records, and nothing else of what its state would hold. */
export function withRecords({ gateway }: Pick<ReturnType<typeof smallGateway>, 'gateway'>, audit: AuditStore): Gateway {
  const none = async () => ({ items: [] })
  Object.assign(gateway.state, { openEntries: none, deadLetters: none, events: none } satisfies Partial<StateStore>)
  return Object.assign(gateway, { audit, breakers: { list: () => [] } })
}

export interface Listening extends GatewayApp {
  url: string
  port: number
  /** Answer of a request, with the body as JSON where there is one. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: unknown; text: string }>
}

/** The app on a free port of this machine. */
export async function listen(options: AppOptions): Promise<Listening> {
  const made = await createApp(options)
  await made.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = made.app.server.address() as { port: number }
  const url = `http://127.0.0.1:${port}`
  return {
    ...made,
    url,
    port,
    async call(method, path, body, headers = {}) {
      const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined
      const answer = await fetch(`${url}${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
      } as RequestInit)
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, text, body: text === '' ? undefined : asJson(text) }
    },
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
