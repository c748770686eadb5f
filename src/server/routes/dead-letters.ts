import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { outcomeToWire, type Outcome } from '../../action/outcome.js'
import type { Caller } from '../../gateway/gateway.js'
import { ActeonError } from '../../lib/errors.js'
import type { DeadLetter, DeadLetterFilter, Scope } from '../../state/store.js'
import { callerOf } from '../access.js'
import { bySpelling, notFound, sendJson } from '../answers.js'
import { chipsFor, createListed, filterOf, letterRecord } from '../listed.js'
import { inParallel, listed, momentOf } from '../lists.js'
import { matcherOf } from '../matching.js'
import type { Parts } from '../parts.js'
import {
  BulkRedeliverBody,
  BulkRedelivered,
  DeadLetterList,
  DeadLetterShape,
  DrainedLetter,
  Moment,
  OutcomeShape,
  pageQuery,
  RedeliverBody,
  ScopeQuery,
  orNull,
} from '../shapes.js'
import { ownedEntry } from '../../gateway/seen.js'
import type { App } from '../typed.js'
import { deadLetterView, drainedView } from '../views.js'

const Params = Type.Object({ id: Type.String() })
const DEFAULT_LIMIT = 50
const AT_ONCE = 8

/** What failed for good: looked at, mended, sent again or given up (wire section 11). */
export function deadLetterRoutes(app: App, { gateway }: Parts): void {
  const { state, shown } = gateway
  const { letters } = createListed(gateway)
  const letterOf = async (id: string, { scope }: FastifyRequest): Promise<DeadLetter> => {
    const letter = await state.deadLetter(id)
    if (letter === null || !scope.covers(ownedEntry(letter))) throw notFound('dead letter', id)
    return letter
  }

  const viewOf = async (letter: DeadLetter, request: FastifyRequest) => {
    const [marks] = await gateway.letterMarks([letter], callerOf(request))
    return deadLetterView(letter, marks!, shown)
  }

  app.get(
    '/v1/dead-letters',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Dead letters, newest first',
        tags: ['dead letters'],
        querystring: Type.Object({
          ...ScopeQuery,
          provider: Type.Optional(Type.String()),
          action_type: Type.Optional(Type.String()),
          code: Type.Optional(Type.String()),
          from: Type.Optional(Moment('Failed then or later.')),
          to: Type.Optional(Moment('Failed before.')),
          q: filterOf('dead_letters'),
          ...pageQuery(1_000, DEFAULT_LIMIT),
        }),
        response: { 200: DeadLetterList },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, from, to, q, ...filter } = request.query
      const times = { from: momentOf('from', from), to: momentOf('to', to) }
      const page = letters(request, { ...filter, ...times }, chipsFor('dead_letters', q))
      const { items, next_cursor } = await page({ limit, cursor })
      const marks = await gateway.letterMarks(items, callerOf(request))
      return {
        dead_letters: items.map((letter, i) => deadLetterView(letter, marks[i]!, shown)),
        count: items.length,
        ...(next_cursor !== undefined && { next_cursor }),
      }
    },
  )

  app.get(
    '/v1/dead-letters/:id',
    {
      config: { access: 'read' },
      schema: { summary: 'A dead letter', tags: ['dead letters'], params: Params, response: { 200: DeadLetterShape } },
    },
    async (request) => viewOf(await bySpelling(request.params.id, (id) => letterOf(id, request)), request),
  )

  app.patch(
    '/v1/dead-letters/:id',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Mend what a redelivery will send',
        description: 'A JSON merge patch (RFC 7396) on the payload; null removes a member.',
        tags: ['dead letters'],
        params: Params,
        body: Type.Object({ payload: Type.Unknown() }, { title: 'DeadLetterPatch', additionalProperties: false }),
        response: { 200: DeadLetterShape },
      },
    },
    async (request) => {
      const { payload } = request.body
      const edited = await bySpelling(request.params.id, (id) =>
        gateway.editDeadLetter({ id, payload, caller: callerOf(request) }),
      )
      return viewOf(edited, request)
    },
  )

  app.delete(
    '/v1/dead-letters/:id',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Give a dead letter up',
        tags: ['dead letters'],
        params: Params,
        querystring: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 1_024 })) }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { reason = 'no reason given' } = request.query
      await bySpelling(request.params.id, (id) => gateway.discardDeadLetter({ id, reason, caller: callerOf(request) }))
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/v1/dead-letters/:id/redeliver',
    {
      config: { access: 'operate', takesActions: true },
      schema: {
        summary: 'Send a dead letter again, as the next try of its id',
        tags: ['dead letters'],
        params: Params,
        body: orNull(RedeliverBody),
        response: { 200: OutcomeShape },
      },
    },
    async (request, reply) => {
      const options = flagsOf(request.body ?? {})
      const outcome = await bySpelling(request.params.id, (id) =>
        gateway.redeliver({ id, ...options, caller: callerOf(request) }),
      )
      return sendJson(reply, 200, outcomeToWire(outcome))
    },
  )

  app.post(
    '/v1/dead-letters/redeliver',
    {
      config: { access: 'operate', takesActions: true },
      schema: {
        summary: 'Send every dead letter again that matches',
        tags: ['dead letters'],
        body: BulkRedeliverBody,
        response: { 200: BulkRedelivered },
      },
    },
    async (request, reply) => {
      const { limit, from, to, q, ids, worthwhile, force: _force, renew_key: _key, ...names } = request.body
      const filter = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== null)) as Scope &
        DeadLetterFilter
      const times = { from: momentOf('from', from), to: momentOf('to', to) }
      // Those that are there now: what fails again meanwhile is not sent a third time.
      const chips = chipsFor('dead_letters', q ?? undefined)
      const page = letters(request, { ...filter, ...times }, chips)
      const matches = matcherOf(chips)
      const passes = (letter: DeadLetter): boolean =>
        within({ ...filter, ...times })(letter) && matches(letterRecord(letter, shown))
      const found =
        ids == null
          ? (await listed({ limit: limit ?? undefined }, page)).items
          : (await named(ids, request)).filter(passes).slice(0, limit ?? undefined)
      const caller = callerOf(request)
      const marks = worthwhile === true ? await gateway.letterMarks(found, caller) : []
      const items = found.filter((_, i) => marks[i]?.pastUseSince == null && marks[i]?.deliveredSince == null)
      const options = { ...flagsOf(request.body), caller }
      const results = await inParallel(items, AT_ONCE, (letter) => redeliverOne(letter, options))
      return sendJson(reply, 200, {
        left: found.length - items.length,
        redelivered: results.filter(({ failed }) => failed === false).length,
        failed: results.filter(({ failed }) => failed === true).length,
        refused: results.filter(({ failed }) => failed === undefined).length,
        results: results.map(({ failed: _failed, ...result }) => result),
      })
    },
  )

  /** Those of some ids that are there and that the caller may see. */
  async function named(ids: readonly string[], { scope }: FastifyRequest): Promise<DeadLetter[]> {
    const letters = await inParallel([...new Set(ids)], AT_ONCE, (id) => state.deadLetter(id))
    return letters.filter((letter) => letter !== null && scope.covers(ownedEntry(letter))) as DeadLetter[]
  }

  async function redeliverOne(
    { id, key }: DeadLetter,
    options: { force?: boolean; renew_key?: boolean; caller: Caller },
  ): Promise<{ id: string; action_id: string; failed?: boolean; outcome?: unknown; error?: unknown }> {
    try {
      const outcome = await gateway.redeliver({ id, ...options })
      return { id, action_id: key.id, failed: isFailure(outcome), outcome: outcomeToWire(outcome, 'batch') }
    } catch (error) {
      if (!(error instanceof ActeonError)) throw error
      const { code, message, retryable } = error
      return { id, action_id: key.id, error: { code, message, retryable } }
    }
  }

  app.get(
    '/v1/dlq/stats',
    {
      config: { access: 'read' },
      schema: {
        summary: 'How many dead letters there are',
        tags: ['dead letters'],
        response: {
          200: Type.Object({ enabled: Type.Boolean(), count: Type.Integer() }, { title: 'DeadLetterStats' }),
        },
      },
    },
    async (request) => {
      if (request.scope.all) return { enabled: true, count: (await state.stats()).dead_letters }
      return { enabled: true, count: (await listed({}, letters(request, {}, []))).items.length }
    },
  )

  app.post(
    '/v1/dlq/drain',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Export all dead letters and give them up',
        description: 'They are removed once the answer has left whole; a drain that was cut off can be repeated.',
        tags: ['dead letters'],
        response: {
          200: Type.Object({ entries: Type.Array(DrainedLetter), count: Type.Integer() }, { title: 'Drained' }),
        },
      },
    },
    async (request, reply) => {
      const { items } = await listed({}, letters(request, {}, []))
      const caller = callerOf(request)
      reply.raw.once('finish', () => void discard(items, caller))
      return { entries: items.map((letter) => drainedView(shown.deadLetter(letter))), count: items.length }
    },
  )

  async function discard(letters: DeadLetter[], caller: Caller): Promise<void> {
    await inParallel(letters, AT_ONCE, async ({ id }) => {
      try {
        await gateway.discardDeadLetter({ id, reason: 'drained', caller })
      } catch (error) {
        // It stays, and the next drain has it again: better twice than never.
        app.log.warn({ dead_letter: id, err: error }, 'a drained dead letter could not be removed')
      }
    })
  }
}

/** What the stores' lists let through, for letters that were looked up by id. */
const within =
  ({ namespace, tenant, provider, action_type, code, from = -Infinity, to = Infinity }: Scope & DeadLetterFilter) =>
  ({ key, plan: { action }, ...letter }: DeadLetter): boolean =>
    (namespace ?? key.namespace) === key.namespace &&
    (tenant ?? key.tenant) === key.tenant &&
    (provider ?? action.provider) === action.provider &&
    (action_type ?? action.action_type) === action.action_type &&
    (code ?? letter.code) === letter.code &&
    letter.created_at >= from &&
    letter.created_at < to

const flagsOf = ({ force, renew_key }: { force?: boolean | null; renew_key?: boolean | null }) => ({
  ...(force != null && { force }),
  ...(renew_key != null && { renew_key }),
})

const isFailure = ({ type }: Outcome): boolean => type === 'Failed' || type === 'CircuitOpen'
