import { inspect } from 'node:util'
import type { TSchema } from 'typebox'
import { SECRET, withoutPassword } from '../lib/addresses.js'
import { isObject } from '../lib/json.js'

/** A second net under `secret: true`: in a provider, what is named like these is masked whatever its schema says. */
export const SECRET_NAME = /secret|password|passphrase|token|authorization|api[-_]?key|routing_key|credential|cookie/i

/**
 * A copy that may be shown: what the schema marks `secret: true`, what is named like a secret, and passwords in
 * addresses are masked. That a list is empty is no secret.
 */
export function masked(value: unknown, schema?: TSchema): unknown {
  if (Array.isArray(value) && value.length === 0) return value
  if ((schema as { secret?: boolean } | undefined)?.secret === true && value !== undefined) return SECRET
  if (typeof value === 'string') return withoutPassword(value)
  if (Array.isArray(value)) {
    const items = (schema as { items?: TSchema } | undefined)?.items
    return value.map((item) => masked(item, items))
  }
  if (!isObject(value)) return value
  const properties = (schema as { properties?: Record<string, TSchema> } | undefined)?.properties ?? {}
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      SECRET_NAME.test(name) &&
      (typeof member === 'string' || Array.isArray(member)) &&
      !Object.hasOwn(properties, name)
        ? SECRET
        : masked(member, properties[name]),
    ]),
  )
}

/** Makes an object safe to log: `JSON.stringify` and `util.inspect` see what `shown` returns in its place. */
export function showAs(value: object, shown: () => unknown): void {
  Object.defineProperty(value, 'toJSON', { value: shown, enumerable: false })
  Object.defineProperty(value, inspect.custom, { value: shown, enumerable: false })
}

/**
 * The same for an object and all objects in it, each masked as its schema says. The values themselves stay readable for
 * the code that needs them.
 */
export function hide(value: object, schema?: TSchema): void {
  if (Array.isArray(value)) return
  const { properties = {}, secret } = (schema ?? {}) as { properties?: Record<string, TSchema>; secret?: boolean }
  for (const [name, member] of Object.entries(value))
    if (isObject(member)) hide(member, secret === true ? schema : properties[name])
  showAs(value, () => masked(value, schema))
}
