import type { YamlPlace } from './yaml-place.ts'

/** A JSON Schema as the server writes it for rule files. */
export interface Schema {
  description?: string
  const?: unknown
  enum?: unknown[]
  examples?: unknown[]
  type?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  $ref?: string
  $defs?: Record<string, Schema>
}

/** A name or value that could stand here. */
export interface Offer {
  label: string
  /** Whether the name must be there. */
  required: boolean
  about: string | undefined
}

/** What a schema may be: its references followed, its alternatives apart. */
function alternatives(schema: Schema, root: Schema): Schema[] {
  if (schema.$ref !== undefined) return alternatives(root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {}, root)
  const parts = schema.anyOf ?? schema.oneOf
  return parts === undefined ? [schema] : parts.flatMap((part) => alternatives(part, root))
}

function at(path: readonly string[], root: Schema): Schema[] {
  let found = alternatives(root, root)
  for (const step of path)
    found = found.flatMap((schema) => {
      const next = step === '[]' ? schema.items : schema.properties?.[step]
      return next === undefined ? [] : alternatives(next, root)
    })
  return found
}

const bare = (value: string): string => value.trim().replace(/^["']|["']$/g, '')

/** Whether what is written beside it fits: of the verdicts, the one that `type` names. */
const fits = (schema: Schema, beside: YamlPlace['beside']): boolean =>
  Object.entries(schema.properties ?? {}).every(([name, property]) => {
    const written = beside.get(name)
    return written === undefined || property.const === undefined || property.const === bare(written)
  })

/** Whether the names beside it are those of one alternative, as of conditions: `all` excludes `field`. */
const knows = (schema: Schema, beside: YamlPlace['beside']): boolean =>
  [...beside.keys()].every((name) => schema.properties?.[name] !== undefined)

function candidates({ path, beside }: YamlPlace, root: Schema): Schema[] {
  const all = at(path, root).filter((schema) => schema.properties !== undefined && fits(schema, beside))
  const known = all.filter((schema) => knows(schema, beside))
  return known.length > 0 ? known : all
}

/** The names that could be written at a place. */
export function namesAt(place: YamlPlace, root: Schema): Offer[] {
  const offers = new Map<string, Offer>()
  for (const schema of candidates(place, root))
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (place.beside.has(name) || offers.has(name)) continue
      offers.set(name, {
        label: name,
        required: schema.required?.includes(name) === true,
        about: alternatives(property, root)[0]?.description ?? property.description,
      })
    }
  return [...offers.values()]
}

/** The values that could be written behind the name at a place. @param names of what exists, by the name it is asked for */
export function valuesAt(
  place: YamlPlace,
  root: Schema,
  names: Readonly<Record<string, readonly string[]>> = {},
): Offer[] {
  const { key } = place
  if (key === undefined) return []
  const offers = new Map<string, Offer>()
  const add = (value: unknown, about?: string): void => {
    const label = String(value)
    if (!offers.has(label)) offers.set(label, { label, required: false, about })
  }
  for (const schema of at(place.path, root))
    for (const property of schema.properties?.[key] === undefined ? [] : alternatives(schema.properties[key], root)) {
      if (property.const !== undefined) add(property.const, property.description)
      for (const value of [...(property.enum ?? []), ...(property.examples ?? [])]) add(value)
      if (property.type === 'boolean') for (const value of [true, false]) add(value)
    }
  for (const value of names[key] ?? []) add(value)
  return [...offers.values()]
}

/** What a name means where it stands. */
export function aboutName(name: string, place: YamlPlace, root: Schema): string | undefined {
  const without = { ...place, beside: new Map([...place.beside].filter(([other]) => other !== name)) }
  for (const schema of candidates(without, root)) {
    const property = schema.properties?.[name]
    const about =
      property === undefined ? undefined : (property.description ?? alternatives(property, root)[0]?.description)
    if (about !== undefined) return about
  }
  return undefined
}
