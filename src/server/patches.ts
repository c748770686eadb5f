import { Type, type Static } from 'typebox'
import { carrierOf, type AuditRecord } from '../audit/record.js'
import type { AuditStore } from '../audit/store.js'
import { isObject } from '../lib/json.js'
import type { Frame } from '../state/store.js'
import { resultFor } from './matching.js'
import { reasonOf, Result } from './results.js'

/** What became later of an action that was told of before. */
export const LivePatch = Type.Object(
  {
    id: Type.String({ description: 'The position of its frame.' }),
    at: Type.String({ format: 'date-time' }),
    action_id: Type.String(),
    namespace: Type.String(),
    tenant: Type.String(),
    by: Type.Enum(['try', 'group', 'notification', 'schedule'], {
      description: 'A next try has its outcome; or its group, its notification or what it had scheduled.',
    }),
    outcome: Type.String(),
    result: Result,
    provider: Type.String(),
    reason: Type.Union([Type.String(), Type.Null()]),
  },
  { title: 'LivePatch' },
)
export type LivePatch = Static<typeof LivePatch>

/** Actions whose later fate is watched for one reader; the oldest are forgotten. */
const WATCHED = 2_000
/** Members of one group that are patched. */
const MOST_MEMBERS = 200

const keyOf = ({ namespace, tenant }: { namespace: string; tenant: string }, id: string): string =>
  JSON.stringify([namespace, tenant, id])

/** Follows what one reader was told of, so that what becomes of it later can be shown in place. */
export function createPatches(audit: AuditStore | null) {
  /** Key of an action → the group that it waits in, or null. */
  const told = new Map<string, string | null>()
  const members = new Map<string, Map<string, string>>()

  function forget(key: string): void {
    const group = told.get(key)
    told.delete(key)
    if (group == null) return
    const ids = members.get(group)
    ids?.delete(key)
    if (ids?.size === 0) members.delete(group)
  }

  async function recordOf({ namespace, tenant }: Frame, id: string): Promise<AuditRecord | undefined> {
    try {
      return (await audit?.ofAction(id, { namespace, tenant }))?.at(-1)
    } catch {
      // A row that is not patched is right again when it is loaded anew.
      return undefined
    }
  }

  /** Ids of actions that a frame tells the later fate of, and how they hang together with it. */
  async function subjects(frame: Frame, action: AuditRecord): Promise<[LivePatch['by'], string[]]> {
    switch (frame.data['kind']) {
      case undefined:
        return ['try', told.has(keyOf(frame, action.action_id)) ? [action.action_id] : []]
      case 'schedule':
        return ['schedule', [action.action_id.replace(/^due:/, '')]]
      case 'flush': {
        const group = /^flush:(.+?):\d+(?:\D.*)?$/s.exec(action.action_id)?.[1]
        const waiting = group === undefined ? undefined : members.get(keyOf(frame, group))
        return ['group', [...(waiting?.values() ?? [])].slice(0, MOST_MEMBERS)]
      }
      case 'notification': {
        const cause = (await recordOf(frame, action.action_id))?.trace.links.caused_by
        return ['notification', cause === undefined ? [] : [cause]]
      }
      default:
        return ['try', []]
    }
  }

  return {
    /** Whether a frame may change what was told before. */
    concerns: (frame: Frame): boolean =>
      frame.data['kind'] !== undefined || told.has(keyOf(frame, String(frame.data['action_id']))),
    /** The reader was told of an action. */
    tell(frame: Frame): void {
      if (frame.data['kind'] !== undefined) return
      const action_id = String(frame.data['action_id'])
      const key = keyOf(frame, action_id)
      forget(key)
      const name = groupOf(frame)
      const group = name === null ? null : keyOf(frame, name)
      told.set(key, group)
      if (group !== null) members.set(group, (members.get(group) ?? new Map()).set(key, action_id))
      if (told.size > WATCHED) forget(told.keys().next().value!)
    },
    /** What a frame changes of what was told before. */
    async of(frame: Frame, record: AuditRecord): Promise<LivePatch[]> {
      const [by, ids] = await subjects(frame, record)
      const { namespace, tenant, provider, outcome, outcome_details } = record
      const became = {
        outcome,
        result: resultFor(record),
        provider: carrierOf(record),
        reason: reasonOf(outcome, outcome_details, provider),
      }
      const at = new Date(frame.at).toISOString()
      return ids.map((action_id) => ({ id: frame.id, at, action_id, namespace, tenant, by, ...became }))
    },
  }
}

function groupOf({ data: { outcome } }: Frame): string | null {
  const grouped = isObject(outcome) ? outcome['Grouped'] : undefined
  return isObject(grouped) && typeof grouped['group_id'] === 'string' ? grouped['group_id'] : null
}
