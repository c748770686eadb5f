import createClient, { type Middleware } from 'openapi-fetch'
import type { components, paths } from '../../../src/client/schema.ts'

export type Shape = components['schemas']

/** What a refused or failed request says: the server's sentence, its code, the request's id. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly retryable: boolean
  readonly requestId: string | null
  /** What the answer says besides. */
  readonly details: Readonly<Record<string, unknown>>
  constructor(status: number, body: unknown, requestId: string | null) {
    const said = (typeof body === 'object' && body !== null ? body : {}) as Partial<Shape['Error']>
    super(said.error ?? `The server answered ${status}.`)
    this.name = 'ApiError'
    this.status = status
    this.code = said.code ?? `HTTP_${status}`
    this.retryable = said.retryable ?? status >= 500
    this.requestId = requestId
    this.details = said as Record<string, unknown>
  }
}

const listeners = new Set<() => void>()
/** Calls back when the server no longer knows who asks. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const refusals: Middleware = {
  async onResponse({ response, schemaPath }) {
    if (response.ok) return
    if (response.status === 401 && schemaPath !== '/v1/auth/login') for (const listener of listeners) listener()
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => null)
    throw new ApiError(response.status, body, response.headers.get('x-request-id'))
  },
}

/** The public API, typed from its own description. What is no success throws an `ApiError`. */
export const api = createClient<paths>({ baseUrl: '/' })
api.use(refusals)

let token: string | undefined
/** What a signed-in browser must send along with whatever changes something. */
export const sendAlong = (csrf: string | undefined): void => void (token = csrf)
api.use({
  onRequest({ request }) {
    if (token !== undefined && request.method !== 'GET') request.headers.set('x-csrf-token', token)
  },
})

/** The body of a success. */
export async function answer<T>(request: Promise<{ data?: T }>): Promise<T> {
  const { data } = await request
  return data as T
}
