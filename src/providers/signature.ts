import { createHmac } from 'node:crypto'

/** The shortest and longest key that Standard Webhooks recommends, bytes. */
const KEY_BYTES = { least: 24, most: 64 }

/**
 * The key in a secret of Standard Webhooks: base64, with or without `whsec_` in front.
 * @returns the key, or a sentence that says what is wrong (without the secret)
 */
export function signingKey(secret: string): Buffer | { problem: string } {
  const text = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret
  const key = Buffer.from(text, 'base64')
  const isBase64 = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')
  if (!isBase64 || key.length < KEY_BYTES.least || key.length > KEY_BYTES.most)
    return {
      problem: `expected "whsec_" and ${KEY_BYTES.least} to ${KEY_BYTES.most} random bytes in base64; \`openssl rand -base64 32\` makes some`,
    }
  return key
}

/**
 * The headers of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, one signature per key, so that a receiver
 * may know the old or the new one while a secret is rotated.
 * @param nowMs wall time; a receiver refuses what is older than five minutes, so it is fresh at each attempt
 */
export function signatureHeaders(keys: Buffer[], id: string, body: string, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000))
  const signatures = keys.map(
    (key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  )
  return { 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
