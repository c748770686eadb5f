import { Type, type Static } from 'typebox'
import type { BreakerView } from '../../gateway/gateway.js'
import { callerOf } from '../access.js'
import { bySpelling, notFound } from '../answers.js'
import { iso } from '../lists.js'
import type { Parts } from '../parts.js'
import { CircuitBreakerChange, CircuitBreakerShape } from '../shapes.js'
import type { App } from '../typed.js'

const Params = Type.Object({ provider: Type.String() })

/** The circuits of providers: which are open, and opening and closing them by hand. */
export function circuitBreakerRoutes(app: App, { gateway: { breakers } }: Parts): void {
  app.get(
    '/admin/circuit-breakers',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: "Circuit breakers, as this node knows them; 404 when no provider's is enabled",
        tags: ['operations'],
        response: {
          200: Type.Object({ circuit_breakers: Type.Array(CircuitBreakerShape) }, { title: 'CircuitBreakerList' }),
        },
      },
    },
    async () => {
      const views = breakers.list()
      if (views.length === 0) throw notFound('enabled circuit breaker of', 'any provider')
      return { circuit_breakers: views.map(shapeOf) }
    },
  )

  app.post(
    '/admin/circuit-breakers/:provider/trip',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'Open a circuit on all nodes, until it is reset',
        tags: ['operations'],
        params: Params,
        response: { 200: CircuitBreakerChange },
      },
    },
    async (request) =>
      changed(
        await bySpelling(request.params.provider, (name) => breakers.trip(name, callerOf(request))),
        'The circuit is open until it is reset.',
      ),
  )

  app.post(
    '/admin/circuit-breakers/:provider/reset',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'Close a circuit on all nodes',
        tags: ['operations'],
        params: Params,
        response: { 200: CircuitBreakerChange },
      },
    },
    async (request) =>
      changed(
        await bySpelling(request.params.provider, (name) => breakers.reset(name, callerOf(request))),
        'The circuit is closed, and earlier failures no longer count.',
      ),
  )
}

const changed = ({ provider, state }: BreakerView, message: string): Static<typeof CircuitBreakerChange> => ({
  provider,
  state,
  message,
})

function shapeOf(view: BreakerView): Static<typeof CircuitBreakerShape> {
  const { provider, state, since, until, by, why, terms, fallbacks, calls, failures } = view
  const { enabled: _enabled, ...shown } = terms
  const [fallback_provider] = fallbacks
  return {
    provider,
    state,
    since: iso(since),
    ...(until !== null && { until: iso(until) }),
    changed_by: by,
    reason: why,
    failure_threshold: Math.max(1, Math.ceil(terms.minimum_calls * terms.failure_share)),
    success_threshold: 1,
    ...shown,
    calls,
    failures,
    ...(fallback_provider !== undefined && { fallback_provider }),
    fallback_chain: fallbacks,
  }
}
