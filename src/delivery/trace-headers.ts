const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
const TRACESTATE = /^[\x20-\x7e]{1,512}$/

/**
 * `traceparent` and `tracestate` to pass on (W3C Trace Context). What is not as that standard says is left out, as it
 * asks for: a caller's trace must never be the reason why an action fails.
 */
export function traceHeaders(context: Record<string, string> = {}): Record<string, string> {
  const { traceparent, tracestate } = context
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return {}
  return { traceparent, ...(tracestate !== undefined && TRACESTATE.test(tracestate) && { tracestate }) }
}
