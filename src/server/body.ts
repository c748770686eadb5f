import type { IncomingMessage } from 'node:http'
import { ActeonError } from '../lib/errors.js'
import { isObject, structureProblem } from '../lib/json.js'

/** What a route takes. */
export interface BodyLimits {
  /** Bytes on the wire. */
  bytes: number
  /** Levels of nesting. */
  depth: number
  /** Names of members, all objects together. */
  names: number
}

const KIB = 1_024
const MIB = 1_024 * KIB
export const MAX_ACTION_BYTES = 256 * KIB
export const MAX_BATCH_ACTIONS = 1_000
/** What any route takes that does not say otherwise. */
export const PLAIN_BODY: BodyLimits = { bytes: MIB, depth: 64, names: 10_000 }
/** One action, with attachments. */
export const ACTION_BODY: BodyLimits = { bytes: 16 * MIB, depth: 64, names: 10_000 }
/** A batch: two levels more than its actions, which are looked at one by one. */
export const BATCH_BODY: BodyLimits = { bytes: 16 * MIB, depth: 66, names: 1_000_000 }

/** How much of a refused body is still read, so that its sender can read our answer. */
const DRAINED_BYTES = 64 * MIB

/**
 * Bytes of bodies that are held at the same time over all requests; above it new bodies are refused until others are
 * done, so that many large ones cannot fill the memory.
 */
export function bodyBudget(bytes: number): BodyBudget {
  let held = 0
  return {
    take(count) {
      if (held + count > bytes)
        throw new ActeonError(
          'OVERLOADED',
          'The bodies of other requests fill the memory set aside for them; try again.',
          {},
          { retryAfterMs: 1_000 },
        )
      held += count
    },
    give(count) {
      held -= count
    },
    held: () => held,
  }
}
export interface BodyBudget {
  /** @throws ActeonError OVERLOADED */
  take(bytes: number): void
  give(bytes: number): void
  held(): number
}

/**
 * Reads a request's body and parses it as JSON, whatever its Content-Type says. Nothing of what it says is trusted:
 * size is counted as it comes in, depth and number of names are counted before parsing, and names that JavaScript
 * objects reserve are refused. An empty body is `undefined`.
 *
 * A body that is refused is read on and dropped, up to a bound, so that its sender is not cut off before it sees why.
 * @throws ActeonError UNSUPPORTED_ENCODING, TOO_LARGE, TOO_DEEP, INVALID_JSON, INVALID_REQUEST, OVERLOADED
 */
export async function readJson(
  request: IncomingMessage,
  limits: BodyLimits,
  budget: BodyBudget,
): Promise<{ value: unknown; bytes: number }> {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    drop(request)
    throw new ActeonError(
      'UNSUPPORTED_ENCODING',
      `Content-Encoding "${encoding.slice(0, 60)}" is not taken; send the JSON as it is.`,
    )
  }
  const bytes = await readBytes(request, limits.bytes, budget)
  try {
    return { value: parseJson(bytes, limits), bytes: bytes.length }
  } catch (error) {
    budget.give(bytes.length)
    throw error
  }
}

function readBytes(request: IncomingMessage, limit: number, budget: BodyBudget): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > limit) {
    drop(request)
    return Promise.reject(tooLarge(limit))
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    let over = false
    const end = (finish: () => void): void => {
      if (over) return
      over = true
      finish()
    }
    const refuse = (error: unknown): void =>
      end(() => {
        budget.give(length)
        request.off('data', take)
        drop(request)
        reject(error as Error)
      })
    const take = (chunk: Buffer): void => {
      if (length + chunk.length > limit) return refuse(tooLarge(limit))
      try {
        budget.take(chunk.length)
      } catch (error) {
        return refuse(error)
      }
      length += chunk.length
      chunks.push(chunk)
    }
    const cutOff = (): void =>
      end(() => {
        budget.give(length)
        reject(new ActeonError('INVALID_REQUEST', 'The connection ended in the middle of the body.'))
      })
    request.on('data', take)
    request.once('end', () => end(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length))))
    request.once('error', cutOff)
    request.once('close', cutOff)
  })
}

const tooLarge = (limit: number): ActeonError =>
  new ActeonError('TOO_LARGE', `The body is larger than the ${limit / MIB} MiB that this route takes.`, {
    limit_bytes: limit,
  })

/** Reads on and throws away, up to a bound; beyond it the connection ends. */
export function drop(request: IncomingMessage): void {
  let left = DRAINED_BYTES
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) request.destroy()
  })
  // The answer has been decided; that its sender went away meanwhile changes nothing.
  request.on('error', () => undefined)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws ActeonError as `readJson` does */
export function parseJson(bytes: Uint8Array, limits: Pick<BodyLimits, 'depth' | 'names'>): unknown {
  if (bytes.length === 0) return undefined
  const text = decode(bytes)
  if (/^\s*$/.test(text)) return undefined
  const problem = structureProblem(text, limits)
  if (problem?.code === 'TOO_DEEP')
    throw new ActeonError('TOO_DEEP', `The body is nested deeper than ${limits.depth} levels; send a flatter one.`)
  if (problem !== null)
    throw new ActeonError('INVALID_REQUEST', `The body has more than ${limits.names} names in its objects; send less.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ActeonError('INVALID_JSON', `The body is not JSON: ${syntaxText(text)}.`)
  }
  const number = inexactNumber(text)
  if (number !== null)
    throw new ActeonError(
      'INVALID_REQUEST',
      `The number ${number} cannot be kept exactly; send it as a text, in quotes.`,
    )
  if (MAY_HOLD_RESERVED.test(text)) refuseReserved(value)
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new ActeonError('INVALID_JSON', 'The body is not JSON: it is not UTF-8.')
  }
}

/** A longer text is not looked through for the place: that costs some twenty parses. */
const PLACED_UP_TO = 64 * KIB

/** Where and what, `unexpected "}" at line 3, column 14`, without repeating the body. */
function syntaxText(text: string): string {
  if (endsEarly(text)) return 'it ends in the middle'
  if (text.length > PLACED_UP_TO) return 'it has a fault in the middle'
  // Every beginning up to the fault only ends early; the first that is wrong in itself ends with the fault.
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (endsEarly(text.slice(0, middle))) good = middle
    else bad = middle
  }
  const before = text.slice(0, good)
  const line = before.split('\n').length
  const column = good - before.lastIndexOf('\n')
  return `unexpected ${JSON.stringify(text[good])} at line ${line}, column ${column}`
}

/** Whether a text is, or could still become, JSON. */
function endsEarly(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const { message } = error as SyntaxError
    const at = /position (\d+)/.exec(message)?.[1]
    return /end of JSON input|Unterminated string/.test(message) || (at !== undefined && Number(at) >= text.length)
  }
}

// An escape may spell any name, so a text with one is looked through.
const MAY_HOLD_RESERVED = /__proto__|"constructor"|\\u/

/** Refuses `__proto__` and `constructor: {prototype}`, at any depth: careless code further on could be steered by them. */
function refuseReserved(root: unknown): void {
  const waiting: unknown[] = [root]
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (Array.isArray(value)) {
      for (const item of value) if (item !== null && typeof item === 'object') waiting.push(item)
      continue
    }
    if (!isObject(value)) continue
    const reserved = Object.hasOwn(value, '__proto__')
      ? '__proto__'
      : Object.hasOwn(value, 'constructor') &&
          isObject(value['constructor']) &&
          Object.hasOwn(value['constructor'], 'prototype')
        ? 'constructor.prototype'
        : null
    if (reserved !== null)
      throw new ActeonError(
        'INVALID_REQUEST',
        `The body has an object with the name "${reserved}", which is reserved; use another name.`,
        { name: reserved },
      )
    for (const member of Object.values(value)) if (member !== null && typeof member === 'object') waiting.push(member)
  }
}

const MAY_BE_INEXACT = /\d{16}|[eE]\+?\d{3}/

/** The first number of a JSON text that a double cannot carry: an integer beyond 2^53, or one too large for any. */
function inexactNumber(text: string): string | null {
  if (!MAY_BE_INEXACT.test(text)) return null
  // Texts are matched first, so that digits inside them are passed over.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    if (token.startsWith('"')) continue
    const value = Number(token)
    if (!Number.isFinite(value)) return token.slice(0, 40)
    if (/^-?\d+$/.test(token) && !Number.isSafeInteger(value)) return token.slice(0, 40)
  }
  return null
}
