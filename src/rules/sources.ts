import { compilePath, MISSING, type Found } from '../action/paths.js'
import type { Json } from '../lib/json.js'
import { nearest } from '../lib/suggest.js'
import { describe, type Issue } from '../lib/validate.js'
import type { Argument } from './calls.js'
import { withhold, type Scene } from './scene.js'
import { TIME_FIELDS, type TimeFields } from './time.js'

/** Where a condition takes a value from: a path into the action, or `time.*`. */
export interface Source {
  /** Without a leading `action.`. */
  name: string
  /** The label, when it is a path into labels. */
  label?: string
  /** undefined: the scene does not know it. */
  read(scene: Scene): Found | undefined
}

/** Compiles a path of a condition, or says what is wrong with it. */
export function sourceOf(text: string): Source | { problem: string } {
  if (text.startsWith('time.')) {
    const field = text.slice('time.'.length)
    if (!(TIME_FIELDS as readonly string[]).includes(field)) {
      const hint = nearest(field, TIME_FIELDS)
      return {
        problem: `"${text}" is not known; time has ${TIME_FIELDS.join(', ')}${hint === undefined ? '' : `; did you mean "time.${hint}"?`}`,
      }
    }
    return {
      name: text,
      read: (scene) => (scene.known === undefined ? scene.time()[field as keyof TimeFields] : undefined),
    }
  }
  const path = compilePath(text)
  if ('problem' in path) return path
  const { name, read } = path
  const label = name.startsWith('metadata.') ? name.slice('metadata.'.length).replace(/^labels\./, '') : undefined
  return {
    name,
    ...(label !== undefined && { label }),
    read(scene) {
      if (scene.known !== undefined && !scene.known.has(name)) return undefined
      const why = scene.past?.withheld(name) ?? null
      return why === null ? read(scene.action) : withhold(scene, scene.past!, why)
    },
  }
}

const PATH_ARGUMENT = /^(?:action|metadata|payload|time)\./

/** The arguments of a call; what starts like a path and is not quoted is one, anything else a literal. */
export function argumentsOf(
  list: unknown,
  path: (string | number)[],
  quoted: (path: (string | number)[]) => boolean,
  issues: Issue[],
): Argument[] {
  if (!Array.isArray(list)) {
    issues.push({ path, message: `expected a list of arguments, found ${describe(list)}` })
    return []
  }
  return list.map((value: unknown, i): Argument => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (typeof value !== 'string' || !PATH_ARGUMENT.test(value))
      return { text, literal: value as Json, read: () => value as Json }
    if (quoted([...path, i])) return { text: JSON.stringify(value), literal: value, read: () => value }
    const source = sourceOf(value)
    if ('problem' in source) {
      issues.push({ path: [...path, i], message: `${source.problem}; quote it to mean the text itself` })
      return { text, read: () => MISSING }
    }
    return {
      text,
      ...(source.label !== undefined && { label: source.label }),
      read: (scene) => source.read(scene) ?? MISSING,
    }
  })
}
