/**
 * What a route asks of its caller. `open`: nothing. `read`: to look (every role may). `operate`: to hand in actions and
 * to act on what became of them. `admin`: to change how the gateway itself works.
 */
export type Access = 'open' | 'read' | 'operate' | 'admin'

export const ROLES = ['viewer', 'operator', 'admin'] as const
/** `viewer` looks, `operator` also acts, `admin` may do everything that its grants cover. */
export type Role = (typeof ROLES)[number]

/** What one grant covers: everything that each of its four lists covers. `*` is any. Tenants cover their children. */
export interface Grant {
  tenants: readonly string[]
  namespaces: readonly string[]
  providers: readonly string[]
  actions: readonly string[]
}

/** How many actions and requests a caller may make: at most `requests` in any `windowMs` milliseconds. */
export interface RateLimit {
  requests: number
  windowMs: number
}

/** Who asks, and what they may do. Made for each request from the file of the moment, never from what a token says. */
export interface Identity {
  /** The user's or key's name, as records have it. */
  caller_id: string
  /** `none`: access control is off. */
  auth_method: 'none' | 'api_key' | 'jwt' | 'session'
  role: Role
  grants: readonly Grant[]
  rate_limit: RateLimit | null
  /** When the credential ends, milliseconds since 1970; null: never. */
  expires_at: number | null
}

export const EVERYTHING: Grant = { tenants: ['*'], namespaces: ['*'], providers: ['*'], actions: ['*'] }

/** Who everybody is while access control is off. */
export const ANYONE: Identity = {
  caller_id: 'anonymous',
  auth_method: 'none',
  role: 'admin',
  grants: [EVERYTHING],
  rate_limit: null,
  expires_at: null,
}

const MAY: Readonly<Record<Role, ReadonlySet<Access>>> = {
  viewer: new Set(['open', 'read']),
  operator: new Set(['open', 'read', 'operate']),
  admin: new Set(['open', 'read', 'operate', 'admin']),
}

/** Whether a role is enough for what a route asks. */
export const roleAllows = (role: Role, access: Access): boolean => MAY[role].has(access)
