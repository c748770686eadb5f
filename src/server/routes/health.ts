import type { FastifyContextConfig } from 'fastify'
import { Type } from 'typebox'
import { ActeonError } from '../../lib/errors.js'
import { VERSION } from '../../lib/version.js'
import { sendJson } from '../answers.js'
import type { Parts } from '../parts.js'
import { Counters, Health } from '../shapes.js'
import type { App } from '../typed.js'

/** Whether it lives, whether it takes work, and what it has done. Never refused for load. */
export function healthRoutes(app: App, parts: Parts): void {
  const { gateway, metrics, draining, sealing, guard, publicMetrics, authProblem, reload } = parts
  const metricsAccess: FastifyContextConfig = publicMetrics ? { access: 'open' } : { access: 'read', everywhere: true }

  app.get(
    '/health',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Health',
        description: 'With access control on, `status` alone, unless the caller may see what concerns all tenants.',
        tags: ['operations'],
        response: { 200: Health },
      },
    },
    async ({ scope }, reply) => {
      const health = await gateway.health()
      const problem = authProblem()
      const refused = reload?.problem() ?? null
      const reasons = [
        ...(draining() ? ['the node is stopping'] : []),
        ...(problem === null ? [] : [problem]),
        ...(refused === null ? [] : [refused]),
        ...health.reasons,
      ]
      const status = reasons.length > 0 ? ('degraded' as const) : health.status
      if (guard.on && !scope.everywhere) return sendJson(reply, 200, { status }) as never
      return {
        status,
        ready: health.ready && !draining(),
        reasons,
        node: health.node,
        nodes: health.nodes,
        version: VERSION,
        durability: health.durability,
        sealing: sealing(),
        rules: health.rules,
        configuration: health.configuration,
        access: health.access,
        metrics: metrics.counters(),
      }
    },
  )

  app.get(
    '/ready',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Whether it takes dispatches now',
        tags: ['operations'],
        response: { 200: Type.Object({ status: Type.Literal('ready') }) },
      },
    },
    async () => {
      if (draining()) throw new ActeonError('DRAINING', 'The node is stopping; another will answer.')
      const { ready, reasons } = await gateway.health()
      if (!ready && guard.on) throw new ActeonError('STATE_UNAVAILABLE', 'Not ready.')
      if (!ready)
        throw new ActeonError('STATE_UNAVAILABLE', `Not ready: ${reasons.join('; ') || 'no reason is known'}.`, {
          reasons,
        })
      return { status: 'ready' as const }
    },
  )

  app.get(
    '/metrics',
    {
      config: metricsAccess,
      schema: {
        summary: 'Counters, as JSON; Prometheus text when asked for by Accept',
        tags: ['operations'],
        response: { 200: Counters },
      },
    },
    async (request, reply) => {
      if (!wantsText(request.headers.accept)) return sendJson(reply, 200, metrics.counters())
      const { type, text } = await metrics.prometheus(gateway.state)
      return reply.type(type).send(text as never)
    },
  )

  app.get(
    '/metrics/prometheus',
    {
      config: metricsAccess,
      schema: { summary: 'Metrics for Prometheus', tags: ['operations'] },
    },
    async (_, reply) => {
      const { type, text } = await metrics.prometheus(gateway.state)
      return reply.type(type).send(text)
    },
  )
}

/** What a Prometheus server asks for; a browser or curl does not. */
const wantsText = (accept = ''): boolean =>
  /application\/openmetrics-text|text\/plain/.test(accept) && !/application\/json|text\/html/.test(accept)
