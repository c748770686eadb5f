import { isSealed, type Place, type Sealer } from '../lib/seal.js'
import type { JsonObject } from '../lib/json.js'
import type { Action } from './action.js'
import type { Outcome, ProviderResponse } from './outcome.js'

type Scope = Pick<Place, 'namespace' | 'tenant'>

/** Stands for a table or a list whose content is sealed. */
const NAME = '~'

/** Any value as one sealed text inside a table, for places that hold a table. */
export const sealTable = (value: unknown, sealer: Sealer, place: Place): { [NAME]: string } => ({
  [NAME]: sealer.seal(JSON.stringify(value), place),
})

/** The value that `sealTable` sealed; a table that is not sealed is returned as it is. */
export function openTable<T>(value: T, sealer: Sealer, place: Place): T {
  const token = (value as Record<string, unknown> | null)?.[NAME]
  return isSealed(token) ? (JSON.parse(sealer.open(token, place)) as T) : value
}

/**
 * An action as it is stored: what stores index by stays, the whole of it is sealed in the place of its payload, so that
 * what is opened has its members in the order in which they came.
 * @param id what it is bound to: an action's id, `group:KEY` or `event:FINGERPRINT`
 */
export function sealAction(action: Action, sealer: Sealer, id: string): Action {
  const { namespace, tenant, provider, action_type, created_at } = action
  return {
    id: action.id,
    namespace,
    tenant,
    provider,
    action_type,
    payload: sealer.seal(JSON.stringify(action), { namespace, tenant, kind: 'action', id }),
    metadata: {},
    created_at,
  }
}

/** The action that was sealed; one that is not (it was stored before there were keys) is returned as it is. */
export function openAction(stored: Action, sealer: Sealer, scope: Scope, id: string): Action {
  const { payload } = stored
  if (!isSealed(payload)) return stored
  const { namespace, tenant } = scope
  return JSON.parse(sealer.open(payload, { namespace, tenant, kind: 'action', id })) as Action
}

const outcomePlace = ({ namespace, tenant }: Scope, id: string): Place => ({ namespace, tenant, kind: 'outcome', id })

/** An outcome as it is stored: what a provider answered and said is sealed; what stores decide by stays. */
export function sealOutcome(outcome: Outcome, sealer: Sealer, scope: Scope, id: string): Outcome {
  const place = outcomePlace(scope, id)
  const response = <R extends ProviderResponse>(given: R): R => ({
    ...given,
    body: sealTable({ body: given.body, headers: given.headers }, sealer, place),
    headers: {},
  })
  switch (outcome.type) {
    case 'Executed':
      return response(outcome)
    case 'Rerouted':
      return { ...outcome, response: response(outcome.response) }
    case 'Failed':
      return { ...outcome, message: sealer.seal(outcome.message, place) }
    default:
      return outcome
  }
}

/** The inverse of `sealOutcome`; what is not sealed stays. */
export function openOutcome(stored: Outcome, sealer: Sealer, scope: Scope, id: string): Outcome {
  const place = outcomePlace(scope, id)
  const response = <R extends ProviderResponse>(given: R): R => {
    if (!isSealed(given.body?.[NAME])) return given
    return {
      ...given,
      ...openTable<{ body: JsonObject | null; headers: Record<string, string> }>(given.body as never, sealer, place),
    }
  }
  switch (stored.type) {
    case 'Executed':
      return response(stored)
    case 'Rerouted':
      return { ...stored, response: response(stored.response) }
    case 'Failed':
      return isSealed(stored.message) ? { ...stored, message: sealer.open(stored.message, place) } : stored
    default:
      return stored
  }
}
