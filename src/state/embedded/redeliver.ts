import type { Plan } from '../plan.js'
import type { Origin, Redelivered, RedeliverRequest } from '../store.js'
import { deadLetterRow, removeDeadLetter } from './dead-letters.js'
import { entryOf, nextTry } from './entries.js'
import { checkGates, takeGates } from './gates.js'
import { parsed } from './json.js'
import { isLaneTaken, overtake } from './lanes.js'
import { holdsLease } from './leases.js'
import type { Step } from './step.js'
import { admissionOf, insertWork, QUEUED, RUNNING, workAt } from './work.js'

/** Opens the next try of what failed for good (`StateStore.redeliver`). It takes its keys again, and no place in a window. */
export function redeliver(step: Step, request: RedeliverRequest): Redelivered {
  const { owner, id, version, force, idempotency_key, context } = request
  if (!holdsLease(step, owner)) return { kind: 'not_owner' }
  const letter = deadLetterRow(step, id)
  if (letter?.version !== version) return { kind: 'conflict', version: letter?.version ?? null }
  if (letter.superseded === 1) return { kind: 'superseded' }
  const known = entryOf(step, letter.entry)
  const plan = parsed<Plan>(letter.plan)
  const reservations = plan.gates.filter((gate) => gate.kind === 'reservation')
  const checked = checkGates(step, reservations, known.seq, true)
  if (checked.refusing !== null && !force) return { kind: 'held', holder: checked.refusing.trace.holder! }

  removeDeadLetter(step, letter)
  const entry = nextTry(step, known)
  // Forced, it goes without the keys that others hold.
  const readings = checked.readings.filter(({ trace }) => trace.would === 'pass')
  const holds = takeGates(step, { readings, refusing: null }, { tenant: known.tenant, entry: known.seq, id: known.id })
  const { lane } = letter
  const scope = { namespace: known.namespace, tenant: known.tenant, lane: lane ?? '' }
  const queued = lane !== null && isLaneTaken(step, scope)
  if (lane !== null) overtake(step, scope)
  insertWork(step, entry, {
    status: queued ? QUEUED : RUNNING,
    owner: queued ? null : owner,
    fence: known.fence + 1,
    lane,
    idempotency_key,
    holds,
    gates: checked.readings.map(({ trace }) => trace),
    context,
    origin: parsed<Origin>(letter.origin),
    plan,
  })
  if (queued) return { kind: 'queued', try: entry.try, fence: entry.fence }
  return { kind: 'deliver', admission: admissionOf(step, workAt(step, entry.work!)) }
}
