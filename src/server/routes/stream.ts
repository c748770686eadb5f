import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { ActeonError } from '../../lib/errors.js'
import { SECURITY_HEADERS } from '../guard.js'
import { pumpLive } from '../live.js'
import { chipsOf } from '../matching.js'
import { streamOwner, type Parts } from '../parts.js'
import { ScopeQuery } from '../shapes.js'
import { openSse, type Sse } from '../sse.js'
import { pump, StreamQuery, type StreamFilter } from '../stream.js'
import type { App } from '../typed.js'

/** What happens, as it happens, as server-sent events (wire section 9). */
export function streamRoutes(app: App, { gateway, feed, streams, clock, guard, draining }: Parts): void {
  const frames = {
    description:
      'Server-sent events. Each has an `id`, an `event` (its type) and `data` (JSON on one line). `Last-Event-ID` goes on after that one, without gap or double; what is no longer kept is told by `event: lagged`. A comment every 15 s.',
    tags: ['stream'],
  }

  app.get(
    '/v1/stream',
    {
      config: { access: 'read' },
      exposeHeadRoute: false,
      schema: { summary: 'All that happens, on every node', ...frames, querystring: StreamQuery },
    },
    async (request, reply) => {
      request.scope.refuse(request.query)
      const last = lastEventId(request)
      const from = last ?? (await feed.end())
      await open(request, reply, (stream) =>
        pump(stream, { feed, clock, filter: request.query, sees: request.scope.covers, from }),
      )
    },
  )

  app.get(
    '/v1/subscribe/:kind/:id',
    {
      config: { access: 'read' },
      exposeHeadRoute: false,
      schema: {
        summary: 'What happens to one action, group or chain, what happened first',
        ...frames,
        params: Type.Object({ kind: Type.String(), id: Type.String() }),
        querystring: Type.Object({
          ...ScopeQuery,
          include_history: Type.Optional(Type.Boolean({ description: 'Begin with what is kept; true when absent.' })),
        }),
      },
    },
    async (request, reply) => {
      const { include_history = true, ...scope } = request.query
      request.scope.refuse(scope)
      const filter = { ...scope, ...subject(request.params) }
      const from = lastEventId(request) ?? (include_history ? null : await feed.end())
      await open(request, reply, (stream) => pump(stream, { feed, clock, filter, sees: request.scope.covers, from }))
    },
  )

  app.get(
    '/v1/stream/live',
    {
      config: { access: 'read' },
      exposeHeadRoute: false,
      schema: {
        summary: 'What a page shows: counts each second, what passes its filter in a line each, and gaps',
        description:
          'Server-sent events of four kinds: `counts` (LiveCounts), `action` (ActionRow: what passes the filter, at most 20 a second), `patch` (LivePatch: what became later of an action that was told of) and `gap` (LiveGap: how many that pass were left out). They have no ids and cannot be resumed.',
        tags: ['stream'],
        querystring: Type.Object({
          ...ScopeQuery,
          action_type: Type.Optional(Type.String()),
          outcome: Type.Optional(Type.String()),
          q: Type.Optional(
            Type.String({
              maxLength: 2_000,
              description: 'A filter text, as for `GET /v1/actions`; counts are of all.',
            }),
          ),
        }),
      },
    },
    async (request, reply) => {
      const { q, ...filter } = request.query
      request.scope.refuse(filter)
      const chips = chipsOf(q)
      // Before the answer begins: who has it and then asks the lists misses nothing in between.
      const from = await feed.end()
      await open(request, reply, (stream) =>
        pumpLive(stream, {
          feed,
          clock,
          audit: gateway.audit,
          filter,
          chips,
          sees: request.scope.covers,
          from,
        }),
      )
    },
  )

  async function open(
    request: FastifyRequest,
    reply: FastifyReply,
    run: (stream: Sse) => Promise<void>,
  ): Promise<void> {
    if (draining()) throw new ActeonError('DRAINING', 'The node is stopping; another will answer.')
    const owner = streamOwner(request)
    streams.admit(owner)
    reply.hijack()
    const stream = openSse(reply.raw, { ...SECURITY_HEADERS, 'x-request-id': request.id }, clock)
    streams.add(owner, stream, () => guard.holds(request))
    try {
      await run(stream)
    } catch (error) {
      request.log.warn({ err: error }, 'a stream ended: the event log could not be read')
      stream.end('the event log could not be read; connect again with Last-Event-ID')
    }
  }
}

function lastEventId({ headers }: FastifyRequest): string | undefined {
  const id = headers['last-event-id']
  return typeof id === 'string' && id !== '' ? id : undefined
}

function subject({ kind, id }: { kind: string; id: string }): StreamFilter {
  switch (kind) {
    case 'action':
      return { action_id: id }
    case 'group':
      return { group_id: id }
    case 'chain':
      return { chain_id: id }
    default:
      throw new ActeonError('NOT_FOUND', `"${kind}" cannot be subscribed to; action, group and chain can.`)
  }
}
