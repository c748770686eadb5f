import { revisionOf } from '../../rules/compile.js'
import { Type, type Static } from 'typebox'
import type { AuditRecord, AuditStore } from '../../audit/store.js'
import { SYSTEM_SCOPE } from '../../gateway/system-records.js'
import { ActeonError } from '../../lib/errors.js'
import { isObject } from '../../lib/json.js'
import { notFound } from '../answers.js'
import type { Parts } from '../parts.js'
import { RuleChangeDetail, RuleChangeList, type RuleChangeShape } from '../rule-shapes.js'
import { pageQuery } from '../shapes.js'
import type { App } from '../typed.js'
import { visiblePage } from '../visible.js'

type Change = Static<typeof RuleChangeShape>

const DEFAULT_LIMIT = 20
/** Records carry the texts of files: few are held at a time. */
const PIECE = 50
const KINDS: Readonly<Record<string, Change['kind']>> = { rules_published: 'published', rule_switched: 'switched' }

/** Who changed which rules, when and why: what the audit trail has of it. */
export function ruleChangeRoutes(app: App, { gateway }: Parts): void {
  const trail = (): AuditStore => {
    if (gateway.audit !== null) return gateway.audit
    throw new ActeonError('NOT_FOUND', 'Nothing is recorded here: [audit] enabled is false.')
  }

  app.get(
    '/v1/rule-changes',
    {
      config: { access: 'read', everywhere: true },
      schema: {
        summary: 'Who published or deleted rule files and switched rules, newest first',
        description: 'As long as records are kept. Files that were changed otherwise are not in it.',
        tags: ['rules'],
        querystring: Type.Object({
          path: Type.Optional(Type.String({ description: 'Of this file alone.' })),
          rule: Type.Optional(
            Type.String({ description: 'Of this rule alone: published with a change of it, or switched.' }),
          ),
          ...pageQuery(100, DEFAULT_LIMIT),
        }),
        response: { 200: RuleChangeList },
      },
    },
    async ({ query: { path, rule, limit = DEFAULT_LIMIT, cursor } }) => {
      const audit = trail()
      const { items, next_cursor } = await visiblePage(
        { limit, cursor },
        async (asked) => {
          const { records, next_cursor } = await audit.query({ ...SYSTEM_SCOPE, kind: 'system', ...asked })
          return { items: records, ...(next_cursor !== undefined && { next_cursor }) }
        },
        (record) => concerns(changeOf(record), path, rule),
        PIECE,
      )
      return {
        changes: items.flatMap((record) => changeOf(record) ?? []),
        ...(next_cursor !== undefined && { next_cursor }),
      }
    },
  )

  app.get(
    '/v1/rule-changes/:id',
    {
      config: { access: 'read', everywhere: true },
      schema: {
        summary: 'A change of the rules, with the text of the file before and after',
        tags: ['rules'],
        params: Type.Object({ id: Type.String() }),
        response: { 200: RuleChangeDetail },
      },
    },
    async ({ params: { id } }) => {
      const [record] = await trail().ofAction(id, SYSTEM_SCOPE)
      const change = record === undefined ? null : changeOf(record)
      if (change === null) throw notFound('change of the rules', id)
      const texts = detailsOf(record!)['texts']
      const { before, after } = isObject(texts) ? texts : {}
      const [text_before, text_after] = [textOf(before), textOf(after)]
      const [last, revision] = change.after === null ? [text_before, change.before] : [text_after, change.after]
      const exact = last !== null && revisionOf(last) === revision
      return { ...change, text_before, text_after, exact }
    },
  )
}

const detailsOf = ({ verdict_details }: AuditRecord): Record<string, unknown> =>
  isObject(verdict_details) ? verdict_details : {}
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const namesOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : []

/** null: the record tells of something else. */
function changeOf(record: AuditRecord): Change | null {
  const kind = KINDS[record.action_type]
  if (record.kind !== 'system' || kind === undefined) return null
  const details = detailsOf(record)
  const changes = isObject(details['changes']) ? details['changes'] : {}
  const switched = kind === 'switched' ? details : null
  return {
    id: record.action_id,
    at: record.dispatched_at,
    by: record.caller_id,
    method: record.auth_method,
    kind,
    path: textOf(details['path']),
    before: switched === null ? textOf(details['before']) : null,
    after: textOf(details['after']),
    rules: {
      added: namesOf(changes['added']),
      changed: switched === null ? namesOf(changes['changed']) : namesOf([switched['rule']]),
      removed: namesOf(changes['removed']),
    },
    switched: typeof switched?.['switched'] === 'boolean' ? switched['switched'] : null,
    message: textOf(details['message']),
    rules_version: textOf(details['rules_version']),
  }
}

function concerns(change: Change | null, path: string | undefined, rule: string | undefined): boolean {
  if (change === null || (path !== undefined && change.path !== path)) return false
  const { added, changed, removed } = change.rules
  return rule === undefined || [added, changed, removed].some((names) => names.includes(rule))
}
