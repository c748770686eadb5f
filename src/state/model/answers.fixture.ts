import type { Outcome } from '../../action/outcome.js'
import type { Admission, EntryKey, Origin } from '../store.js'
import type { ModelAdmission } from './entries.fixture.js'
import { nameOf } from './remembered.fixture.js'

/** Where an entry comes from, as the model says it. */
export function originText(origin: Origin): string {
  switch (origin.kind) {
    case 'dispatch':
      return 'dispatch'
    case 'flush': {
      const members = origin.batch.members.map(({ id, received_at }) => `${id}@${received_at}`)
      return `flush ${origin.batch.reason} of ${members.join()}`
    }
    case 'notification':
      return `notification ${origin.event.version}: ${origin.event.previous_state} → ${origin.event.new_state}`
    case 'schedule':
      return `schedule of ${origin.parent}, ${origin.planned ? 'planned' : 'unplanned'}`
  }
}

/** What an outcome says that both must say alike. */
export function plainOutcome(outcome: Outcome | null | undefined): unknown {
  if (outcome == null) return null
  if (outcome.type === 'Failed') return `Failed ${outcome.code}`
  if (outcome.type === 'Grouped') return `Grouped ${outcome.group_id} ${outcome.group_size}`
  if (outcome.type === 'Throttled') return `Throttled by ${outcome.rule} for ${JSON.stringify(outcome.retry_after)}`
  if (outcome.type === 'Scheduled') return `Scheduled ${outcome.action_id} for ${Date.parse(outcome.scheduled_for)}`
  if (outcome.type !== 'StateChanged') return outcome.type
  const { previous_state, new_state, notify, version, occurrence } = outcome
  return `${previous_state} → ${new_state} ${notify} ${version}/${occurrence}`
}

const FIELDS = [
  ...['kind', 'try', 'dispatched_at', 'due_at', 'completed_at', 'lease_until', 'owner', 'expired', 'holder'],
  ...['previous_state', 'new_state', 'notify', 'version', 'state'],
]

/** What an answer says besides the work that it hands out. */
export function plain(answered: unknown): Record<string, unknown> {
  if (answered === null) return { nothing: true }
  const answer = answered as Record<string, unknown>
  const duplicates = answer['duplicates'] as { count: number; last: string[] } | undefined
  return {
    ...Object.fromEntries(FIELDS.filter((field) => answer[field] !== undefined).map((field) => [field, answer[field]])),
    ...('outcome' in answer && { outcome: plainOutcome(answer['outcome'] as Outcome) }),
    ...(duplicates !== undefined && {
      duplicates: duplicates.count,
      last: duplicates.count > 10 ? [] : [...duplicates.last].sort(),
    }),
    ...('allowed' in answer && { allowed: [...(answer['allowed'] as string[])].sort() }),
  }
}

/** The admissions in an answer; those of `due` and `resume`, whose order among equals is the store's affair, by name. */
export function workIn(answered: unknown): (Admission | ModelAdmission)[] {
  if (answered === null || typeof answered !== 'object') return []
  type Work = Admission | ModelAdmission
  const answer = answered as { admission?: Work; follow?: Work[]; admissions?: Work[] }
  const sortable = Array.isArray(answered) ? (answered as Work[]) : answer.admissions
  if (sortable !== undefined) return [...sortable].sort((x, y) => (sortName(x) < sortName(y) ? -1 : 1))
  return answer.admission === undefined ? (answer.follow ?? []) : [answer.admission]
}

const sortName = (work: Admission | ModelAdmission): string => ('name' in work ? work.name : nameOfReal(work))

/** A store's own id of a notification is its affair; the model names it by what it tells. */
export function nameOfReal({ key, origin }: { key: EntryKey; origin: Origin | null }): string {
  const event = origin?.kind === 'notification' ? origin.event : null
  const id = event === null ? key.id : `notify:${event.fingerprint}:${Date.parse(event.started_at)}:${event.version}`
  return nameOf(key.tenant, key.space, id)
}
