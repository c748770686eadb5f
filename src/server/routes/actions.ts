import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { outcomeToWire } from '../../action/outcome.js'
import { ActeonError } from '../../lib/errors.js'
import type { Story } from '../../gateway/gateway.js'
import type { Scope } from '../../state/store.js'
import { callerOf } from '../access.js'
import { bySpelling, notFound, sendJson } from '../answers.js'
import { momentOf } from '../lists.js'
import type { Parts } from '../parts.js'
import {
  ActionList,
  AuditFilterQuery,
  OutcomeShape,
  pageQuery,
  RulesBehindShape,
  ScopeQuery,
  StoryShape,
} from '../shapes.js'
import { ownedEntry } from '../../gateway/seen.js'
import type { App } from '../typed.js'
import { cutList, seesRule, shownBehind, shownStory, visibleRecords } from '../visible.js'
import { actionRow, openSummary, recordSummary, rulesBehindView, storyView } from '../views.js'
import { isAction, chipsOf } from '../matching.js'
import { smallStory } from '../small-story.js'
import { createTraffic } from '../traffic.js'
import { endOfMinute, momentFrom } from '../window.js'
import { recordedWord } from './audit.js'

const IdParams = Type.Object({ id: Type.String() })
const DEFAULT_LIMIT = 50

/** Actions: those that are open, what was decided about the others, the story of one, and calling one off. */
export function actionRoutes(app: App, { gateway, clock }: Parts): void {
  const traffic = createTraffic({ gateway, clock })

  app.get(
    '/v1/actions',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Actions; without `q` first the open ones, then those that have their outcome',
        tags: ['actions'],
        querystring: Type.Object({
          ...AuditFilterQuery,
          ...pageQuery(1_000, DEFAULT_LIMIT),
          q: Type.Optional(
            Type.String({
              maxLength: 2_000,
              description:
                'A filter text, such as `rule:page-critical -outcome:executed took:>2s`. It takes namespace, tenant, from, to (also back from now: `-1h`), limit and cursor beside it, and gives `rows` and `total`.',
            }),
          ),
          total: Type.Optional(
            Type.Boolean({ description: 'false: with `q`, do not count how many there are in all.' }),
          ),
          state: Type.Optional(
            Type.Enum(['open', 'settled'], { description: '`open`: only those without an outcome.' }),
          ),
        }),
        response: { 200: ActionList },
      },
    },
    async (request) => {
      const { query } = request
      request.scope.refuse(query)
      const { limit = DEFAULT_LIMIT, state } = query
      if (query.q !== undefined) return rowsOf(request, query.q, query, limit)
      const from = cursorOf(query.cursor)
      const open =
        state === 'settled' || from.list === 'records' ? null : await openPage(request, query, from.cursor, limit)
      const actions = open?.actions ?? []
      if (open?.next !== undefined) return { actions, count: actions.length, next_cursor: `open:${open.next}` }
      if (state === 'open' || gateway.audit === null) return { actions, count: actions.length }
      if (actions.length >= limit) return { actions, count: actions.length, next_cursor: 'records:' }
      const settled = await recordPage(
        request,
        query,
        from.list === 'records' ? from.cursor : undefined,
        limit - actions.length,
      )
      actions.push(...settled.actions)
      return {
        actions,
        count: actions.length,
        ...(settled.next !== undefined && { next_cursor: `records:${settled.next}` }),
      }
    },
  )

  async function rowsOf(
    request: FastifyRequest,
    q: string,
    { namespace, tenant, from, to, cursor, total }: Query & { cursor?: string; total?: boolean },
    limit: number,
  ) {
    const window = { from: momentFrom('from', from, clock) ?? 0, to: momentFrom('to', to, clock) ?? Infinity }
    const asked = { chips: chipsOf(q), ...window, namespace, tenant }
    const page = await traffic.list(request, asked, { limit, cursor })
    const rows = page.items.map(actionRow)
    return {
      actions: [],
      rows,
      count: rows.length,
      ...(cursor === undefined &&
        total !== false && {
          total: await traffic.count(request, {
            ...asked,
            to: Number.isFinite(asked.to) ? asked.to : endOfMinute(clock),
          }),
        }),
      ...(page.next_cursor !== undefined && { next_cursor: page.next_cursor }),
    }
  }

  type Query = { [K in keyof typeof AuditFilterQuery]?: string }

  async function openPage(
    request: FastifyRequest,
    { namespace, tenant, provider, action_type, outcome }: Query,
    cursor: string | undefined,
    limit: number,
  ) {
    // What is open has no outcome that it could be asked for by.
    if (outcome !== undefined) return { actions: [], next: undefined }
    const page = cutList(request, { namespace, tenant }, ownedEntry, (asked) =>
      gateway.state.openEntries({ namespace, tenant, ...asked }),
    )
    const { items, next_cursor } = await page({ limit, cursor })
    const actions = items
      .map(openSummary)
      .filter(
        (item) =>
          (provider ?? item.provider) === item.provider && (action_type ?? item.action_type) === item.action_type,
      )
    return { actions, next: next_cursor }
  }

  async function recordPage(
    request: FastifyRequest,
    { from, to, outcome, ...filter }: Query,
    cursor: string | undefined,
    limit: number,
  ) {
    const page = await visibleRecords(request.scope, gateway.audit!, {
      namespace: filter.namespace,
      tenant: filter.tenant,
      provider: filter.provider,
      action_type: filter.action_type,
      verdict: filter.verdict,
      matched_rule: filter.matched_rule,
      outcome: recordedWord(outcome),
      from: momentOf('from', from),
      to: momentOf('to', to),
      cursor,
      limit,
    })
    // A circuit that was opened or a rule that was published is on record, too, and is no action.
    return { actions: page.records.filter(isAction).map(recordSummary), next: page.next_cursor }
  }

  function storyOf(id: string, scope: Scope, request: FastifyRequest): Promise<Story> {
    request.scope.refuse(scope)
    return bySpelling(id, async (action_id) => {
      const story = await gateway.story({ action_id, ...scope, caller: callerOf(request) })
      if (story === null) throw notFound('action', action_id)
      return story
    })
  }

  app.get(
    '/v1/actions/:id',
    {
      config: { access: 'read' },
      schema: {
        summary: "An action's story",
        description:
          'What arrived, each rule with the values found, gates, attempts, the outcome, and what happened later.',
        tags: ['actions'],
        params: IdParams,
        querystring: Type.Object({
          ...ScopeQuery,
          payload: Type.Optional(
            Type.Enum(['whole', 'small'], {
              description:
                '`small`: without payloads and attachments of more than 64 KiB; `left_out` says how long they are.',
            }),
          ),
        }),
        response: { 200: StoryShape },
      },
    },
    async (request) => {
      const { payload, ...scope } = request.query
      const story = await storyOf(request.params.id, scope, request)
      const whole = storyView(shownStory(story, seesRule(request, gateway), request.scope.everywhere))
      return payload === 'small' ? smallStory(whole) : whole
    },
  )

  app.get(
    '/v1/actions/:id/rules-behind',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The rules behind the one that decided, and what they would have made of it',
        description:
          'Of the newest try: the rules that run now, which its record does not tell of, tried on the action as it is on record. What is masked or not on record leaves a result `unknown`, conditions on time look at the time of its arrival, events are as they are now, and functions are not called. Nothing is sent or kept.',
        tags: ['actions'],
        params: IdParams,
        querystring: Type.Object(ScopeQuery),
        response: { 200: RulesBehindShape },
      },
    },
    async (request) => {
      const story = await storyOf(request.params.id, request.query, request)
      const behind = await gateway.rulesBehind(story)
      if (behind === null) throw notFound('decision about an action', story.action_id)
      return rulesBehindView(shownBehind(behind, seesRule(request, gateway)))
    },
  )

  app.delete(
    '/v1/actions/:id',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Call off what is queued, parked or scheduled',
        tags: ['actions'],
        params: IdParams,
        querystring: Type.Object({ ...ScopeQuery, reason: Type.Optional(Type.String({ maxLength: 1_024 })) }),
        response: { 200: OutcomeShape },
      },
    },
    async (request, reply) => {
      const { reason, ...scope } = request.query
      request.scope.refuse(scope)
      const outcome = await bySpelling(request.params.id, (action_id) =>
        gateway.cancel({ action_id, ...scope, caller: callerOf(request), ...(reason !== undefined && { reason }) }),
      )
      return sendJson(reply, 200, outcomeToWire(outcome))
    },
  )
}

function cursorOf(text: string | undefined): { list: 'open' | 'records'; cursor: string | undefined } {
  if (text === undefined) return { list: 'open', cursor: undefined }
  const [, list, cursor] = /^(open|records):(.*)$/s.exec(text) ?? []
  if (list === undefined)
    throw new ActeonError('INVALID_REQUEST', 'The cursor is none that this list gave; begin again without one.')
  return { list: list as 'open' | 'records', cursor: cursor === '' ? undefined : cursor }
}
