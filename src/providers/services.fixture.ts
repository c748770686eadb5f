import type { Action } from '../action/action.js'
import { systemClock, systemEntropy } from '../lib/clock.js'
import { httpPeer, type Peer } from './peers.fixture.js'
import type { DeliveryContext } from './provider.js'

/** What a provider is made with in tests. */
export const machine = { clock: systemClock, entropy: systemEntropy, log: () => {} }

/** An alert, with what a test says. */
export const alert = (parts: Partial<Action> = {}): Action => ({
  id: 'act-1',
  namespace: 'monitoring',
  tenant: 't1',
  provider: 'p',
  action_type: 'alert',
  payload: { title: 'Disk full', severity: 'critical' },
  metadata: { cluster: 'prod' },
  created_at: '2026-01-01T00:00:00.000Z',
  ...parts,
})

export const context = (given: Partial<DeliveryContext> = {}): DeliveryContext => ({
  signal: AbortSignal.timeout(5_000),
  attempt: 1,
  idempotency_key: 'act-1',
  trace_headers: {},
  ...given,
})

/** A change of an event to `state`. */
export const changedTo = (state: string, previous: string | null = 'firing') => ({
  fingerprint: 'f1',
  state_machine: 'alert',
  previous_state: previous,
  new_state: state,
  occurrence: 1,
  version: 2,
  started_at: '2026-01-01T00:00:00.000Z',
})

/** A server that answers everything in one way. */
export const answering = (status: number, body: unknown = '', headers: Record<string, string> = {}): Promise<Peer> =>
  httpPeer((_request, response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body)),
  )

/** What a promise is rejected with; null when it is not. */
export const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )
