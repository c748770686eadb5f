import type { FastifyContextConfig, FastifyRequest } from 'fastify'
import type { Access as AccessControl } from '../access/access.js'
import { ANYONE, roleAllows, type Access, type Identity, type Role } from '../access/identity.js'
import { createWindows, takeRate } from '../access/rates.js'
import { scope, type Scope } from '../access/scope.js'
import type { Credential } from '../access/table.js'
import type { Caller } from '../gateway/gateway.js'
import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import type { App } from './typed.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its caller. A route that does not say is refused at start. */
    access: Access
    /** It concerns all tenants: grants of `*` tenants and namespaces are asked for besides. */
    everywhere?: true
  }
  interface FastifyRequest {
    /** Who asks. */
    identity: Identity
    /** What they may see and touch. */
    scope: Scope
    /** By what they were known; null: by nothing. */
    credential: Credential | null
  }
}

const ACCESS: ReadonlySet<unknown> = new Set<Access>(['open', 'read', 'operate', 'admin'])

/** Who asks, as the gateway records it. What it looks up by a key alone is cut to what they may see. */
export const callerOf = ({ identity, scope }: FastifyRequest): Caller => ({
  id: identity.caller_id,
  method: identity.auth_method,
  sees: scope.covers,
})

/** A route that does not say what it asks of its caller stops the start: nothing is open by forgetting. */
export function requireDeclaredAccess(app: App): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (ACCESS.has((config as { access?: unknown } | undefined)?.access)) return
    throw new Error(
      `The route ${[method].flat().join('/')} ${url} does not say who may use it: add config: { access: 'open' | 'read' | 'operate' | 'admin' }.`,
    )
  })
}

/** Who it is on what is open to all, while access control is on and no good credential came along. */
const NOBODY: Identity = {
  caller_id: 'anonymous',
  auth_method: 'none',
  role: 'viewer',
  grants: [],
  rate_limit: null,
  expires_at: null,
}

export interface Guard {
  /** Whether callers have to say who they are. */
  readonly on: boolean
  /**
   * Finds out who asks, from the headers alone, and whether they may use the route.
   * @throws ActeonError UNAUTHENTICATED, FORBIDDEN, CROSS_SITE, RATE_EXCEEDED
   */
  admit(request: FastifyRequest): Promise<void>
  /** Counts more against the caller's rate, as a batch does. @throws ActeonError RATE_EXCEEDED, TOO_LARGE */
  spend(request: FastifyRequest, cost: number): void
  /** Whether the request's caller is still who they were, with the same rights. */
  holds(request: FastifyRequest): boolean
}

const CHANGES_NOTHING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** @param access null: access control is off, and everybody may do everything */
export function createGuard(access: AccessControl | null, clock: Clock): Guard {
  const windows = createWindows(clock)
  const spend = ({ identity }: FastifyRequest, cost: number): void => {
    const { rate_limit, caller_id, auth_method } = identity
    if (rate_limit !== null)
      takeRate(windows, `${auth_method === 'api_key'} ${caller_id}`, `"${caller_id}"`, rate_limit, cost)
  }
  const set = (request: FastifyRequest, identity: Identity, credential: Credential | null): void => {
    request.identity = identity
    request.scope = scope(identity)
    request.credential = credential
  }
  return {
    on: access !== null,
    spend,
    async admit(request) {
      if (access === null) return set(request, ANYONE, null)
      set(request, NOBODY, null)
      const { access: needed = 'read', everywhere } = (request.routeOptions.config ??
        {}) as Partial<FastifyContextConfig>
      const isOpen = needed === 'open'
      const known = await access.authenticate(request.headers).catch((error: unknown) => {
        // A login must be possible with the cookie of an old one.
        if (isOpen) return null
        throw error
      })
      if (known === null) {
        if (isOpen) return
        throw new ActeonError(
          'UNAUTHENTICATED',
          'Say who you are: send Authorization: Bearer with an API key, or with the token of POST /v1/auth/login.',
        )
      }
      const { identity, credential } = known
      set(request, identity, credential)
      if (
        identity.auth_method === 'session' &&
        !CHANGES_NOTHING.has(request.method) &&
        !isOpen &&
        !access.csrfFits(credential, request.headers['x-csrf-token'])
      )
        throw new ActeonError(
          'CROSS_SITE',
          'A session in a browser may change something only from a page of this server: the header X-CSRF-Token is missing or not its own.',
        )
      if (!isOpen) spend(request, 1)
      // What does not exist asks nothing more than to be somebody.
      if (request.is404) return
      if (!roleAllows(identity.role, needed))
        throw new ActeonError(
          'FORBIDDEN',
          `This needs the role ${ROLE_FOR[needed]}; "${identity.caller_id}" is ${identity.role}.`,
        )
      if (everywhere === true && !request.scope.everywhere)
        throw new ActeonError(
          'FORBIDDEN',
          `This concerns all tenants, so it needs a grant of tenants ["*"] and namespaces ["*"], which "${identity.caller_id}" has not.`,
        )
    },
    holds({ identity, credential }) {
      if (access === null || credential === null) return true
      try {
        return JSON.stringify(access.again(credential)) === JSON.stringify(identity)
      } catch {
        // Nobody can say now whether a login was ended; meanwhile the store has nothing to show either.
        return true
      }
    },
  }
}

const ROLE_FOR: Readonly<Record<Access, Role>> = { open: 'viewer', read: 'viewer', operate: 'operator', admin: 'admin' }
