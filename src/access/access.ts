import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { timingSafeEqual } from 'node:crypto'
import type { Identity } from './identity.js'
import { findByKey } from './keys.js'
import { passwordFits } from './passwords.js'
import { createWindows } from './rates.js'
import type { Revoked } from './revoked.js'
import { identityOf, isExpired, type AccessTable, type Credential, type Member } from './table.js'
import { csrfTokenOf, LONGEST_TOKEN_SECONDS, readToken, signToken } from './tokens.js'

/** Who asks, and by what they were known. */
export interface Known {
  identity: Identity
  credential: Credential
}

/** Access control as the server uses it: who is asking, now. */
export interface Access {
  /**
   * Who a request's headers name; null: it has no credential.
   * @throws ActeonError UNAUTHENTICATED when it has one that is not good (any more)
   */
  authenticate(headers: IncomingHttpHeaders): Promise<Known | null>
  /** Who a credential names now; null: nobody any more. */
  again(credential: Credential): Identity | null
  /**
   * Checks name and password, and signs a token.
   * @param address whose failed attempts are counted together, besides those for the name
   * @throws ActeonError UNAUTHENTICATED, whatever is wrong; RATE_EXCEEDED after five failures in a minute
   */
  login(
    name: string,
    password: string,
    address: string,
  ): Promise<{ token: string; expires_in: number; csrf_token: string; identity: Identity }>
  /** Everybody in the file, users first, by name; nothing that could be used to come in. */
  entries(): AccessEntry[]
  /** Ends a login on all nodes. */
  logout(credential: Credential): Promise<void>
  /** What a page that came by this session has to send beside its cookie; null: it is no session. */
  csrfTokenOf(credential: Credential): string | null
  /** Whether what a page sent is that. */
  csrfFits(credential: Credential, sent: unknown): boolean
}

/** A user or a key, as somebody may see it who keeps the file. */
export interface AccessEntry extends Member {
  name: string
  kind: 'user' | 'api_key'
  /** Milliseconds since 1970; null: never. */
  expires_at: number | null
  expired: boolean
}

export const SESSION_COOKIE = 'acteon'
/** Over TLS: no other host, path or plain request can set it. */
export const SECURE_SESSION_COOKIE = '__Host-acteon'

const ATTEMPTS = { requests: 5, windowMs: 60_000 }
const LONGEST_CREDENTIAL = 4_096

export function createAccess({
  table,
  revoked,
  clock,
  newId,
}: {
  /** The file of the moment. */
  table: () => AccessTable
  revoked: Pick<Revoked, 'refresh' | 'has' | 'add'>
  clock: Clock
  newId: () => string
}): Access {
  const attempts = createWindows(clock)

  const again = (credential: Credential): Identity | null =>
    credential.kind !== 'api_key' && revoked.has(credential.jti) ? null : identityOf(table(), credential, clock.now())

  async function known(credential: Credential | null): Promise<Known> {
    if (credential !== null && credential.kind !== 'api_key') await revoked.refresh()
    const identity = credential === null ? null : again(credential)
    if (identity === null) throw unauthenticated('This credential is not known here, has expired, or was revoked.')
    return { identity, credential: credential! }
  }

  async function credentialOf(text: string, kind: 'jwt' | 'session'): Promise<Credential | null> {
    const { jwt_secret, keys } = table()
    if (text.length > LONGEST_CREDENTIAL) return null
    if (kind === 'jwt' && !text.includes('.')) {
      const key = findByKey(keys, text)
      return key === null ? null : { kind: 'api_key', key_hash: key.key_hash }
    }
    if (jwt_secret === null) return null
    const token = await readToken(text, { secret: jwt_secret, clock })
    return token === null ? null : { kind, ...token }
  }

  const csrf = (credential: Credential): string | null => {
    const { jwt_secret } = table()
    return credential.kind !== 'session' || jwt_secret === null ? null : csrfTokenOf(credential.jti, jwt_secret)
  }

  return {
    again,
    csrfTokenOf: csrf,
    csrfFits(credential, sent) {
      const right = csrf(credential)
      if (right === null || typeof sent !== 'string') return false
      const [a, b] = [Buffer.from(right), Buffer.from(sent)]
      return a.length === b.length && timingSafeEqual(a, b)
    },
    async authenticate({ authorization, cookie, ...headers }) {
      const given = headers['x-api-key']
      if (authorization !== undefined) {
        const [, text] = /^Bearer +([!-~]+) *$/i.exec(authorization) ?? []
        if (text === undefined)
          throw unauthenticated('The header Authorization is not what is expected: Bearer, then a key or a token.')
        return known(await credentialOf(text, 'jwt'))
      }
      if (given !== undefined) return known(await credentialOf(String(given), 'jwt'))
      const session = cookieOf(cookie, SECURE_SESSION_COOKIE) ?? cookieOf(cookie, SESSION_COOKIE)
      return session === undefined ? null : known(await credentialOf(session, 'session'))
    },
    async login(name, password, address) {
      for (const counted of [`name ${name}`, `address ${address}`]) {
        const { taken, retryAfterMs } = attempts.take(counted, ATTEMPTS)
        if (taken) continue
        throw new ActeonError(
          'RATE_EXCEEDED',
          'Too many attempts to log in failed; try again after Retry-After.',
          {},
          { retryAfterMs },
        )
      }
      const { jwt_secret, jwt_expiry_seconds, users } = table()
      const user = users.get(name)
      const fits = await passwordFits(user?.password_hash ?? null, password)
      if (!fits || user === undefined || jwt_secret === null)
        throw unauthenticated('The name or the password is not right.')
      attempts.forgive(`name ${name}`)
      attempts.forgive(`address ${address}`)
      const seconds = Math.min(jwt_expiry_seconds, LONGEST_TOKEN_SECONDS)
      const now = Math.floor(clock.now() / 1_000) * 1_000
      const credential = { username: name, jti: newId(), expires_at: now + seconds * 1_000 }
      const token = await signToken(credential, { secret: jwt_secret, clock })
      const { identity } = await known({ kind: 'jwt', ...credential })
      return { token, expires_in: seconds, csrf_token: csrfTokenOf(credential.jti, jwt_secret), identity }
    },
    entries() {
      const { users, keys } = table()
      const byName = (a: AccessEntry, b: AccessEntry): number => (a.name < b.name ? -1 : 1)
      const ofUsers = [...users.values()].map(({ username, role, grants, rate_limit }): AccessEntry => {
        return { name: username, kind: 'user', role, grants, rate_limit, expires_at: null, expired: false }
      })
      const ofKeys = [...keys.values()].map((key): AccessEntry => {
        const { name, role, grants, rate_limit, expires_at } = key
        return { name, kind: 'api_key', role, grants, rate_limit, expires_at, expired: isExpired(key, clock.now()) }
      })
      return [...ofUsers.sort(byName), ...ofKeys.sort(byName)]
    },
    async logout(credential) {
      if (credential.kind !== 'api_key') await revoked.add(credential.jti, credential.expires_at)
    },
  }
}

const unauthenticated = (message: string): ActeonError => new ActeonError('UNAUTHENTICATED', message)

/** A cookie's value, if the request has it. */
function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}
