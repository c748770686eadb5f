import type { Entropy } from '../lib/clock.js'

/**
 * Chance that can be repeated: the same seed gives the same numbers and bytes. The generator is Mulberry32 (Ettinger
 * 2017), which is good enough to vary tests and no more.
 */
export function seededEntropy(seed: number): Entropy {
  let state = seed >>> 0
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    random,
    bytes: (size) => Uint8Array.from({ length: size }, () => Math.floor(random() * 256)),
  }
}
