import type { TSchema } from 'typebox'
import { isObject } from '../lib/json.js'
import { nearest } from '../lib/suggest.js'
import { describe } from '../lib/validate.js'
import type { Problem } from './problems.js'
import { isNamedTables, isSection, SECTIONS } from './schema.js'

type Env = Readonly<Record<string, string | undefined>>
type Path = (string | number)[]

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\})?/g

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every string (`$${` stands for `${` itself). As in a shell, `:-` also
 * covers an empty variable.
 * @param standIn what an unset variable counts as, instead of being a problem
 * @returns a copy, what could not be replaced, and of each text with references (by its path, as JSON) the variables that
 *   were found
 */
export function interpolate(
  value: unknown,
  env: Env,
  standIn?: (name: string) => string,
): { value: unknown; problems: Problem[]; filled: Map<string, string[]> } {
  const problems: Problem[] = []
  const filled = new Map<string, string[]>()
  const replace = (text: string, path: Path): string =>
    text.replace(REFERENCE, (whole, name: string | undefined, withDefault: string | undefined, fallback = '') => {
      if (whole === '$${') return '${'
      if (name === undefined) {
        const message = 'expected ${NAME} or ${NAME:-default} after "$"; write $${ for a plain ${'
        problems.push({ kind: 'invalid', path, message })
        return whole
      }
      const key = JSON.stringify(path)
      const names = filled.get(key) ?? []
      filled.set(key, names)
      const found = env[name]
      if (withDefault !== undefined && (found === undefined || found === '')) return fallback as string
      if (found !== undefined) names.push(name)
      if (found !== undefined) return found
      if (standIn !== undefined) return standIn(name)
      const message = `the environment variable ${name} is not set; set it, or give a default: \${${name}:-…}`
      problems.push({ kind: 'invalid', path, message })
      return ''
    })
  const walk = (node: unknown, path: Path): unknown => {
    if (typeof node === 'string') return node.includes('${') ? replace(node, path) : node
    if (Array.isArray(node)) return node.map((item, i) => walk(item, [...path, i]))
    // A date of TOML is an object too, and is left to the checks.
    if (!isObject(node) || node instanceof Date) return node
    return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, walk(member, [...path, name])]))
  }
  return { value: walk(value, []), problems, filled }
}

/** The environment variable that overrides a key: `ACTEON_AUDIT__REDACT__ENABLED`. */
export const variableOf = (path: readonly (string | number)[]): string =>
  `ACTEON_${path.map((step) => String(step).toUpperCase()).join('__')}`

/** Every key that the environment can set, by its variable. */
function overridable(): Map<string, { path: string[]; schema: TSchema }> {
  const found = new Map<string, { path: string[]; schema: TSchema }>()
  const collect = (properties: Record<string, TSchema>, base: string[]): void => {
    for (const [name, schema] of Object.entries(properties)) {
      const path = [...base, name]
      if (isSection(schema)) collect(schema.properties, path)
      else if (!isNamedTables(schema)) found.set(variableOf(path), { path, schema })
    }
  }
  collect(SECTIONS, [])
  return found
}

/**
 * Sets the keys that `ACTEON_SECTION__KEY` variables name, in place. Values are read as the key's type asks: numbers,
 * `true` or `false`, lists as JSON or separated by commas.
 * @returns what could not be set, and which paths (as JSON) were, with their variable
 */
export function override(
  value: Record<string, unknown>,
  env: Env,
): { problems: Problem[]; variables: Map<string, string> } {
  const problems: Problem[] = []
  const variables = new Map<string, string>()
  const known = overridable()
  for (const [variable, found] of Object.entries(env)) {
    if (found === undefined || !variable.startsWith('ACTEON_') || !variable.includes('__')) continue
    const [sectionName = ''] = variable.slice('ACTEON_'.length).toLowerCase().split('__')
    const key = known.get(variable)
    if (key === undefined) {
      problems.push({ kind: 'invalid', path: [], variable, message: unknownVariable(variable, sectionName, known) })
      continue
    }
    const typed = typedValue(found, key.schema)
    if ('problem' in typed) problems.push({ kind: 'invalid', path: key.path, variable, message: typed.problem })
    else if (put(value, key.path, typed.value)) variables.set(JSON.stringify(key.path), variable)
  }
  return { problems, variables }
}

function unknownVariable(variable: string, sectionName: string, known: ReadonlyMap<string, unknown>): string {
  if (sectionName === 'providers' || sectionName === 'state_machines')
    return `[[${sectionName}]] cannot be set from the environment; write \${NAME} in the file where a value shall come from it`
  const near = nearest(variable, known.keys())
  return `names no key of the configuration${near === undefined ? '' : `; did you mean ${near}?`}`
}

function typedValue(text: string, schema: TSchema): { value: unknown } | { problem: string } {
  const { type } = schema as { type?: string }
  if (type === 'boolean')
    return text === 'true' || text === 'false'
      ? { value: text === 'true' }
      : { problem: `expected true or false, found ${describe(text)}` }
  if (type === 'integer' || type === 'number') {
    const number = Number(text)
    return text.trim() !== '' && Number.isFinite(number)
      ? { value: number }
      : { problem: `expected a number, found ${describe(text)}` }
  }
  if (type === 'array') return listValue(text)
  return { value: text }
}

function listValue(text: string): { value: unknown } | { problem: string } {
  if (!text.trimStart().startsWith('['))
    return {
      value: text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    }
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { problem: 'expected a list as JSON or separated by commas; this begins with "[" and is not JSON' }
  }
}

/** Sets a nested member; false when something on the way is no table (the checks will say so). */
function put(target: Record<string, unknown>, path: string[], value: unknown): boolean {
  let at = target
  for (const step of path.slice(0, -1)) {
    at[step] ??= {}
    const next = at[step]
    if (!isObject(next)) return false
    at = next
  }
  at[path.at(-1)!] = value
  return true
}
