import { isObject } from '../lib/json.js'
import { ActeonError } from '../lib/errors.js'
import { createSealer, keyFromText, type Sealer } from '../lib/seal.js'
import type { Problem } from './problems.js'

type Env = Readonly<Record<string, string | undefined>>
type Path = (string | number)[]

/** The variable with the keys that seal single values of the configuration. */
export const AUTH_KEY = 'ACTEON_AUTH_KEY'
const PLACE = { namespace: '', tenant: '', kind: 'configuration', id: '' }
const SEALED = /^ENC\[(.*)\]$/s

/**
 * What opens and makes `ENC[…]` values (AES-256-GCM): the keys of `ACTEON_AUTH_KEY`, separated by commas. The first
 * seals, all open, so that a key is exchanged by putting the new one in front.
 * @throws ActeonError CONFIG_INVALID when a key is none
 */
export function valueSealer(env: Env): Sealer {
  const texts = (env[AUTH_KEY] ?? '').split(',').filter((text) => text.trim() !== '')
  const keys = texts.map((text, i) => {
    const key = keyFromText(text.trim())
    if (key !== null) return key
    throw new ActeonError(
      'CONFIG_INVALID',
      `environment variable ${AUTH_KEY}: key ${i + 1} is none: expected 32 bytes as 64 hex digits or as base64; \`openssl rand -hex 32\` makes one`,
    )
  })
  return createSealer(keys)
}

export const sealValue = (sealer: Sealer, text: string): string => `ENC[${sealer.seal(text, PLACE)}]`

/** @throws ActeonError SEALED_UNREADABLE */
export function openValue(sealer: Sealer, text: string): string {
  const [, token] = SEALED.exec(text) ?? []
  return sealer.open(token ?? text, PLACE)
}

/**
 * Opens every `ENC[…]` in a parsed file.
 * @param standIn what a value counts as that nobody needs now, so that the key need not be there
 * @returns a copy, what could not be opened, and the paths (as JSON) of what was: errors must not repeat it
 */
export function openValues(
  value: unknown,
  env: Env,
  standIn?: string,
): { value: unknown; problems: Problem[]; opened: Set<string> } {
  const problems: Problem[] = []
  const opened = new Set<string>()
  let sealer: Sealer | undefined
  const open = (text: string, path: Path): string => {
    opened.add(JSON.stringify(path))
    if (standIn !== undefined) return standIn
    try {
      sealer ??= valueSealer(env)
      return openValue(sealer, text)
    } catch (error) {
      if (!(error instanceof ActeonError)) throw error
      const why = (env[AUTH_KEY] ?? '') === '' ? `the environment variable ${AUTH_KEY} is not set` : reason(error)
      problems.push({ kind: 'invalid', path, message: `cannot be opened: ${why}` })
      return ''
    }
  }
  const walk = (node: unknown, path: Path): unknown => {
    if (typeof node === 'string') return SEALED.test(node) ? open(node, path) : node
    if (Array.isArray(node)) return node.map((item, i) => walk(item, [...path, i]))
    if (!isObject(node) || node instanceof Date) return node
    return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, walk(member, [...path, name])]))
  }
  return { value: walk(value, []), problems, opened }
}

const reason = ({ code, message, details }: ActeonError): string =>
  code === 'CONFIG_INVALID'
    ? message
    : details['kid'] === undefined
      ? 'it is damaged, or no key of ACTEON_AUTH_KEY sealed it; seal it anew with `acteon auth encrypt`'
      : `it was sealed with key ${String(details['kid'])}, which is not in ${AUTH_KEY}; add that key behind the first`
