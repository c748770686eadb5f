import { createHmac } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../lib/clock.js'

/** No token lives longer, whatever the file says. */
export const LONGEST_TOKEN_SECONDS = 3_600
const ISSUER = 'acteon'
const HEADER = JSON.stringify({ alg: 'HS256', typ: 'JWT' })

/** What a token says: who, which token, until when. What its bearer may do is looked up, never read from it. */
export interface Token {
  username: string
  jti: string
  /** Milliseconds since 1970. */
  expires_at: number
}

/** Signs a token (HS256). */
export async function signToken(
  { username, jti, expires_at }: Token,
  { secret, clock }: { secret: Uint8Array; clock: Clock },
): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(ISSUER)
    .setSubject(username)
    .setJti(jti)
    .setIssuedAt(Math.floor(clock.now() / 1_000))
    .setExpirationTime(Math.floor(expires_at / 1_000))
    .sign(secret)
}

/**
 * Checks a token. Only the header that we write is taken, so no `alg`, `kid`, `jku` or `crit` of somebody else's means
 * anything; a payload that is not written as we write it (a claim twice) is refused too.
 * @returns null for every token that is not one of ours, or has expired
 */
export async function readToken(
  text: string,
  { secret, clock }: { secret: Uint8Array; clock: Clock },
): Promise<Token | null> {
  const [header, payload, signature, ...more] = text.split('.')
  if (signature === undefined || more.length > 0 || decoded(header!) !== HEADER) return null
  const claims = decoded(payload!)
  // A token has one spelling: what was revoked or logged under one must not go on under another.
  if (decoded(signature) === null || claims === null || !isPlainJson(claims)) return null
  try {
    const { payload: said } = await jwtVerify(text, secret, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      requiredClaims: ['sub', 'jti', 'iat', 'exp'],
      maxTokenAge: LONGEST_TOKEN_SECONDS,
      currentDate: new Date(clock.now()),
    })
    const { sub, jti, iat, exp } = said
    if (typeof sub !== 'string' || typeof jti !== 'string' || jti === '') return null
    if (exp! - iat! > LONGEST_TOKEN_SECONDS) return null
    return { username: sub, jti, expires_at: exp! * 1_000 }
  } catch {
    // Whatever is wrong with it, its bearer is told the same.
    return null
  }
}

/** What a browser's page has to send beside its cookie; whoever cannot read the answers cannot know it. */
export const csrfTokenOf = (jti: string, secret: Uint8Array): string =>
  createHmac('sha256', secret).update(`csrf:${jti}`).digest('base64url')

/** Base64url without padding, in its one canonical form, as UTF-8. */
function decoded(part: string): string | null {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes.toString('utf8') : null
}

function isPlainJson(text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === text
  } catch {
    return false
  }
}
