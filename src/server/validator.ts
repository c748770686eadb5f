import type { FastifyRouteSchemaDef } from 'fastify/types/schema.js'
import type { TSchema } from 'typebox'
import { isObject } from '../lib/json.js'
import { compile } from '../lib/validate.js'
import { Mismatch } from './answers.js'

type Check = (data: unknown) => { value: unknown } | { error: Error }

/**
 * Checks a part of a request by its schema. Bodies are taken as they are: nothing is converted, removed or filled in.
 * Queries and paths are texts, so numbers and booleans in them are read first.
 */
export function checkRequest({ schema, httpPart = 'body' }: FastifyRouteSchemaDef<TSchema>): Check {
  const check = compile(schema)
  return (data) => {
    const value = httpPart === 'body' ? data : readTexts(schema, data)
    const checked = check(value)
    return checked.ok ? { value } : { error: new Mismatch(httpPart, checked.issues) }
  }
}

/** For routes whose body the gateway checks itself. */
export const checkAllButBody = (route: FastifyRouteSchemaDef<TSchema>): Check | (() => true) =>
  route.httpPart === 'body' ? (): true => true : checkRequest(route)

function readTexts(schema: TSchema, data: unknown): unknown {
  if (!isObject(data)) return data
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> }
  return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, readText(properties[name]?.type, text)]))
}

function readText(type: string | undefined, text: unknown): unknown {
  if (typeof text !== 'string') return text
  if ((type === 'integer' || type === 'number') && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}
