#!/usr/bin/env node
// Sends a realistic mix of actions to a server, the same ones for the same seed. The configuration beside it gives each
// kind its fate.
//
//   node scripts/ui-traffic/send.mjs http://127.0.0.1:8080 400            400 actions, as fast as they are taken
//   node scripts/ui-traffic/send.mjs http://127.0.0.1:8080 30000 1 500    30,000, 500 a second; says how many were taken
import { argv } from 'node:process'
import { pathToFileURL } from 'node:url'

const KINDS = [
  [
    30,
    (r) => ({
      provider: 'agent-runtime',
      action_type: 'agent_tool_call',
      payload: {
        summary: pick(r, ['billing-agent wants refund_lookup', 'support-agent wants open_ticket']),
        severity: 'low',
      },
    }),
  ],
  [
    22,
    (r) => ({
      provider: 'slack-ops',
      action_type: 'disk_full',
      payload: { summary: `db-prod-${1 + Math.floor(r() * 9)}, ${85 + Math.floor(r() * 15)} % used`, severity: 'high' },
    }),
  ],
  [
    16,
    (r) => ({
      provider: 'slack-ops',
      action_type: 'pod_crashloop',
      dedup_key: `pod-${Math.floor(r() * 6)}`,
      payload: { summary: `ledger-worker-${Math.floor(r() * 6)}, exit 137`, severity: 'high' },
    }),
  ],
  [
    10,
    (r) => ({
      provider: 'slack-oncall',
      action_type: 'latency_slo',
      payload: {
        service: pick(r, ['checkout-api', 'cart-api', 'search-api']),
        severity: 'critical',
        p99_ms: 1500 + Math.floor(r() * 1500),
        slo_ms: 800,
        region: 'eu-west-1',
      },
    }),
  ],
  [
    10,
    (r) => ({
      provider: 'email',
      action_type: 'payment_failed',
      payload: {
        summary: `order ${88000 + Math.floor(r() * 400)}, card declined`,
        severity: 'low',
        to: 'billing@example.com',
      },
    }),
  ],
  [
    6,
    (r) => ({
      provider: 'email',
      action_type: 'cert_expiring',
      dedup_key: `cert-${Math.floor(r() * 3)}`,
      payload: { summary: '*.acme.example, 12 days left', severity: 'low' },
    }),
  ],
  [
    4,
    () => ({
      provider: 'webhook-crm',
      action_type: 'deploy_finished',
      payload: { summary: 'payments 2026.11.3', severity: 'info' },
    }),
  ],
  [
    3,
    (r) => ({
      provider: 'slack-ops',
      action_type: 'node_pressure',
      payload: { summary: 'node under memory pressure', severity: 'high' },
      metadata: { cluster: pick(r, ['eu-1', 'eu-2']) },
    }),
  ],
  [
    2,
    (r) => ({
      provider: 'slack-oncall',
      action_type: 'incident',
      payload: { summary: 'checkout is slow', severity: 'high' },
      metadata: { service: pick(r, ['checkout', 'search', 'cart']) },
    }),
  ],
]
const WEIGHT = KINDS.reduce((sum, [weight]) => sum + weight, 0)
const pick = (random, list) => list[Math.floor(random() * list.length)]

/** Mulberry32 (public domain): small, and enough to choose examples with. */
function randomOf(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Actions without end, the same ones for the same seed. */
export function* trafficOf({ seed = 1, prefix = 'act' } = {}) {
  const random = randomOf(seed)
  for (let n = 0; ; n++) {
    let left = random() * WEIGHT
    const [, make] = KINDS.find(([weight]) => (left -= weight) < 0) ?? KINDS[0]
    yield {
      id: `${prefix}-${seed}-${n}`,
      namespace: pick(random, ['payments', 'platform']),
      tenant: 'acme',
      ...make(random),
    }
  }
}

/**
 * Sends that many actions, and waits until each has its outcome or is durable; with `perSecond` no faster than that, and
 * four batches at a time when the server needs longer. @returns the ids of those that were taken, in order
 */
export async function sendTraffic(url, count, { seed = 1, prefix = 'act', perSecond } = {}) {
  const random = randomOf(seed)
  const ids = []
  const began = performance.now()
  const under = new Set()
  for (let sent = 0; sent < count;) {
    const actions = Array.from({ length: Math.min(50, count - sent) }, (_, index) => {
      let left = random() * WEIGHT
      const [, make] = KINDS.find(([weight]) => (left -= weight) < 0) ?? KINDS[0]
      return {
        id: `${prefix}-${seed}-${sent + index}`,
        namespace: pick(random, ['payments', 'platform']),
        tenant: 'acme',
        ...make(random),
      }
    })
    sent += actions.length
    const batch = sendBatch(url, actions, perSecond !== undefined).then((taken) => {
      if (taken) ids.push(...actions.map(({ id }) => id))
    })
    if (perSecond === undefined) {
      await batch
      continue
    }
    under.add(batch)
    void batch.finally(() => under.delete(batch)).catch(() => undefined)
    if (under.size >= AT_ONCE) await Promise.race(under)
    const early = began + (sent / perSecond) * 1_000 - performance.now()
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
  }
  await Promise.all(under)
  return ids
}
const AT_ONCE = 4

/** @returns false: the server had too much to do and took nothing of it, which only a flood may be told */
async function sendBatch(url, actions, isFlood) {
  const answer = await fetch(`${url}/v1/dispatch/batch`, { method: 'POST', body: JSON.stringify(actions) })
  if (isFlood && answer.status === 503) return false
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  await answer.arrayBuffer()
  return true
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  const [, , url = 'http://127.0.0.1:8080', count = 400, seed = 1, perSecond] = argv
  const options = { seed: Number(seed), ...(perSecond !== undefined && { perSecond: Number(perSecond) }) }
  const taken = await sendTraffic(url, Number(count), options)
  if (perSecond !== undefined) console.log(taken.length)
}
