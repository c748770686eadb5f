import type { AuditEntry } from '../../audit/record.js'
import { sha256 } from '../../lib/ids.js'
import type { Plan } from '../plan.js'
import type { Conflict, DeadLetter, DeadLetterFilter, List, Op, Page, Redelivered, RedeliverRequest } from '../store.js'
import { pageOf } from './lists.js'
import { admissionOf, deadLetterOf, planTexts } from './rows.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { numberOf, numberOrNull, rowOf, textOf, type Reply } from './text.js'

/** Newest first. */
export const deadLetters = (step: Step, list: List & DeadLetterFilter): Promise<Page<DeadLetter>> => {
  const { provider, action_type, code, from, to } = list
  const equals = { provider, atype: action_type, code }
  return pageOf(step, list, { index: 'letters', kind: 'd', falling: true, equals, from, to }, deadLetterOf)
}

/** An id alone does not tell its partition: all are asked at once. */
export async function deadLetter({ server }: Step, id: string): Promise<DeadLetter | null> {
  const found = await server.everywhere('rows', { kind: 'd', names: [sha256(id)] })
  const row = found.map(([one]) => rowOf(one)).find((one) => one !== null)
  return row === undefined ? null : deadLetterOf(row)
}

/** Of answers of all partitions the one of the partition where the letter is, if it is anywhere. */
const decisive = (answers: Reply[][]): Reply[] =>
  answers.find(([kind, version]) => kind !== 'not_owner' && !(kind === 'conflict' && version === '')) ?? answers[0]!

export const editDeadLetter = (
  { server, memo, settings }: Step,
  request: Op & { id: string; version: number; plan: Plan; audit: AuditEntry },
): Promise<DeadLetter | Conflict> =>
  memo.once(request, async () => {
    const { id, version, plan, audit } = request
    const asked = {
      ...opOf(request),
      letter: sha256(id),
      version,
      provider: plan.action.provider,
      atype: plan.action.action_type,
      unrecorded: !settings.recorded,
    }
    const [kind, found] = decisive(
      await server.everywhere('edit_letter', asked, ...recordTexts(audit), ...planTexts(plan)),
    )
    if (kind === 'conflict') return { kind, version: numberOrNull(textOf(found)) }
    return deadLetterOf(rowOf(found)!)
  })

export const discardDeadLetter = (
  { server, memo, settings }: Step,
  request: Op & { id: string; version: number; audit: AuditEntry },
): Promise<{ kind: 'done' } | Conflict> =>
  memo.once(request, async () => {
    const { id, version, audit } = request
    const asked = {
      ...opOf(request),
      letter: sha256(id),
      version,
      discard: true,
      unrecorded: !settings.recorded,
    }
    const [kind, found] = decisive(await server.everywhere('edit_letter', asked, ...recordTexts(audit), '', ''))
    return kind === 'conflict' ? { kind, version: numberOrNull(textOf(found)) } : { kind: 'done' }
  })

const recordTexts = ({ draft, decision }: AuditEntry): [string, string] => [
  JSON.stringify(draft),
  JSON.stringify(decision),
]

/** Opens the next try of what failed for good (`StateStore.redeliver`). */
export const redeliver = ({ server, memo, settings }: Step, request: RedeliverRequest): Promise<Redelivered> =>
  memo.once(request, async (): Promise<Redelivered> => {
    const { owner, id, version, force, idempotency_key, context } = request
    const asked = {
      ...opOf(request),
      owner,
      letter: sha256(id),
      version,
      force,
      ikey: idempotency_key,
      retention: settings.idRetentionMs,
    }
    const answers = await server.everywhere('redeliver', asked, JSON.stringify(context))
    // A node without a lease is told so before anything else.
    const [kind, first, second] =
      answers.find(([said]) => said !== 'conflict' && said !== 'not_owner') ??
      answers.find(([said]) => said === 'not_owner') ??
      decisive(answers)
    switch (kind) {
      case 'conflict':
        return { kind, version: numberOrNull(textOf(first)) }
      case 'held':
        return { kind, holder: textOf(first) }
      case 'queued':
        return { kind, try: numberOf(first), fence: numberOf(second) }
      case 'deliver':
        return { kind, admission: admissionOf(first) }
      default:
        return { kind: kind as 'not_owner' | 'superseded' }
    }
  })
