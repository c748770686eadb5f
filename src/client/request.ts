import { ActeonApiError, errorOfAnswer } from './error.js'

export interface ClientOptions {
  /** Where the server is, such as `http://127.0.0.1:8080`. */
  endpoint: string
  /** Who asks; sent as `Authorization: Bearer …`. */
  apiKey?: string | undefined
  /** Instead of the platform's. */
  fetch?: typeof fetch | undefined
  /** Sent with every request. */
  headers?: Record<string, string> | undefined
  /** Waits before a stream connects again; tests pass their own. */
  wait?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined
}

type Query = Record<string, string | number | boolean | null | undefined>
export interface Request {
  query?: Query | undefined
  body?: unknown
  headers?: Record<string, string | undefined> | undefined
  signal?: AbortSignal | undefined
}

/** Sends requests to one server. */
export interface Http {
  /** The answer, whatever its status. @throws ActeonApiError CONNECTION_FAILED */
  send(method: string, path: string, request?: Request): Promise<Response>
  /** The answer's JSON. @throws ActeonApiError */
  json<T>(method: string, path: string, request?: Request): Promise<T>
  /** The same, and null where there is none. @throws ActeonApiError */
  find<T>(path: string, request?: Request): Promise<T | null>
}

export function createHttp({ endpoint, apiKey, headers: always = {}, fetch: given }: ClientOptions): Http {
  const base = endpoint.replace(/\/+$/, '')
  async function send(method: string, path: string, { query = {}, body, headers = {}, signal }: Request = {}) {
    const all: Record<string, string> = { accept: 'application/json', ...always }
    if (apiKey !== undefined) all['authorization'] = `Bearer ${apiKey}`
    if (body !== undefined) all['content-type'] = 'application/json'
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) all[name] = value
    try {
      return await (given ?? fetch)(`${base}${path}${queryText(query)}`, {
        method,
        headers: all,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new ActeonApiError(
        `No answer from ${base}.`,
        { code: 'CONNECTION_FAILED', status: 0, retryable: true },
        { cause: error },
      )
    }
  }
  async function json<T>(method: string, path: string, request?: Request): Promise<T> {
    const answer = await send(method, path, request)
    if (!answer.ok) throw await errorOfAnswer(answer)
    return (answer.status === 204 ? null : await answer.json()) as T
  }
  return {
    send,
    json,
    async find<T>(path: string, request?: Request) {
      try {
        return await json<T>('GET', path, request)
      } catch (error) {
        if (error instanceof ActeonApiError && error.status === 404) return null
        throw error
      }
    },
  }
}

function queryText(query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null) search.set(name, String(value))
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}

/** One part of a path. */
export const part = (text: string): string => encodeURIComponent(text)
