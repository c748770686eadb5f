import { Type } from 'typebox'
import { ActeonError } from '../../lib/errors.js'
import { callerOf } from '../access.js'
import { bySpelling, notFound } from '../answers.js'
import type { Parts } from '../parts.js'
import {
  EventList,
  EventWithHistory,
  Moment,
  pageQuery,
  ScopeQuery,
  TransitionAnswer,
  TransitionBody,
} from '../shapes.js'
import { chipsFor, createListed, filterOf } from '../listed.js'
import { momentOf } from '../lists.js'
import type { App } from '../typed.js'
import { eventView, eventWithHistory } from '../views.js'

const Params = Type.Object({ fingerprint: Type.String() })
const DEFAULT_LIMIT = 100

/** What is tracked through a state machine (wire section 7). */
export function eventRoutes(app: App, { gateway }: Parts): void {
  const { state, shown } = gateway
  const listed = createListed(gateway)

  app.get(
    '/v1/events',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Events, newest change first',
        tags: ['events'],
        querystring: Type.Object({
          ...ScopeQuery,
          status: Type.Optional(Type.String({ description: 'Only in this state.' })),
          active: Type.Optional(Type.Boolean({ description: 'true: only those that are not closed.' })),
          q: filterOf('events'),
          from: Type.Optional(Moment('Changed then or later.')),
          to: Type.Optional(Moment('Changed before.')),
          ...pageQuery(1_000, DEFAULT_LIMIT),
        }),
        response: { 200: EventList },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, active, q, from, to, ...filter } = request.query
      const times = { from: momentOf('from', from), to: momentOf('to', to) }
      const page = listed.events(
        request,
        { ...filter, ...times, ...(active !== undefined && { active }) },
        chipsFor('events', q),
      )
      const { items, next_cursor } = await page({ limit, cursor })
      return {
        events: items.map((event) => eventView(event, shown)),
        count: items.length,
        ...(next_cursor !== undefined && { next_cursor }),
      }
    },
  )

  app.get(
    '/v1/events/:fingerprint',
    {
      config: { access: 'read' },
      schema: {
        summary: 'An event with its history',
        description: 'Without namespace and tenant: the one that changed last.',
        tags: ['events'],
        params: Params,
        querystring: Type.Object(ScopeQuery),
        response: { 200: EventWithHistory },
      },
    },
    async ({ params, query, scope }) => {
      scope.refuse(query)
      return bySpelling(params.fingerprint, async (fingerprint) => {
        const found = (await state.event({ fingerprint, ...query })).filter(scope.covers)
        const [newest] = found.toSorted((a, b) => b.updated_at - a.updated_at)
        if (newest === undefined) throw notFound('event', fingerprint)
        return eventWithHistory(newest, await state.history(newest), shown)
      })
    },
  )

  app.put(
    '/v1/events/:fingerprint/transition',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Move an event by hand',
        tags: ['events'],
        params: Params,
        querystring: Type.Object(ScopeQuery),
        body: TransitionBody,
        response: { 200: TransitionAnswer },
      },
    },
    async (request) => {
      const { body, query, params } = request
      const to = body.to_state ?? body.to
      if (to == null)
        throw new ActeonError(
          'INVALID_REQUEST',
          'The body is not what this route expects: "to_state" is missing; it names the state to enter.',
        )
      const where = { namespace: body.namespace ?? query.namespace, tenant: body.tenant ?? query.tenant }
      request.scope.refuse(where)
      const moved = await bySpelling(params.fingerprint, (fingerprint) =>
        gateway.transition({
          fingerprint,
          to,
          ...where,
          comment: body.comment ?? undefined,
          caller: callerOf(request),
        }),
      )
      const { fingerprint, previous_state, new_state, notify, version } = moved
      return { fingerprint, previous_state, new_state, notify, version }
    },
  )
}
