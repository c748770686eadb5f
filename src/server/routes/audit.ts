import { Type } from 'typebox'
import { OUTCOME_WORDS, outcomeWord, type OutcomeType } from '../../action/outcome.js'
import type { AuditRecord } from '../../audit/record.js'
import type { AuditStore } from '../../audit/store.js'
import { recordToWire } from '../../audit/wire.js'
import type { Caller, ReplayResult } from '../../gateway/gateway.js'
import { ActeonError } from '../../lib/errors.js'
import { nearest } from '../../lib/suggest.js'
import { callerOf } from '../access.js'
import { bySpelling, notFound } from '../answers.js'
import { inParallel, momentOf } from '../lists.js'
import type { Parts } from '../parts.js'
import { AuditFilterQuery, AuditList, BulkReplay, pageQuery, RecordShape, Replay, ScopeQuery } from '../shapes.js'
import { recordsSeen } from '../../gateway/seen.js'
import type { App } from '../typed.js'
import { seesRule, shownRecord, visibleRecords } from '../visible.js'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1_000
const MAX_OFFSET = 10_000
const REPLAYS_AT_ONCE = 8

const ActionParams = Type.Object({ action_id: Type.String() })
const Kinds = ['dispatch', 'flush', 'notification', 'schedule', 'transition', 'dead_letter', 'system'] as const

/** The audit trail (wire section 6). */
export function auditRoutes(app: App, { gateway }: Parts): void {
  const trail = (): AuditStore => {
    if (gateway.audit !== null) return gateway.audit
    throw new ActeonError('NOT_FOUND', 'Nothing is recorded here: [audit] enabled is false.')
  }

  app.get(
    '/v1/audit',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Records, newest first',
        tags: ['audit'],
        querystring: Type.Object({
          ...AuditFilterQuery,
          caller_id: Type.Optional(Type.String()),
          chain_id: Type.Optional(Type.String()),
          kind: Type.Optional(Type.Enum([...Kinds])),
          text: Type.Optional(
            Type.String({ maxLength: 256, description: 'Occurs anywhere in the record, in any case.' }),
          ),
          ...pageQuery(MAX_LIMIT, DEFAULT_LIMIT),
          offset: Type.Optional(Type.Integer({ minimum: 0 })),
        }),
        response: { 200: AuditList },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, offset = 0, from, to, outcome, ...filter } = request.query
      if (offset > MAX_OFFSET)
        throw new ActeonError(
          'INVALID_REQUEST',
          `The offset is ${offset} and may be at most ${MAX_OFFSET}; go on with cursor, which every page gives as next_cursor.`,
        )
      const sees = seesRule(request, gateway)
      const page = await visibleRecords(request.scope, trail(), {
        ...filter,
        outcome: recordedWord(outcome),
        from: momentOf('from', from),
        to: momentOf('to', to),
        limit,
        offset,
      })
      return {
        records: page.records.map((record) => recordToWire(shownRecord(record, sees, request.scope.everywhere))),
        total: page.total,
        limit,
        offset,
        ...(page.next_cursor !== undefined && { next_cursor: page.next_cursor }),
        ...(page.scanned_to !== undefined && { scanned_to: page.scanned_to }),
      }
    },
  )

  app.get(
    '/v1/audit/:action_id',
    {
      config: { access: 'read' },
      schema: {
        summary: "An action's newest record",
        tags: ['audit'],
        params: ActionParams,
        querystring: Type.Object(ScopeQuery),
        response: { 200: RecordShape },
      },
    },
    async (request) => {
      request.scope.refuse(request.query)
      return bySpelling(request.params.action_id, async (action_id) => {
        const records = await recordsSeen(trail(), { action_id, ...request.query }, callerOf(request))
        // What a person did to it later is in the list; here clients look for what became of it.
        const newest = records.findLast(({ kind }) => kind !== 'dead_letter' && kind !== 'transition') ?? records.at(-1)
        if (newest === undefined) throw notFound('record of an action', action_id)
        return recordToWire(shownRecord(newest, seesRule(request, gateway), request.scope.everywhere))
      })
    },
  )

  app.post(
    '/v1/audit/:action_id/replay',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Dispatch a recorded action again, under a new id',
        tags: ['audit'],
        params: ActionParams,
        querystring: Type.Object(ScopeQuery),
        response: { 200: Replay },
      },
    },
    async (request) => {
      trail()
      request.scope.refuse(request.query)
      return bySpelling(request.params.action_id, (action_id) =>
        gateway.replay({ action_id, ...request.query, caller: callerOf(request) }),
      )
    },
  )

  app.post(
    '/v1/audit/replay',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Dispatch every recorded action again that matches',
        description: 'The filter is in the query. What has no payload any more is skipped.',
        tags: ['audit'],
        // A misspelt filter must not replay everything.
        querystring: Type.Object(
          { ...AuditFilterQuery, limit: pageQuery(MAX_LIMIT, DEFAULT_LIMIT).limit },
          { additionalProperties: false },
        ),
        response: { 200: BulkReplay },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, from, to, outcome, ...filter } = request.query
      const { records } = await visibleRecords(request.scope, trail(), {
        ...filter,
        kind: 'dispatch',
        outcome: recordedWord(outcome),
        from: momentOf('from', from),
        to: momentOf('to', to),
        limit,
      })
      const results = await inParallel(distinct(records), REPLAYS_AT_ONCE, (record) =>
        replayOne(record, callerOf(request)),
      )
      const tried = results.filter((result) => result !== 'skipped')
      return {
        replayed: tried.filter(({ success }) => success).length,
        failed: tried.filter(({ success }) => !success).length,
        skipped: results.length - tried.length,
        results: tried,
      }
    },
  )

  async function replayOne(
    { action_id, namespace, tenant }: AuditRecord,
    caller: Caller,
  ): Promise<ReplayResult | 'skipped'> {
    try {
      return await gateway.replay({ action_id, namespace, tenant, caller })
    } catch (error) {
      if (!(error instanceof ActeonError)) throw error
      if (error.code === 'PAYLOAD_NOT_KEPT' || error.code === 'NOT_FOUND') return 'skipped'
      return { original_action_id: action_id, new_action_id: '', success: false, error: error.message }
    }
  }
}

/** One per action: its tries share an id. Oldest first, as they came. */
function distinct(records: AuditRecord[]): AuditRecord[] {
  const seen = new Set<string>()
  return records.toReversed().filter(({ namespace, tenant, action_id }) => {
    const key = JSON.stringify([namespace, tenant, action_id])
    return !seen.has(key) && seen.add(key)
  })
}

/** The word that records have for an outcome; its tag is understood too. @throws ActeonError INVALID_REQUEST */
export function recordedWord(outcome: string | undefined): string | undefined {
  if (outcome === undefined) return undefined
  const word = outcomeWord(outcome as OutcomeType)
  if (OUTCOME_WORDS.has(word)) return word
  const words = [...OUTCOME_WORDS.keys()]
  const near = nearest(word, words)
  throw new ActeonError(
    'INVALID_REQUEST',
    `The query is not what this route expects: outcome: expected one of ${words.join(', ')}, found ${JSON.stringify(outcome.slice(0, 60))}${near === undefined ? '' : `; did you mean "${near}"?`}.`,
  )
}
