import { ActeonError } from '../lib/errors.js'
import type { Grant, Identity } from './identity.js'

/** Something that belongs to a tenant. What it does not have (an event log's frame may have no provider) is not asked. */
export interface Owned {
  namespace: string
  tenant: string
  provider?: string | null | undefined
  action_type?: string | null | undefined
}

/** What a caller may see and touch: the one predicate that every route, list, stream and figure asks. */
export interface Scope {
  /** Whether all tenants and namespaces are covered, whatever the provider and kind of action. */
  readonly everywhere: boolean
  /** Whether everything there is, is covered: nothing needs to be left out of anything. */
  readonly all: boolean
  /** Whether one thing is covered. */
  covers(thing: Owned): boolean
  /** Whether everything of a namespace and tenant is covered, so that a list of it is whole. Absent: of any. */
  coversAllOf(filter: { namespace?: string | undefined; tenant?: string | undefined }): boolean
  /**
   * Refuses what was asked for by name and no grant covers.
   * @throws ActeonError FORBIDDEN
   */
  refuse(filter: {
    namespace?: string | null | undefined
    tenant?: string | null | undefined
    provider?: string | null | undefined
    action_type?: string | null | undefined
  }): void
}

/** The scope of a caller: the union of its grants. */
export function scope({ caller_id, grants }: Pick<Identity, 'caller_id' | 'grants'>): Scope {
  const whole = grants.filter(({ providers, actions }) => isAny(providers) && isAny(actions))
  const everywhere = grants.some(({ tenants, namespaces }) => isAny(tenants) && isAny(namespaces))
  const all = whole.some(({ tenants, namespaces }) => isAny(tenants) && isAny(namespaces))
  return {
    everywhere,
    all,
    covers: (thing) => all || grants.some((grant) => covers(grant, thing)),
    coversAllOf: ({ namespace, tenant }) =>
      all ||
      whole.some(
        (grant) =>
          (isAny(grant.namespaces) || (namespace !== undefined && grant.namespaces.includes(namespace))) &&
          (isAny(grant.tenants) || (tenant !== undefined && coversTenant(grant.tenants, tenant))),
      ),
    refuse(filter) {
      if (all || grants.some((grant) => meets(grant, filter))) return
      const named = (['namespace', 'tenant', 'provider', 'action_type'] as const)
        .filter((name) => filter[name] != null)
        .map((name) => `${name} ${JSON.stringify(String(filter[name]).slice(0, 100))}`)
      throw new ActeonError(
        'FORBIDDEN',
        `No grant of "${caller_id}" covers ${named.length === 0 ? 'anything here' : named.join(', ')}.`,
      )
    },
  }
}

const isAny = (list: readonly string[]): boolean => list.includes('*')

/** `acme` covers `acme` and `acme.us-east`, not `acme-corp`. */
export const coversTenant = (granted: readonly string[], tenant: string): boolean =>
  granted.some((one) => one === '*' || one === tenant || tenant.startsWith(`${one}.`))

/** Whether a list of names covers one. */
export const coversName = (granted: readonly string[], name: string): boolean =>
  granted.includes('*') || granted.includes(name)

const covers = ({ tenants, namespaces, providers, actions }: Grant, thing: Owned): boolean =>
  coversTenant(tenants, thing.tenant) &&
  coversName(namespaces, thing.namespace) &&
  (thing.provider == null || coversName(providers, thing.provider)) &&
  (thing.action_type == null || coversName(actions, thing.action_type))

/** Whether a grant covers something of what a filter names. */
const meets = ({ tenants, namespaces, providers, actions }: Grant, filter: Parameters<Scope['refuse']>[0]): boolean =>
  (filter.tenant == null || coversTenant(tenants, filter.tenant)) &&
  (filter.namespace == null || coversName(namespaces, filter.namespace)) &&
  (filter.provider == null || coversName(providers, filter.provider)) &&
  (filter.action_type == null || coversName(actions, filter.action_type))
