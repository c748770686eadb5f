import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import type { Lookup, LookupAnswer } from '../state/store.js'
import { PAGE_FILES } from './page.fixture.js'
import { planned, rulesOf } from './rules.fixture.js'

const fileOf = (path: string) => rulesOf([{ path, text: PAGE_FILES[path]! }])
const answering = (answers: Partial<Record<Lookup['kind'], LookupAnswer>>) => ({
  state: ({ kind }: Lookup) => answers[kind] ?? null,
})

describe('multi-provider', () => {
  const rules = fileOf('rules/multi_provider.yaml')
  const sent = (action_type: string, payload: Action['payload']): Partial<Action> => ({
    ...{ namespace: 'notifications', tenant: 'tenant-1', provider: 'email', action_type, payload },
  })

  it('what is urgent goes to sms, within the throttle', async () => {
    const { plan } = await planned(rules, sent('send_notification', { priority: 'urgent', body: 'Server down!' }))
    expect(plan).toMatchObject({
      action: { provider: 'sms' },
      original_provider: 'email',
      verdict: 'reroute',
      matched_rule: 'reroute-high-priority',
      matched_rules: ['reroute-high-priority', 'throttle-notifications'],
      gates: [{ kind: 'window', rule: 'throttle-notifications', limit: 100, window_ms: 60_000 }],
      ending: null,
    })
  })

  it('what is not is throttled where it is', async () => {
    const { plan } = await planned(rules, sent('send_notification', { body: 'Weekly digest' }))
    expect(plan).toMatchObject({ action: { provider: 'email' }, verdict: 'throttle', ending: null })
    expect(plan.gates).toHaveLength(1)
  })

  it('an email is given its tracking fields', async () => {
    const { plan } = await planned(rules, sent('send_email', { to: 'user@example.com', subject: 'Newsletter' }))
    expect(plan.action.payload).toEqual({
      ...{ to: 'user@example.com', subject: 'Newsletter' },
      ...{ tracking_enabled: true, source: 'acteon-gateway' },
    })
    expect(plan).toMatchObject({ verdict: 'modify', matched_rule: 'modify-add-tracking', gates: [] })
  })
})

describe('alert lifecycle', () => {
  const rules = fileOf('rules/alert-lifecycle.yaml')
  const alert: Partial<Action> = {
    ...{ namespace: 'monitoring', tenant: 't1', provider: 'pagerduty', action_type: 'alert', status: 'firing' },
    metadata: { cluster: 'prod', service: 'api' },
  }

  it('an alert moves its event', async () => {
    const { plan, rounds } = await planned(rules, alert)
    expect(plan).toMatchObject({
      verdict: 'state_machine',
      matched_rule: 'alert-state-machine',
      ending: { kind: 'transition', status: 'firing', action_type: 'alert', machine: { name: 'alert' } },
    })
    expect(rounds).toEqual([])
  })

  it('an alert of a pod is held back while its cluster is down, and asks state once for that', async () => {
    const pod = { ...alert, action_type: 'pod_crash' }
    const { plan, rounds } = await planned(rules, pod, answering({ active_event: true }))
    expect(plan).toMatchObject({
      verdict: 'suppress',
      matched_rule: 'inhibit-pod-alerts',
      ending: {
        kind: 'answer',
        outcome: { type: 'Suppressed', rule: 'inhibit-pod-alerts', reason: 'Parent cluster is down' },
      },
    })
    expect(rounds).toEqual([
      [
        {
          ...{ kind: 'active_event', namespace: 'monitoring', tenant: 't1', action_type: 'cluster_down' },
          ...{ label: 'cluster', value: 'prod' },
        },
      ],
    ])
    expect((await planned(rules, pod, answering({ active_event: false }))).plan).toMatchObject({
      verdict: 'allow',
      matched_rule: null,
      ending: null,
    })
  })

  it('the lint says that no rule of this file opens the event that holds pods back', () => {
    expect(rules.warnings).toHaveLength(1)
    expect(rules.warnings[0]).toMatch(/inhibit-pod-alerts.*cluster_down/)
  })
})

it('grouping: cluster alerts are collected by cluster and severity', async () => {
  const { plan } = await planned(fileOf('rules/grouping.yaml'), {
    ...{ namespace: 'monitoring', tenant: 't1', provider: 'slack', action_type: 'cluster_alert' },
    ...{ payload: { seq: 1 }, metadata: { cluster: 'prod', severity: 'warning' } },
  })
  expect(plan).toMatchObject({
    verdict: 'group',
    ending: {
      kind: 'group',
      labels: { cluster: 'prod', severity: 'warning' },
      ...{ wait_ms: 60_000, interval_ms: 300_000, repeat_ms: null, max_size: 100 },
    },
  })
})

describe('webhook routing', () => {
  const rules = fileOf('rules/webhook_routing.yaml')
  const alert = (severity: string): Partial<Action> => ({
    ...{ namespace: 'monitoring', tenant: 'acme-corp', provider: 'slack', action_type: 'alert' },
    payload: { severity },
  })

  it('a warning stays on Slack, and is not deduplicated', async () => {
    const { plan } = await planned(rules, alert('warning'))
    expect(plan).toMatchObject({ action: { provider: 'slack' }, matched_rules: [], gates: [] })
  })

  it('what is critical is rerouted, and then deduplicated where it arrived', async () => {
    const { plan } = await planned(rules, { ...alert('critical'), dedup_key: 'db-unreachable' })
    expect(plan).toMatchObject({
      action: { provider: 'webhook' },
      verdict: 'reroute',
      matched_rules: ['reroute-critical-to-webhook', 'dedup-webhook-alerts'],
      gates: [{ kind: 'reservation', ttl_ms: 300_000, on_failure: 'release' }],
    })
  })
})

it('all the files together load without a problem', () => {
  const all = rulesOf(Object.entries(PAGE_FILES).map(([path, text]) => ({ path, text })))
  expect(all.rules.map(({ name }) => name)).toHaveLength(8)
})
