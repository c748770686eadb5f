/** The client of an Acteon server, for browsers and Node. It has no dependencies. */
export { createClient, type Action, type Client, type Dispatched, type DispatchOptions } from './client.js'
export { ActeonApiError } from './error.js'
export { decodeOutcome, type Outcome, type OutcomeOf, type WireOutcome } from './outcome.js'
export type { ClientOptions } from './request.js'
export type { StreamFrame, StreamOptions } from './stream.js'
export type { components, operations, paths } from './schema.js'
