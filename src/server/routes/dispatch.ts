import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { ActionInput } from '../../action/action.js'
import { fromWireDuration, outcomeToWire } from '../../action/outcome.js'
import type { DispatchOptions, Submitted } from '../../gateway/gateway.js'
import { ActeonError } from '../../lib/errors.js'
import { isObject } from '../../lib/json.js'
import { callerOf } from '../access.js'
import { errorOf, sendJson } from '../answers.js'
import { MAX_ACTION_BYTES, MAX_BATCH_ACTIONS, PLAIN_BODY } from '../body.js'
import type { Parts } from '../parts.js'
import { BatchItem, DryRunQuery, OutcomeShape } from '../shapes.js'
import type { App } from '../typed.js'
import { checkAllButBody } from '../validator.js'

const MAX_ID = 256
/** Refused before the state store was asked. */
const NOT_ADMITTED: ReadonlySet<string> = new Set([
  'INVALID_ACTION',
  'INVALID_REQUEST',
  'TOO_DEEP',
  'TOO_LARGE',
  'PROVIDER_BUSY',
])

/** `POST /v1/dispatch` and `/v1/dispatch/batch` (wire section 4). */
export function dispatchRoutes(app: App, parts: Parts): void {
  const { gateway, guard, load } = parts
  // The gateway checks the action itself, once, and says what is wrong with it.
  const unchecked = { validatorCompiler: checkAllButBody }

  app.post(
    '/v1/dispatch',
    {
      ...unchecked,
      config: { access: 'operate', body: 'action', takesActions: true },
      schema: {
        summary: 'Hand in an action',
        description:
          'Answers with what became of it, a failure included. `Idempotency-Key` is the id when the body has none; `Prefer: respond-async` answers 202 as soon as the action is durable.',
        tags: ['dispatch'],
        body: ActionInput,
        querystring: DryRunQuery,
        response: { 200: OutcomeShape, 202: OutcomeShape },
      },
    },
    async (request, reply) => {
      const { body } = request
      const id = idOf(request)
      try {
        if (request.bodyBytes > MAX_ACTION_BYTES) refuseLarge(body, request.bodyBytes)
        enterTenants(request, [body], load)
        const asynchronous = prefersAsync(request)
        if (request.query.dry_run === true) load.unadmitted(1)
        const submitted = await gateway.submit(body, {
          ...optionsOf(request),
          idHeader: keyHeader(request),
          ...(asynchronous && { async: true }),
        })
        return sendSubmitted(reply, submitted, asynchronous)
      } catch (error) {
        const refusal = errorOf(error, request.id)
        if (NOT_ADMITTED.has(refusal.code)) load.unadmitted(1)
        nameAction(reply, id ?? refusal.details['action_id'], id === undefined ? 'server' : 'caller')
        throw refusal.code === 'INTERNAL' ? error : refusal
      }
    },
  )

  app.post(
    '/v1/dispatch/batch',
    {
      ...unchecked,
      config: { access: 'operate', body: 'batch', takesActions: true },
      schema: {
        summary: 'Hand in many actions',
        description:
          'Admitted in order, delivered in parallel; each item of the answer belongs to the action at the same place. A refused item does not refuse the others.',
        tags: ['dispatch'],
        body: Type.Union([Type.Array(ActionInput), Type.Object({ actions: Type.Array(ActionInput) })]),
        querystring: DryRunQuery,
        response: { 200: Type.Array(BatchItem) },
      },
    },
    async (request, reply) => {
      const actions = actionsOf(request.body)
      // One was counted in at the door, before the body was read.
      const others = Math.max(0, actions.length - 1)
      guard.spend(request, others)
      load.enter(others)
      request.inHand.actions += others
      enterTenants(request, actions, load)
      const large = request.bodyBytes > MAX_ACTION_BYTES ? actions.map(largeProblem) : []
      const fit = actions.filter((_, i) => large[i] == null)
      load.unadmitted(request.query.dry_run === true ? actions.length : actions.length - fit.length)
      const answered = await gateway.dispatchBatch(fit, optionsOf(request))
      load.unadmitted(answered.filter((one) => one instanceof ActeonError && NOT_ADMITTED.has(one.code)).length)
      const answers = answered.values()
      return sendJson(
        reply,
        200,
        actions.map((_, i) => batchItem(large[i] ?? answers.next().value!)),
      )
    },
  )
}

function actionsOf(body: unknown): unknown[] {
  const actions = isObject(body) ? body['actions'] : body
  if (!Array.isArray(actions))
    throw new ActeonError(
      'INVALID_REQUEST',
      'The body is not what this route expects: a list of actions, or an object with a list "actions".',
    )
  if (actions.length > MAX_BATCH_ACTIONS)
    throw new ActeonError(
      'TOO_LARGE',
      `A batch has at most ${MAX_BATCH_ACTIONS} actions, found ${actions.length}; send them in several.`,
      { limit: MAX_BATCH_ACTIONS },
    )
  return actions as unknown[]
}

const batchItem = (answer: Submitted | ActeonError): unknown => {
  if (!(answer instanceof ActeonError)) return outcomeToWire(answer.outcome, 'batch')
  const { code, message, retryable } = answer
  return { error: { code, message, retryable } }
}

/** One action's own size counts without its attachments. */
function largeProblem(action: unknown): ActeonError | null {
  const { attachments: _files, ...rest } = isObject(action) ? action : { action }
  const bytes = Buffer.byteLength(JSON.stringify(rest))
  return bytes <= MAX_ACTION_BYTES
    ? null
    : new ActeonError(
        'TOO_LARGE',
        `The action has ${bytes} bytes without its attachments; at most ${MAX_ACTION_BYTES} are taken.`,
        { limit_bytes: MAX_ACTION_BYTES },
      )
}

function refuseLarge(action: unknown, bodyBytes: number): void {
  const hasFiles = isObject(action) && Array.isArray(action['attachments']) && action['attachments'].length > 0
  if (!hasFiles && bodyBytes > PLAIN_BODY.bytes)
    throw new ActeonError(
      'TOO_LARGE',
      `A body without attachments has at most ${PLAIN_BODY.bytes} bytes, found ${bodyBytes}.`,
      {
        limit_bytes: PLAIN_BODY.bytes,
      },
    )
  const problem = largeProblem(action)
  if (problem !== null) throw problem
}

/** Room is shared: a tenant may have half of it. */
function enterTenants(request: FastifyRequest, actions: unknown[], load: Parts['load']): void {
  const counts = new Map<string, number>()
  for (const action of actions) {
    const tenant = isObject(action) ? action['tenant'] : undefined
    if (typeof tenant === 'string') counts.set(tenant, (counts.get(tenant) ?? 0) + 1)
  }
  for (const [tenant, count] of counts) {
    load.enterTenant(tenant, count)
    request.inHand.tenants.push([tenant, count])
  }
}

function optionsOf(request: FastifyRequest): DispatchOptions {
  const { dry_run } = request.query as { dry_run?: boolean }
  return {
    caller: callerOf(request),
    trace_context: traceContext(request),
    ...(dry_run === true && { dry_run }),
  }
}

/** W3C Trace Context, when it is one; anything else is not passed on. */
function traceContext({ headers }: FastifyRequest): Record<string, string> {
  const { traceparent, tracestate } = headers
  if (typeof traceparent !== 'string' || !/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent))
    return {}
  return { traceparent, ...(typeof tracestate === 'string' && tracestate.length <= 512 && { tracestate }) }
}

function keyHeader({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined || key === '') return undefined
  if (typeof key === 'string' && key.length <= MAX_ID) return key
  throw new ActeonError('INVALID_REQUEST', `The header Idempotency-Key has at most ${MAX_ID} characters.`)
}

/** The id that the caller gave, if any. */
function idOf({ body, headers }: FastifyRequest): string | undefined {
  const given = isObject(body) ? (body['id'] ?? headers['idempotency-key']) : headers['idempotency-key']
  return typeof given === 'string' && given !== '' ? given : undefined
}

const prefersAsync = ({ headers }: FastifyRequest): boolean =>
  [headers['prefer'] ?? []].flat().some((text) => /(?:^|,)\s*respond-async\s*(?:$|[,;])/i.test(text))

function sendSubmitted(
  reply: FastifyReply,
  { outcome, action_id, id_source, replayed }: Submitted,
  asynchronous: boolean,
): FastifyReply {
  nameAction(reply, action_id, id_source)
  if (replayed) void reply.header('idempotent-replayed', 'true')
  if (outcome.type === 'Throttled')
    void reply.header('retry-after', String(Math.max(1, Math.ceil(fromWireDuration(outcome.retry_after) / 1_000))))
  const pending = asynchronous && outcome.type === 'Scheduled'
  if (pending)
    void reply
      .header('location', `/v1/actions/${encodeURIComponent(action_id)}`)
      .header('preference-applied', 'respond-async')
  return sendJson(reply, pending ? 202 : 200, outcomeToWire(outcome))
}

/** A header cannot carry every id that a body can; it is left out then, the outcome has it anyway. */
function nameAction(reply: FastifyReply, id: unknown, source: 'caller' | 'server'): void {
  if (typeof id !== 'string' || !/^[\x20-\x7e]{1,256}$/.test(id)) return
  void reply.header('acteon-action-id', id).header('acteon-id-source', source)
}
