import type { FastifyRequest } from 'fastify'
import type { Access as AccessControl } from '../access/access.js'
import type { Origins } from '../config/origins.js'
import type { Gateway } from '../gateway/gateway.js'
import type { Clock } from '../lib/clock.js'
import type { Render } from '../messages/render.js'
import type { Guard } from './access.js'
import type { BodyBudget } from './body.js'
import type { Feed } from './feed.js'
import type { Load } from './overload.js'
import type { Reload } from './reload.js'
import type { Metrics } from './metrics.js'
import type { createProviderHealth } from './provider-health.js'
import type { SealingState } from './sealing.js'
import type { Streams } from './sse.js'

/** What routes are made with. */
export interface Parts {
  gateway: Gateway
  metrics: Metrics
  providerHealth: ReturnType<typeof createProviderHealth>
  clock: Clock
  newId: () => string
  feed: Feed
  streams: Streams
  load: Load
  budget: BodyBudget
  /** Makes messages, with the templates of the moment. */
  render: Render
  /** Whether payloads and labels are sealed where they are stored. */
  sealing: () => SealingState
  /** Who may do what. */
  guard: Guard
  /** null: access control is off. */
  access: AccessControl | null
  /** Why the file with users and keys, as it is now, is not used; null: it is. */
  authProblem: () => string | null
  /** `[server] public_metrics`. */
  publicMetrics: boolean
  /** `[rules] editable`. */
  rulesEditable: boolean
  /** The node is stopping. */
  draining: () => boolean
  /** The configuration as `GET /admin/config` shows it: secrets masked. */
  shownConfig: () => unknown
  /** Where its values came from. */
  origins: () => Origins
  /** Rereads the configuration; null: there is none to reread. */
  reload: Reload | null
}

/** Whose streams are counted together: the caller's, or the address's while callers have no names. */
export const streamOwner = ({ identity, ip }: FastifyRequest): string =>
  identity.auth_method === 'none' ? ip : `${identity.auth_method} ${identity.caller_id}`

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How much body the route takes; absent: `PLAIN_BODY`. */
    body?: 'action' | 'batch'
    /** Hands in actions: refused on arrival when there is too much to do. */
    takesActions?: boolean
    /** Changes nothing although its method is POST: allowed while the node stops. */
    reads?: boolean
  }
  interface FastifyRequest {
    /** Bytes of the body, held until the answer has left. */
    bodyBytes: number
    /** Why its body was not taken. */
    bodyRefused: Error | null
    /** Actions counted in at the door, and whose; `working`: its route's handler has begun. */
    inHand: { actions: number; tenants: [string, number][]; working: boolean }
  }
}
