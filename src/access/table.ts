import type { Grant, Identity, RateLimit, Role } from './identity.js'

/** Somebody, as `auth.toml` has them. */
export interface Member {
  role: Role
  grants: Grant[]
  rate_limit: RateLimit | null
}
export interface User extends Member {
  username: string
  password_hash: string
}
export interface ApiKey extends Member {
  name: string
  /** SHA-256, lower-case hex. */
  key_hash: string
  /** Milliseconds since 1970; null: never. */
  expires_at: number | null
}

/** The file, checked: who there is. */
export interface AccessTable {
  /** null: nobody can log in. */
  jwt_secret: Uint8Array | null
  jwt_expiry_seconds: number
  users: ReadonlyMap<string, User>
  /** By hash. */
  keys: ReadonlyMap<string, ApiKey>
}

/** What an identity came from, to be looked up again when the file changes. */
export type Credential =
  { kind: 'api_key'; key_hash: string } | { kind: 'jwt' | 'session'; username: string; jti: string; expires_at: number }

/** Whether a key's time is over. @param now milliseconds since 1970 */
export const isExpired = ({ expires_at }: Pick<ApiKey, 'expires_at'>, now: number): boolean =>
  expires_at !== null && expires_at <= now

/** Who a credential names now; null: nobody (any more). */
export function identityOf(table: AccessTable, credential: Credential, now: number): Identity | null {
  if (credential.kind === 'api_key') {
    const key = table.keys.get(credential.key_hash)
    if (key === undefined || isExpired(key, now)) return null
    const { name, role, grants, rate_limit, expires_at } = key
    return { caller_id: name, auth_method: 'api_key', role, grants, rate_limit, expires_at }
  }
  const user = table.users.get(credential.username)
  if (user === undefined || table.jwt_secret === null || credential.expires_at <= now) return null
  const { username, role, grants, rate_limit } = user
  return {
    caller_id: username,
    auth_method: credential.kind,
    role,
    grants,
    rate_limit,
    expires_at: credential.expires_at,
  }
}
