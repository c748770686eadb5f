import type { RecordDraft } from '../../audit/record.js'
import { isObject } from '../../lib/json.js'
import type { AdmitRequest } from '../store.js'

/**
 * The public name of a group begins with the values that it is grouped by, so that people can read it. Where payloads and
 * labels are sealed it is made of the rule and the group's key alone.
 */
export function hideGroupKey(request: AdmitRequest): AdmitRequest {
  const { plan, draft } = request
  const { ending } = plan
  if (ending?.kind !== 'group') return request
  const rule = ending.rule.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '')
  const group_key = `${rule.slice(0, 80)}:${ending.key.slice(0, 32)}`
  const renamed = <D extends RecordDraft>(given: D): D =>
    isObject(given.verdict_details) && given.verdict_details['group_key'] === ending.group_key
      ? { ...given, verdict_details: { ...given.verdict_details, group_key } }
      : given
  return {
    ...request,
    draft: renamed(draft),
    plan: { ...plan, ending: { ...ending, group_key, draft: renamed(ending.draft) } },
  }
}
