import { Type, type Static } from 'typebox'
import { isObject } from '../lib/json.js'
import { pathText } from '../lib/validate.js'
import { keyPositions } from './toml.js'

type Path = (string | number)[]

/** Where a value of the configuration came from; variables are named, what is in them is not. */
const ORIGIN = {
  from: Type.Enum(['file', 'environment', 'default', 'program'], {
    description:
      '`environment`: from a variable, be it `ACTEON_SECTION__KEY` or one that the file names as `${NAME}`; `program`: from the program that started the server, set or left to its default.',
  }),
  line: Type.Optional(Type.Integer({ description: 'Where it is written in the file; absent: it is not in the file.' })),
  variables: Type.Optional(
    Type.Array(Type.String(), { description: 'The variables that gave the value, or parts of it.' }),
  ),
  sealed: Type.Optional(Type.Literal(true, { description: 'It, or a part of it, was sealed: `ENC[…]`.' })),
  needs_restart: Type.Optional(
    Type.Literal(true, { description: 'It was changed since, and what it was changed to holds after a restart.' }),
  ),
} as const

/** One value of the configuration that runs. */
export const ConfigValue = Type.Object(
  {
    key: Type.String({ description: 'Such as `server.port` or `providers[0].url`.' }),
    value: Type.Unknown({ description: 'As `/admin/config` shows it: secrets are masked.' }),
    ...ORIGIN,
  },
  { title: 'ConfigValue' },
)
export type ConfigValue = Static<typeof ConfigValue>
export type Origin = Omit<ConfigValue, 'key' | 'value'>

/** What is known of where a configuration came from. */
export interface Origins {
  /** The file, as it was named; null: none was read. */
  file: string | null
  /** Where a value is from; of a list or a table: where all that is in it is from. */
  of(path: Path): Promise<Origin>
}

/** What reading a configuration leaves behind; paths are JSON. */
export interface Reading {
  text: string
  file: string | null
  /** The file's own values, nothing of the environment in them. */
  written: Record<string, unknown>
  /** The variable that overrode a value. */
  overrides: ReadonlyMap<string, string>
  /** The variables that were found for a text. */
  filled: ReadonlyMap<string, readonly string[]>
  /** Which values had been sealed. */
  opened: ReadonlySet<string>
}

/** Of a configuration that a program made: which of its values it set, nobody knows. */
export const FROM_PROGRAM: Origins = { file: null, of: () => Promise.resolve({ from: 'program' }) }

/** Lines are looked for when somebody asks, not at the start; they are those of the text that was read. */
export function originsOf({ text, file, written, overrides, filled, opened }: Reading): Origins {
  let positions: ReturnType<typeof keyPositions> | undefined
  return {
    file,
    async of(path) {
      const sealed = [...opened].some((one) => isWithin(one, path)) ? { sealed: true as const } : {}
      const override = overrides.get(JSON.stringify(path))
      if (override !== undefined) return { from: 'environment', variables: [override], ...sealed }
      if (!isWritten(written, path)) return { from: 'default' }
      positions ??= keyPositions(text)
      const line = (await positions)(path)?.line
      const found = [...filled].flatMap(([one, names]) => (isWithin(one, path) ? names : []))
      return {
        ...(found.length === 0 ? { from: 'file' } : { from: 'environment', variables: [...new Set(found)] }),
        ...(line !== undefined && { line }),
        ...sealed,
      }
    },
  }
}

/**
 * What holds after a reload: what waits for a restart is from where it was, all else from where it is now.
 * @param waiting keys such as `server.port`
 */
export function rereadOrigins(before: Origins, next: Origins, waiting: readonly string[]): Origins {
  return {
    file: next.file,
    async of(path) {
      if (!waiting.includes(path.slice(0, 2).join('.'))) return next.of(path)
      // That line was in a text which the file no longer has.
      const { line: _, ...origin } = await before.of(path)
      return { ...origin, needs_restart: true }
    },
  }
}

/**
 * Every value of a configuration, in its order, with where it is from.
 * @param shown the configuration as it is shown, secrets masked
 */
export function configValues(shown: unknown, origins: Origins): Promise<ConfigValue[]> {
  return Promise.all(
    valuesIn(shown, []).map(async ([path, value]) => ({ key: pathText(path), value, ...(await origins.of(path)) })),
  )
}

/** `ACTEON_SERVER__PORT`, or `acteon.toml:12, from DATABASE_URL, sealed`. */
export function originText({ from, line, variables = [], sealed, needs_restart }: Origin, file: string | null): string {
  if (from === 'default' || from === 'program') return from
  const place = line === undefined ? (from === 'file' ? file : null) : `${file}:${line}`
  const names = variables.join(' and ')
  return [
    ...(place === null ? [names] : [place, ...(names === '' ? [] : [`from ${names}`])]),
    ...(sealed === true ? ['sealed'] : []),
    ...(needs_restart === true ? ['changed since, which needs a restart'] : []),
  ].join(', ')
}

/** Tables are gone into, lists of tables too; a state machine is one value, since what is shown of it was compiled. */
function valuesIn(value: unknown, path: Path): [Path, unknown][] {
  const isMachine = path.length === 2 && path[0] === 'state_machines'
  if (isMachine || !isTables(value)) return [[path, value]]
  const members: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return members.flatMap(([step, member]) => valuesIn(member, [...path, step]))
}

const isTables = (value: unknown): value is object =>
  Array.isArray(value) ? value.length > 0 && value.every(isObject) : isObject(value)

function isWritten(written: unknown, path: Path): boolean {
  let at = written
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return false
    at = (at as Record<string | number, unknown>)[step]
  }
  return true
}

/** Whether a path, as JSON, is another one or leads to something in it. */
function isWithin(one: string, path: Path): boolean {
  const whole = JSON.stringify(path)
  return one === whole || one.startsWith(`${whole.slice(0, -1)},`)
}
