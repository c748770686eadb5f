import { createHash } from 'node:crypto'
import type { Clock, Entropy } from './clock.js'

/**
 * Makes UUIDv7 ids (RFC 9562 section 5.7) that grow in text order within one process: the 12 bits after the time are
 * a counter (method 1 of section 6.2) that starts anew, low, in each millisecond.
 */
export function idSource(clock: Clock, entropy: Entropy): () => string {
  let lastMs = 0
  let counter = 0
  return () => {
    const now = Math.floor(clock.now())
    if (now > lastMs) {
      lastMs = now
      counter = Math.floor(entropy.random() * 0x400)
    } else if (++counter > 0xfff) {
      lastMs++
      counter = 0
    }
    const time = lastMs.toString(16).padStart(12, '0')
    const tail = Buffer.from(entropy.bytes(8))
    tail[0] = (tail[0]! & 0x3f) | 0x80
    const rest = tail.toString('hex')
    const count = counter.toString(16).padStart(3, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${rest.slice(0, 4)}-${rest.slice(4)}`
  }
}

/**
 * SHA-256 over length-prefixed parts, as lower-case hex (64 characters). Distinct lists of parts never meet:
 * `['a:b', 'c']` and `['a', 'b:c']` differ.
 */
export function keyOf(...parts: string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex')
}

/** SHA-256 of a text in UTF-8, as lower-case hex (64 characters). */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
