import { Type } from 'typebox'
import type { Action } from '../action/action.js'
import { MISSING, type ActionPath } from '../action/paths.js'
import { keyOf } from '../lib/ids.js'
import { canonical } from '../lib/json.js'
import { defineVerdict } from '../rules/verdict.js'
import { pathProblems, Paths, Seconds } from './fields.js'

/** Collects actions that belong together and sends them as one (spec section 5). */
export const group = defineVerdict({
  type: 'group',
  word: 'group',
  kind: 'ending',
  describes: 'Collects actions that belong together and sends them as one.',
  schema: Type.Object({
    group_by: Paths('What belongs together: the values found there.'),
    group_wait_seconds: Type.Optional(Seconds('How long the first one waits for others; 30.')),
    group_interval_seconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 31_536_000,
        default: 0,
        description: 'How long the group stays open after a flush, to send what comes in together.',
      }),
    ),
    repeat_interval_seconds: Type.Optional(
      Seconds('After how long without a new member the last batch is sent again.'),
    ),
    max_group_size: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000, description: 'So many members are sent at once.' }),
    ),
  }),
  check: ({ group_by }, names) => pathProblems('group_by', group_by, names),
  remembersMs: ({ group_wait_seconds = 30, group_interval_seconds = 0, repeat_interval_seconds = 0 }) =>
    Math.max(group_wait_seconds, group_interval_seconds, repeat_interval_seconds) * 1_000,
  ending(config, given) {
    const { action } = given
    const { namespace, tenant, provider, action_type } = action
    const labels = labelsOf(config.group_by.map(given.path), action)
    const values = Object.entries(labels).flatMap(([name, value]) => [name, canonical(value)])
    const key = keyOf('group', given.rule, namespace, tenant, provider, action_type, ...values)
    const deliver = { ...given.planned(), action: withoutOwn(action) }
    return {
      kind: 'group',
      rule: given.rule,
      key,
      group_key: publicKey(given.rule, Object.values(labels), key),
      group_id: given.newId(),
      labels,
      wait_ms: (config.group_wait_seconds ?? 30) * 1_000,
      interval_ms: (config.group_interval_seconds ?? 0) * 1_000,
      repeat_ms: config.repeat_interval_seconds === undefined ? null : config.repeat_interval_seconds * 1_000,
      max_size: config.max_group_size ?? 1_000,
      member: memberText(action),
      member_labels: action.metadata,
      deliver,
      draft: given.draft(deliver),
    }
  },
})

/** What all members have in common; what is the opening member's own (its times, its files) is not the batch's. */
const withoutOwn = ({ id, namespace, tenant, provider, action_type, created_at, template }: Action): Action => ({
  ...{ id, namespace, tenant, provider, action_type, created_at },
  ...(template !== undefined && { template }),
  payload: {},
  metadata: {},
})

/** A member as the batch carries it; the store adds when it was received. */
const memberText = ({ id, payload, metadata, status }: Action): string =>
  JSON.stringify({ id, payload, metadata, status: status ?? null })

/**
 * The values by short name: a path without `metadata.` or `payload.`, unless two would then be equal. A missing value
 * counts as empty.
 */
function labelsOf(paths: ActionPath[], action: Action): Record<string, unknown> {
  const short = (name: string): string => name.replace(/^(?:metadata|payload)\.(?:labels\.)?/, '')
  const names = paths.map(({ name }) => short(name))
  return Object.fromEntries(
    paths.map((path, i) => {
      const clash = names.indexOf(names[i]!) !== names.lastIndexOf(names[i]!)
      const value = path.read(action)
      return [clash ? path.name : names[i]!, value === MISSING ? '' : value]
    }),
  )
}

/** A name for people that may stand in a path as it is, and cannot meet another group's: it ends in 64 bits of the key. */
function publicKey(rule: string, values: unknown[], key: string): string {
  const slug = [rule, ...values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))]
    .map((part) => part.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+|-+$/g, ''))
    .filter((part) => part !== '')
    .join(':')
  return `${slug.slice(0, 80)}:${key.slice(0, 16)}`
}
