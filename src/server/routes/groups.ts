import { Type } from 'typebox'
import { callerOf } from '../access.js'
import { bySpelling, notFound } from '../answers.js'
import { chipsFor, createListed, filterOf } from '../listed.js'
import { listed } from '../lists.js'
import type { Parts } from '../parts.js'
import { Flushed, GroupDetail, GroupList, pageQuery, ScopeQuery } from '../shapes.js'
import type { App } from '../typed.js'
import { groupView, memberView } from '../views.js'

const Params = Type.Object({ group_key: Type.String() })

/** What is being collected (wire section 8). */
export function groupRoutes(app: App, { gateway }: Parts): void {
  const { state, shown } = gateway
  const { groups } = createListed(gateway)

  app.get(
    '/v1/groups',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Open groups',
        tags: ['groups'],
        querystring: Type.Object({ ...ScopeQuery, q: filterOf('groups'), ...pageQuery(1_000) }),
        response: { 200: GroupList },
      },
    },
    async (request) => {
      const { limit, cursor, q, ...filter } = request.query
      const page = groups(request, filter, chipsFor('groups', q))
      const { items, next_cursor } = await listed({ limit, cursor }, page)
      return {
        groups: items.map((group) => groupView(group, shown)),
        total: items.length,
        ...(next_cursor !== undefined && { next_cursor }),
      }
    },
  )

  app.get(
    '/v1/groups/:group_key',
    {
      config: { access: 'read' },
      schema: {
        summary: 'A group with its members',
        description: 'Without namespace and tenant: the one that was opened last.',
        tags: ['groups'],
        params: Params,
        querystring: Type.Object(ScopeQuery),
        response: { 200: GroupDetail },
      },
    },
    async ({ params, query, scope }) => {
      scope.refuse(query)
      return bySpelling(params.group_key, async (group_key) => {
        const found = (await state.group({ group_key, ...query })).filter(scope.covers)
        const [newest] = found.toSorted((a, b) => b.created_at - a.created_at)
        if (newest === undefined) throw notFound('group', group_key)
        const group = groupView(newest, shown)
        const members = newest.members.map((text) => memberView(text, shown))
        return {
          group,
          events: members.flatMap(({ id }) => id ?? []),
          labels: group.labels,
          members: members.map(({ member }) => member),
          subjects: members.map(({ subject }) => subject),
        }
      })
    },
  )

  app.delete(
    '/v1/groups/:group_key',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Send what a group has collected, now',
        tags: ['groups'],
        params: Params,
        querystring: Type.Object(ScopeQuery),
        response: { 200: Flushed },
      },
    },
    async (request) => {
      request.scope.refuse(request.query)
      return bySpelling(request.params.group_key, async (key) => {
        const flushed = await gateway.flush({ group_key: key, ...request.query, caller: callerOf(request) })
        const { group_id, group_key, event_count } = flushed
        return { group_id, group_key, event_count, status: 'flushed' as const, notified: true }
      })
    },
  )
}
