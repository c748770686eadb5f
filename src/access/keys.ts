import { createHash, timingSafeEqual } from 'node:crypto'
import type { Entropy } from '../lib/clock.js'

/** What a key begins with, so that scanners for leaked secrets find it. */
export const KEY_PREFIX = 'acteon_'

/** A new key, 32 random bytes, and what the file keeps of it. */
export function createKey(entropy: Entropy): { key: string; key_hash: string } {
  const key = `${KEY_PREFIX}${Buffer.from(entropy.bytes(32)).toString('base64url')}`
  return { key, key_hash: hashOfKey(key).toString('hex') }
}

/** SHA-256 of a key: enough, because a key is random and long, and so cannot be guessed as a password can. */
export const hashOfKey = (key: string): Buffer => createHash('sha256').update(key).digest()

const NOBODY = Buffer.alloc(32)

/** Finds what belongs to a key. An unknown key costs what a known one does, and bytes are compared in constant time. */
export function findByKey<T>(byHash: ReadonlyMap<string, T>, key: string): T | null {
  const hash = hashOfKey(key)
  const found = byHash.get(hash.toString('hex'))
  const same = timingSafeEqual(hash, found === undefined ? NOBODY : hash)
  return same && found !== undefined ? found : null
}
