// What arrives at the gateway in the pictures: a week of ordinary nights, and one in which opsgenie breaks down.
import { clock, DAYS, NOW, random, settled } from './clock.mjs'
import { keyOf } from './gateway.mjs'
import { trafficOf } from '../ui-traffic/send.mjs'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** After a jump of the clock the gateway has lost its lease; so long it takes to get another. */
const LONGEST_LEASE_MS = 20_000
const WAVES = 27
export const BROKEN_FROM = NOW - 27 * MINUTE
/** While the disks of the databases fill up. */
const FLOOD = [NOW - 31 * MINUTE, NOW - 9 * MINUTE]

const SENDERS = { agent_tool_call: 'agents', payment_failed: 'billing', deploy_finished: 'deploys' }
const traffic = trafficOf({ seed: 11, prefix: 'act' })
/** The next of all but incidents: ALERTS below are told in order. */
function ordinaryAction() {
  for (;;) {
    const { value } = traffic.next()
    if (value.action_type !== 'incident') return value
  }
}

/** Alerts that have an event each: since when (minutes ago), how often told, and what people did (minutes ago). */
const ALERTS = [
  ['latency_burn', 'checkout-api', 'critical', 23, 6, []],
  ['payment_backlog', 'ledger', 'critical', 17, 4, []],
  ['queue_lag', 'invoices', 'high', 9, 3, []],
  ['replica_behind', 'db-prod-3', 'high', 44, 9, []],
  ['disk_filling', 'db-prod-7', 'critical', 31, 12, [[19, 'acknowledged', 'Adding a volume', 'eu-infra']]],
  ['pod_evicted', 'search-api', 'high', 52, 5, [[40, 'acknowledged', '', 'eu-infra']]],
  [
    'cert_rejected',
    'web-edge',
    'medium',
    58,
    4,
    [
      [50, 'acknowledged', '', 'web'],
      [33, 'investigating', 'Chain is incomplete', 'web'],
    ],
  ],
  [
    'login_errors',
    'accounts',
    'high',
    57,
    7,
    [
      [49, 'acknowledged', '', 'accounts'],
      [21, 'resolved', 'Rolled back', 'accounts'],
    ],
  ],
  ['job_stuck', 'nightly-report', 'low', 48, 2, [[30, 'resolved', '', 'eu-infra']]],
  ['cache_misses', 'catalogue', 'medium', 36, 3, [[14, 'resolved', 'Warm again', 'web']]],
]
/** Collected for the morning: type, team, how many, since when (minutes ago). */
const REPORTS = [
  ['usage_report', 'payments', 9, 21],
  ['usage_report', 'platform', 5, 12],
  ['review_due', 'platform', 3, 4],
]

async function call(url, key, method, path, body) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const answer = await settled(fetch(url + path, { method, headers, body: JSON.stringify(body) }))
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
const send = (url, action) =>
  call(url, keyOf(SENDERS[action.action_type] ?? 'alertmanager-eu'), 'POST', '/v1/dispatch', action)

/** The next action, now. */
export const oneMore = (url) => send(url, ordinaryAction())

/**
 * The same hour of the days before and the hour before this one, in waves: they are only counted, so the clock may jump
 * from one to the next.
 */
export async function timeBefore(url) {
  const ends = [...Array.from({ length: DAYS }, (_, n) => NOW - (DAYS - n) * DAY), NOW - HOUR]
  for (const end of ends)
    for (let wave = 0; wave < WAVES; wave++) {
      await goTo(end - HOUR + ((wave + 0.5) * HOUR) / WAVES)
      const actions = Array.from({ length: 50 }, ordinaryAction)
      await call(url, keyOf('alertmanager-eu'), 'POST', '/v1/dispatch/batch', actions)
    }
  await goTo(NOW - HOUR - 14_000)
}

async function goTo(ms) {
  if (ms - clock.now() > 2 * LONGEST_LEASE_MS) clock.jump(ms - clock.now() - LONGEST_LEASE_MS)
  await settled(clock.advanceTo(ms))
}

/** Sends all of this night, in its order, and leaves the clock at NOW. */
export async function workTheShift(url) {
  const dispatch = (action) => send(url, action)

  const plan = []
  const at = (ms, act) => plan.push([ms, act])
  const ordinary = (from, to, count) => {
    for (let n = 0; n < count; n++) {
      const action = ordinaryAction()
      at(from + ((n + random()) * (to - from)) / count, () => dispatch(action))
    }
  }
  ordinary(NOW - HOUR, NOW - 400, 1_200)
  for (let n = 0; n < 420; n++)
    at(FLOOD[0] + random() * (FLOOD[1] - FLOOD[0]), () =>
      dispatch({
        id: `disk-${n}`,
        namespace: 'platform',
        tenant: 'acme',
        provider: 'slack-ops',
        action_type: 'disk_full',
        payload: { summary: `db-prod-7, ${93 + Math.floor(n / 70)} % used`, severity: 'high' },
      }),
    )
  for (let n = 0; n < 140; n++)
    at(NOW - HOUR + ((n + random()) * HOUR) / 140, () =>
      dispatch({
        id: `ticket-${n}`,
        namespace: 'payments',
        tenant: 'acme',
        provider: 'webhook-crm',
        action_type: 'ticket_opened',
        payload: { summary: `ticket ${41_200 + n}, refund asked for`, severity: 'low' },
      }),
    )
  // Customers whose mailbox is gone.
  for (const [n, minutes] of [52, 41, 34, 11].entries())
    at(NOW - minutes * MINUTE, () =>
      dispatch({
        id: `receipt-${n}`,
        namespace: 'payments',
        tenant: 'acme',
        provider: 'email',
        action_type: 'receipt',
        payload: {
          subject: `Receipt for order ${88_120 + n * 37}`,
          text: 'Thank you for your order.',
          to: `customer-${n + 1}@closed.example`,
        },
      }),
    )
  for (const [type, service, severity, since, told, moves] of ALERTS) {
    const alert = {
      namespace: 'platform',
      tenant: 'acme',
      provider: 'pagerduty',
      action_type: type,
      payload: { title: `${type.replaceAll('_', ' ')} on ${service}`, severity, service },
      metadata: { service },
    }
    const until = moves.at(-1)?.[1] === 'resolved' ? moves.at(-1)[0] + 1 : 0.2
    for (let n = 0; n < told; n++) {
      const ago = since - ((since - until) * n) / told
      at(NOW - ago * MINUTE, () => dispatch({ ...alert, id: `${type}-${n}` }))
    }
    for (const [ago, to_state, comment, by] of moves)
      at(NOW - ago * MINUTE, async () => {
        const { events } = await call(url, keyOf('alertmanager-eu'), 'GET', '/v1/events?limit=500')
        const { fingerprint } = events.find(({ action_type }) => action_type === type)
        await call(url, keyOf(by), 'PUT', `/v1/events/${fingerprint}/transition`, {
          to_state,
          namespace: 'platform',
          tenant: 'acme',
          ...(comment !== '' && { comment }),
        })
      })
  }
  for (const [type, team, count, since] of REPORTS)
    for (let n = 0; n < count; n++)
      at(NOW - (since * (count - n) * MINUTE) / count, () =>
        dispatch({
          id: `${type}-${team}-${n}`,
          namespace: 'platform',
          tenant: 'acme',
          provider: 'slack-ops',
          action_type: type,
          payload: { title: `${team}: ${type === 'usage_report' ? 'usage' : 'review'} ${n + 1}`, severity: 'low' },
          metadata: { team },
        }),
      )

  plan.sort(([a], [b]) => a - b)
  for (const [ms, act] of plan) {
    await clock.advanceTo(ms)
    await act()
  }
  await clock.advanceTo(NOW)
}
