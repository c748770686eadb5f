/**
 * Every error of the system: code → HTTP status, whether the same request may succeed later, and what it means. The
 * code is stable and documented (docs/errors.md is made from this table); a sentence may improve.
 */
export const ERRORS = {
  // what a caller sent
  INVALID_JSON: { status: 400, retryable: false, means: 'The body is not JSON.' },
  INVALID_ACTION: { status: 400, retryable: false, means: 'The body is not a valid action.' },
  INVALID_REQUEST: { status: 400, retryable: false, means: 'A parameter or the body is not what this route expects.' },
  TOO_DEEP: { status: 400, retryable: false, means: 'The JSON is nested deeper than 64 levels.' },
  UNAUTHENTICATED: {
    status: 401,
    retryable: false,
    means: 'Nobody is named by this request: the credential is missing, unknown, expired or revoked.',
  },
  FORBIDDEN: {
    status: 403,
    retryable: false,
    means: 'You are known, but your role or your grants do not cover this.',
  },
  CROSS_SITE: { status: 403, retryable: false, means: "A browser sent this from another site's page." },
  NOT_FOUND: { status: 404, retryable: false, means: 'There is nothing here, or nothing that you may see.' },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false, means: 'The path exists, but not with this method.' },
  TRANSITION_NOT_ALLOWED: {
    status: 409,
    retryable: false,
    means: 'The state machine has no such transition from the present state; `allowed` lists those it has.',
  },
  AMBIGUOUS: {
    status: 409,
    retryable: false,
    means: 'More than one thing has this key; name the namespace and tenant (`matches` lists them).',
  },
  IN_PROGRESS: {
    status: 409,
    retryable: true,
    means: 'The action with this id is still running; ask again after Retry-After.',
  },
  CONFLICT: {
    status: 409,
    retryable: false,
    means: 'It was changed meanwhile, or is not in a state that allows this.',
  },
  SUPERSEDED: {
    status: 409,
    retryable: false,
    means: 'A later action has entered the lane; sending this one would reorder it.',
  },
  HELD_BY_OTHER: { status: 409, retryable: false, means: 'Another action holds the dedup key; `holder` names it.' },
  TOO_LARGE: { status: 413, retryable: false, means: 'The body is larger than this route takes.' },
  HEADERS_TOO_LARGE: { status: 431, retryable: false, means: 'Path and headers together are larger than 8 KiB.' },
  REQUEST_TIMEOUT: { status: 408, retryable: true, means: 'The request did not arrive whole in time.' },
  UNSUPPORTED_ENCODING: { status: 415, retryable: false, means: 'Compressed bodies are not taken.' },
  ID_REUSED: { status: 422, retryable: false, means: 'This id was used for another body; use a new id.' },
  PAYLOAD_NOT_KEPT: {
    status: 422,
    retryable: false,
    means: 'The true payload is gone, so the action cannot be sent again.',
  },
  RATE_EXCEEDED: {
    status: 429,
    retryable: true,
    means: 'This caller or address has asked too often; wait as long as Retry-After says.',
  },
  LIMIT_REACHED: { status: 429, retryable: true, means: "The tenant's cap for this kind of thing is reached." },
  TOO_MANY_STREAMS: { status: 429, retryable: true, means: 'This caller has too many open streams.' },
  NOT_IMPLEMENTED: { status: 501, retryable: false, means: 'This version does not do that yet.' },
  // why it cannot be taken now
  STATE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    means: 'The state store does not answer or has no room; nothing was decided.',
  },
  UNKNOWN_IF_ACCEPTED: {
    status: 503,
    retryable: true,
    means: 'The state store did not answer in time; repeat with the same id for the one true answer.',
  },
  AUDIT_BACKLOG: { status: 503, retryable: true, means: 'Audit records wait in the outbox up to its bound.' },
  PROVIDER_BUSY: { status: 503, retryable: true, means: "The provider's queue is full." },
  OVERLOADED: { status: 503, retryable: true, means: 'The node has more work than it can do within a second.' },
  DRAINING: { status: 503, retryable: true, means: 'The node is stopping; another will answer.' },
  SEAL_FAILED: { status: 503, retryable: true, means: 'A payload could not be sealed; nothing was stored.' },
  SEALED_UNREADABLE: {
    status: 503,
    retryable: false,
    means: 'What is stored cannot be opened: its key is missing, or it was moved or changed.',
  },
  INTERNAL: { status: 500, retryable: false, means: 'A fault of Acteon itself; the log has it under the request id.' },
  // why an action failed (codes inside a Failed outcome, HTTP 200)
  PROVIDER_ERROR: {
    status: 200,
    retryable: true,
    means: 'The provider refused or could not be reached, after all attempts.',
  },
  PROVIDER_REJECTED: { status: 200, retryable: false, means: 'The provider says that the action itself is wrong.' },
  ADDRESS_NOT_ALLOWED: {
    status: 200,
    retryable: false,
    means: 'The address that the payload names is not one that may be called.',
  },
  INVALID_HEADER: {
    status: 200,
    retryable: false,
    means: 'A header would hold what HTTP does not allow there, or is not for a payload to set.',
  },
  PROVIDER_NOT_FOUND: { status: 200, retryable: false, means: 'No provider has this name.' },
  PROVIDER_CONFIGURATION: { status: 200, retryable: false, means: 'The provider is not configured rightly.' },
  RATE_LIMITED: { status: 200, retryable: true, means: 'The provider asks for fewer calls, after all attempts.' },
  TIMEOUT: { status: 200, retryable: true, means: 'The provider did not answer in time, after all attempts.' },
  CONNECTION_FAILED: { status: 200, retryable: true, means: 'The provider could not be reached, after all attempts.' },
  TEMPLATE_NOT_FOUND: { status: 200, retryable: false, means: 'No template has the name that the action asks for.' },
  TEMPLATE_ERROR: {
    status: 200,
    retryable: false,
    means:
      'The template that the action asks for failed, exceeded a limit or made something that the service does not take.',
  },
  CIRCUIT_OPEN: {
    status: 200,
    retryable: true,
    means: "The provider's circuit is open because too many calls failed; nothing is sent until it has recovered.",
  },
  RULE_ERROR: { status: 200, retryable: false, means: 'A rule exceeded a limit while it was evaluated.' },
  INVALID_STATUS: { status: 200, retryable: false, means: 'The state machine cannot begin with this status.' },
  EVENT_OF_OTHER_MACHINE: {
    status: 200,
    retryable: false,
    means: 'The fingerprint belongs to an event of another state machine.',
  },
  OUTCOME_UNKNOWN: {
    status: 200,
    retryable: false,
    means: 'An attempt may have taken effect and must not be repeated; a person settles it.',
  },
  EXPIRED: { status: 200, retryable: false, means: 'Its usefulness ended before it could be delivered.' },
  CANCELLED: { status: 200, retryable: false, means: 'It was called off.' },
  // what stops a start or a reload
  CONFIG_INVALID: { status: 400, retryable: false, means: 'The configuration has an error; nothing was changed.' },
  RULES_INVALID: {
    status: 400,
    retryable: false,
    means: 'A rule file has an error; the rules that ran go on running.',
  },
  TEMPLATES_INVALID: {
    status: 400,
    retryable: false,
    means: 'A template file has an error; the templates that were in use go on being used.',
  },
  DATA_DIRECTORY_IN_USE: { status: 409, retryable: false, means: 'Another process has the data directory open.' },
  DATA_DAMAGED: {
    status: 500,
    retryable: false,
    means: 'The data directory holds something that this version cannot read.',
  },
} as const satisfies Record<string, { status: number; retryable: boolean; means: string }>

export type ErrorCode = keyof typeof ERRORS

/** The body of every error answer, on every path. */
export interface ErrorBody {
  error: string
  code: ErrorCode
  message: string
  retryable: boolean
  [detail: string]: unknown
}

/**
 * An error with a code from the registry. `message` is a sentence for the reader: what was found, where, what was
 * expected, what to do. `details` are added to the error body.
 */
export class ActeonError extends Error {
  override readonly name = 'ActeonError'
  readonly retryAfterMs: number | undefined

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Record<string, unknown> = {},
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.retryAfterMs = options.retryAfterMs
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable
  }

  body(): ErrorBody {
    return { ...this.details, error: this.message, code: this.code, message: this.message, retryable: this.retryable }
  }
}
