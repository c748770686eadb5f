import { Type, type Static } from 'typebox'
import type { Action } from '../../action/action.js'
import { deadlineSignal } from '../deadline.js'
import type { Provider } from '../../providers/provider.js'
import { isLog } from '../../providers/log.js'
import { bySpelling, notFound } from '../answers.js'
import { iso } from '../lists.js'
import { coversName } from '../../access/scope.js'
import type { Identity } from '../../access/identity.js'
import type { Parts } from '../parts.js'
import {
  Delivery,
  ProviderCheck,
  ProviderHealth,
  ProviderShape,
  ProviderTest,
  ProviderTestBody,
  orNull,
} from '../shapes.js'
import type { App } from '../typed.js'

const Params = Type.Object({ name: Type.String() })
const TEST_MS = 30_000

/** Whether any grant covers a provider. */
const namesProvider = ({ grants }: Identity, name: string): boolean =>
  grants.some(({ providers }) => coversName(providers, name))

/** Who carries actions out, and how that goes. */
export function providerRoutes(app: App, { gateway, providerHealth, clock, newId }: Parts): void {
  const providerOf = (name: string): Provider => {
    const provider = gateway.providers.get(name)
    if (provider === undefined) throw notFound('provider', name)
    return provider
  }

  app.get(
    '/v1/providers',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Providers',
        tags: ['providers'],
        response: {
          200: Type.Object({ providers: Type.Array(ProviderShape), count: Type.Integer() }, { title: 'ProviderList' }),
        },
      },
    },
    async ({ identity }) => {
      const providers = [...gateway.providers.values()]
        .filter(({ name }) => namesProvider(identity, name))
        .map((provider) => ({
          name: provider.name,
          type: provider.type,
          can_check: provider.check !== undefined,
          keeps_deliveries: isLog(provider),
        }))
      return { providers, count: providers.length }
    },
  )

  app.get(
    '/v1/providers/health',
    {
      config: { access: 'read', everywhere: true },
      schema: {
        summary: 'How each provider does, on this node',
        tags: ['providers'],
        response: {
          200: Type.Object({ providers: Type.Array(ProviderHealth) }, { title: 'ProviderHealthList' }),
        },
      },
    },
    async () => ({ providers: await providerHealth.all() }),
  )

  app.post(
    '/v1/providers/:name/check',
    {
      config: { access: 'admin', everywhere: true, reads: true },
      schema: {
        summary: 'Ask whether a provider answers and its credential is good, without sending anything',
        tags: ['providers'],
        params: Params,
        response: { 200: ProviderCheck },
      },
    },
    async ({ params }) =>
      bySpelling(params.name, async (name) => {
        const provider = providerOf(name)
        if (provider.check === undefined)
          return {
            provider: name,
            healthy: true,
            duration_ms: 0,
            error: `Type "${provider.type}" has nothing to check.`,
          }
        const { healthy, duration_ms, code, error } = await providerHealth.check(provider)
        return {
          provider: name,
          healthy,
          duration_ms,
          ...(code !== undefined && { code }),
          ...(error !== undefined && { error }),
        }
      }),
  )

  app.post(
    '/v1/providers/:name/test',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'Send one test action straight to a provider',
        description: 'One attempt, past the rules, without retries and without a record; the log names it.',
        tags: ['providers'],
        params: Params,
        body: orNull(ProviderTestBody),
        response: { 200: ProviderTest },
      },
    },
    async (request) =>
      bySpelling(request.params.name, async (name) => {
        const provider = providerOf(name)
        const action = testAction(name, request.body ?? {})
        const began = clock.monotonic()
        const took = () => ({
          provider: name,
          action_id: action.id,
          duration_ms: Math.round(clock.monotonic() - began),
        })
        const { signal, cancel } = deadlineSignal(clock, TEST_MS)
        request.log.info({ provider: name, action_id: action.id }, 'test send')
        try {
          const response = await provider.deliver(action, {
            signal,
            attempt: 1,
            idempotency_key: action.id,
            trace_headers: {},
          })
          return { ...took(), success: response.status !== 'failure', response: gateway.shown.value(response) }
        } catch (error) {
          return { ...took(), success: false, ...providerHealth.failureOf(error) }
        } finally {
          cancel()
        }
      }),
  )

  const testAction = (provider: string, given: Static<typeof ProviderTestBody>): Action => ({
    id: newId(),
    namespace: given.namespace ?? 'acteon',
    tenant: given.tenant ?? 'acteon',
    provider,
    action_type: given.action_type ?? 'test',
    payload: (given.payload ?? {
      subject: 'Test from Acteon',
      message: `This is a test of provider "${provider}".`,
    }) as Action['payload'],
    metadata: {},
    created_at: iso(clock.now()),
  })

  app.get(
    '/v1/providers/:name/deliveries',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What a `log` provider was given last, newest first, masked',
        tags: ['providers'],
        params: Params,
        response: {
          200: Type.Object({ deliveries: Type.Array(Delivery), count: Type.Integer() }, { title: 'DeliveryList' }),
        },
      },
    },
    async ({ params, scope, identity }) =>
      bySpelling(params.name, async (name) => {
        if (!namesProvider(identity, name)) throw notFound('provider', name)
        const provider = providerOf(name)
        if (!isLog(provider)) throw notFound('list of deliveries of provider', name)
        const visible = provider.recent().filter(({ action }) => scope.covers({ ...action, provider: null }))
        const deliveries = visible.map(({ at, idempotency_key, attempt, action, event }) => ({
          at: iso(at),
          action_id: action.id,
          namespace: action.namespace,
          tenant: action.tenant,
          action_type: action.action_type,
          attempt,
          idempotency_key,
          payload: gateway.shown.value(action.payload),
          metadata: gateway.shown.labels(action.metadata),
          ...(event !== undefined && { event }),
        }))
        return { deliveries, count: deliveries.length }
      }),
  )
}
