import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Tracer } from '@opentelemetry/api'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { TraceAttempt } from '../audit/trace.js'
import type { Observer } from '../gateway/gateway.js'
import { traceHeaders } from '../delivery/trace-headers.js'
import type { Config } from '../config/check.js'
import { configError } from '../config/problems.js'
import { VERSION } from '../lib/version.js'
import type { Logger } from './log.js'

/** `[telemetry]` of the configuration, with an endpoint. */
export interface TelemetryOptions {
  /** Where an OTLP/HTTP collector takes traces, such as `http://localhost:4318/v1/traces`. */
  endpoint: string
  headers: Record<string, string>
  serviceName: string
  /** The share of actions whose traces begin here that is sent, from 0 to 1; a caller's own decision is kept. */
  sampleRatio: number
  node: string
  /** A collector that does not take what it is sent; told at most once until it takes something again. */
  onProblem: (message: string) => void
}

type OutcomeEvent = Parameters<NonNullable<Observer['outcome']>>[0]

/** Sends a span for each final outcome, and one beneath it for each attempt, to an OpenTelemetry collector. */
export interface Telemetry {
  readonly observer: Observer
  /** Sends what waits, and ends. */
  close(): Promise<void>
}

/** How many spans wait for the collector; more are dropped, because telling of work must not stop it. */
const MOST_WAITING = 8_192
const CLOSE_MS = 5_000

/** What `[telemetry]` asks for; nothing without an endpoint. @throws ActeonError CONFIG_INVALID */
export async function telemetryOf(
  { otlp_endpoint, otlp_headers = '', service_name, sample_ratio }: Config['telemetry'],
  { node, log }: { node: string; log: Logger },
): Promise<Telemetry> {
  if (otlp_endpoint === undefined) return { observer: {}, close: () => Promise.resolve() }
  if (!/^https?:\/\//.test(otlp_endpoint) || !URL.canParse(otlp_endpoint))
    throw problemAt('otlp_endpoint', 'is no http or https address')
  return openTelemetry({
    endpoint: otlp_endpoint,
    headers: headersOf(otlp_headers),
    serviceName: service_name,
    sampleRatio: sample_ratio,
    node,
    onProblem: (message) => log.warn(`telemetry: ${message}`),
  })
}

function headersOf(text: string): Record<string, string> {
  const parts = text.split(',').filter((part) => part.trim() !== '')
  return Object.fromEntries(
    parts.map((part) => {
      const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x20-\x7e]+?)\s*$/.exec(part) ?? []
      if (name === undefined || value === undefined)
        throw problemAt('otlp_headers', 'must be `name=value`, separated by commas')
      return [name, value]
    }),
  )
}

const problemAt = (key: string, says: string) =>
  configError([{ kind: 'invalid', path: ['telemetry', key], message: `telemetry.${key} ${says}` }])

/**
 * Loads OpenTelemetry, which takes a while, so only when it is configured. Spans are made when an outcome is known, from
 * what is on record: nothing more is done while an action is decided or carried out. None of their attributes has
 * anything of a payload or of what a provider answered.
 */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const exporter = new OTLPTraceExporter({ url: options.endpoint, headers: options.headers })
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.version': VERSION,
      'service.instance.id': options.node,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter: toldOnce(exporter, options.onProblem), maxQueueSize: MOST_WAITING }),
    ],
  })
  const tracer = provider.getTracer('acteon', VERSION)
  return {
    observer: { outcome: (event) => recordSpans(tracer, event) },
    async close() {
      try {
        await provider.forceFlush({ timeoutMillis: CLOSE_MS })
        await provider.shutdown()
      } catch (error) {
        options.onProblem(`What was left could not be sent: ${(error as Error).message}`)
      }
    },
  }
}

function recordSpans(tracer: Tracer, event: OutcomeEvent): void {
  const startTime = event.dispatchedAt
  const attributes = {
    'acteon.action_id': event.action_id,
    'acteon.kind': event.kind,
    'acteon.outcome': event.outcome,
    'acteon.namespace': event.namespace,
    'acteon.tenant': event.tenant,
    'acteon.provider': event.provider,
    'acteon.verdict': event.verdict,
    ...(event.rule !== null && { 'acteon.rule': event.rule }),
  }
  const parent = callersContext(event.trace_context)
  const span = tracer.startSpan(`acteon ${event.kind}`, { kind: SpanKind.CONSUMER, startTime, attributes }, parent)
  if (event.outcome === 'Failed') span.setStatus({ code: SpanStatusCode.ERROR })
  const within = trace.setSpan(parent, span)
  for (const attempt of event.attempts ?? []) recordAttempt(tracer, within, attempt)
  span.end(startTime + event.durationMs)
}

function recordAttempt(tracer: Tracer, parent: Context, attempt: TraceAttempt): void {
  const startTime = Date.parse(attempt.at)
  const attributes = {
    'acteon.provider': attempt.provider,
    'acteon.attempt': attempt.attempt,
    'acteon.result': attempt.result,
    ...(attempt.status !== undefined && { 'acteon.answer_status': attempt.status }),
    ...(attempt.code !== undefined && { 'error.type': attempt.code }),
  }
  const name = `deliver to ${attempt.provider}`
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime, attributes }, parent)
  if (attempt.result !== 'success') span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(startTime + attempt.duration_ms)
}

/** The caller's trace (W3C Trace Context), or none. */
function callersContext(given: Record<string, string> | undefined): Context {
  const { traceparent } = traceHeaders(given)
  if (traceparent === undefined) return ROOT_CONTEXT
  const [, traceId, spanId, flags] = traceparent.split('-') as [string, string, string, string]
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  })
}

/** The exporter, saying when it begins to fail. */
function toldOnce(exporter: SpanExporter, onProblem: (message: string) => void): SpanExporter {
  let failing = false
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined
        if (failed && !failing) onProblem(`The collector does not take traces: ${result.error!.message}`)
        failing = failed
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  }
}
