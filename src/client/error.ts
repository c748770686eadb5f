/** An answer that is no success, or none at all. */
export class ActeonApiError extends Error {
  override readonly name = 'ActeonApiError'
  /** The server's code, such as `ID_REUSED`; `CONNECTION_FAILED` when it could not be reached. */
  readonly code: string
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** Whether the same request (with the same id) may succeed later. */
  readonly retryable: boolean
  /** How long to wait before that, milliseconds, when the server says it. */
  readonly retryAfterMs: number | undefined
  /** The whole error body. */
  readonly body: Record<string, unknown>

  constructor(
    message: string,
    facts: {
      code: string
      status: number
      retryable: boolean
      retryAfterMs?: number | undefined
      body?: Record<string, unknown>
    },
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.code = facts.code
    this.status = facts.status
    this.retryable = facts.retryable
    this.retryAfterMs = facts.retryAfterMs
    this.body = facts.body ?? {}
  }
}

/** The error of an answer that is no success; one that is not Acteon's own has the code `HTTP_{status}`. */
export async function errorOfAnswer(answer: Response): Promise<ActeonApiError> {
  const { status } = answer
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined
  const body = await bodyOf(answer)
  const { code, message, retryable } = body
  if (typeof code !== 'string' || typeof message !== 'string')
    return new ActeonApiError(`The server answered ${status} without saying why.`, {
      code: `HTTP_${status}`,
      status,
      retryable: status >= 500,
      retryAfterMs,
    })
  return new ActeonApiError(message, { code, status, retryable: retryable === true, retryAfterMs, body })
}

async function bodyOf(answer: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await answer.json()
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  } catch {
    // Something between us and the server answered; its status is all that is known.
    return {}
  }
}
