/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The canonical form of RFC 8785 (JCS): members sorted by UTF-16 code units, numbers and strings as ECMAScript writes
 * them. Two values are the same JSON exactly when their canonical forms are equal. `undefined` members are left out.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}

/**
 * JSON merge patch (RFC 7396): `null` removes, objects merge, anything else replaces. Neither argument is changed.
 * Only own members are looked at, and `__proto__` is data like any other name.
 */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch
  const merged = new Map<string, Json>(isObject(target) ? (Object.entries(target) as [string, Json][]) : [])
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name) ?? null, change))
  }
  return Object.fromEntries(merged)
}

/** What a text of JSON is refused for before it is parsed; null when it may be parsed. */
export function structureProblem(
  text: string,
  limits: { depth: number; names: number },
): { code: 'TOO_DEEP' | 'TOO_MANY_NAMES' } | null {
  let depth = 0
  let names = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === 0x5c) i++
      else if (c === 0x22) inString = false
    } else if (c === 0x22) inString = true
    else if (c === 0x5b || c === 0x7b) {
      if (++depth > limits.depth) return { code: 'TOO_DEEP' }
    } else if (c === 0x5d || c === 0x7d) depth--
    else if (c === 0x3a && ++names > limits.names) return { code: 'TOO_MANY_NAMES' }
  }
  return null
}

/** Depth of a parsed value: 0 for a scalar, 1 for `[]`; it stops counting above `limit`. */
export function depthOf(value: unknown, limit: number): number {
  let level: unknown[] = [value]
  for (let depth = 0; ; depth++) {
    const next: unknown[] = []
    for (const item of level) if (typeof item === 'object' && item !== null) next.push(...Object.values(item), null)
    if (next.length === 0) return depth
    if (depth >= limit) return depth + 1
    level = next
  }
}

/** How many bytes a text takes as a string inside of JSON, quotes and escapes included. */
export const bytesAsJsonString = (text: string): number => Buffer.byteLength(JSON.stringify(text))
