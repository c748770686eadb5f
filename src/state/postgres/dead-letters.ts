import type { AuditEntry } from '../../audit/record.js'
import { recordTexts } from '../../audit/texts.js'
import type { Plan } from '../plan.js'
import type { Conflict, DeadLetter, DeadLetterFilter, List, Op, Page, Redelivered, RedeliverRequest } from '../store.js'
import { pageOf } from './lists.js'
import { admissionOf, deadLetterOf, planTexts, type AdmissionRow, type DeadLetterRow } from './rows.js'
import { opOf } from './server.js'
import { settingsOf, type Step } from './step.js'
import { escaped, plain } from '../../lib/postgres-text.js'

/** Newest first. */
export const deadLetters = (step: Step, list: List & DeadLetterFilter): Promise<Page<DeadLetter>> =>
  pageOf<DeadLetterRow, DeadLetter>(step, list, {
    table: 'dead_letter',
    column: 'pos',
    falling: true,
    item: 'acteon.dead_letter_row(t)',
    conditions: [
      ['t.provider = ?', list.provider],
      ['t.action_type = ?', list.action_type],
      ['t.code = ?', list.code],
      ['t.created_at >= ?', list.from],
      ['t.created_at < ?', list.to],
    ],
    show: deadLetterOf,
  })

export async function deadLetter({ server }: Step, id: string): Promise<DeadLetter | null> {
  const [found] = await server.read<{ row: DeadLetterRow }>(
    'SELECT acteon.dead_letter_row(l) AS row FROM acteon.dead_letter l WHERE l.id = $1',
    [escaped(id)],
  )
  return found === undefined ? null : deadLetterOf(found.row)
}

export async function editDeadLetter(
  step: Step,
  request: Op & { id: string; version: number; plan: Plan; audit: AuditEntry },
): Promise<DeadLetter | Conflict> {
  const { id, version, plan, audit } = request
  const answer = await step.server.call<DeadLetterRow | Conflict>('edit_dead_letter', {
    ...opOf(request, step.server),
    s: settingsOf(step),
    id,
    version,
    ...recordTexts(audit),
    ...planTexts(plan),
    provider: plan.action.provider,
    action_type: plan.action.action_type,
  })
  return 'kind' in answer ? answer : deadLetterOf(answer)
}

export function discardDeadLetter(
  step: Step,
  request: Op & { id: string; version: number; audit: AuditEntry },
): Promise<{ kind: 'done' } | Conflict> {
  const { id, version, audit } = request
  return step.server.call('discard_dead_letter', {
    ...opOf(request, step.server),
    s: settingsOf(step),
    id,
    version,
    ...recordTexts(audit),
  })
}

type Answer = { kind: 'deliver'; admission: AdmissionRow } | Exclude<Redelivered, { kind: 'deliver' }>

/** Opens the next try of what failed for good (`StateStore.redeliver`). */
export async function redeliver({ server }: Step, request: RedeliverRequest): Promise<Redelivered> {
  const { owner, id, version, force, idempotency_key, context } = request
  const answer = await server.call<Answer>('redeliver', {
    ...opOf(request, server),
    ...{ owner, id, version, force, idempotency_key },
    context: JSON.stringify(context),
  })
  if (answer.kind === 'deliver') return { kind: 'deliver', admission: admissionOf(answer.admission) }
  return plain(answer)
}
