import type { Action } from '../action/action.js'
import type { Json } from '../lib/json.js'
import type { Notice } from './message.js'

/** An action with what a test says; the rest is that of the user's page. */
export const action = (parts: Partial<Action> = {}): Action => ({
  id: '01999999-aaaa-7bbb-8ccc-000000000001',
  namespace: 'monitoring',
  tenant: 't1',
  provider: 'slack',
  action_type: 'alert',
  payload: {},
  metadata: {},
  created_at: '2026-05-03T14:03:05.000Z',
  ...parts,
})

const at = (second: number): string => `2026-05-03T14:03:${String(second).padStart(2, '0')}.000Z`

/** A flushed group of `payloads`, a second apart, all with `labels`. */
export const flush = (payloads: Json[], labels: Record<string, string>, parts: Partial<Action> = {}): Action =>
  action({
    action_type: 'cluster_alert',
    metadata: labels,
    payload: {
      group_id: 'g1',
      group_key: 'k1',
      labels,
      event_count: payloads.length,
      first_at: at(5),
      last_at: at(5 + payloads.length - 1),
      flushed_at: '2026-05-03T14:04:05.000Z',
      reason: 'wait',
      events: payloads.map((payload, i) => ({
        id: `a${i}`,
        payload,
        metadata: labels,
        status: null,
        received_at: at(5 + i),
      })),
    },
    ...parts,
  })

/** The five that the user's page groups. */
export const pageFive = flush(
  [1, 2, 3, 4, 5].map((seq) => ({ seq })),
  { cluster: 'prod', severity: 'warning' },
)

/** The alert of the user's page, and a notice of it. */
export const pageAlert = action({ status: 'firing', metadata: { cluster: 'prod', service: 'api' } })
export const notice = (parts: Partial<Notice> = {}): Notice => ({
  fingerprint: 'f1',
  state_machine: 'alert',
  previous_state: null,
  new_state: 'firing',
  occurrence: 1,
  version: 1,
  started_at: '2026-05-03T14:03:05.000Z',
  ...parts,
})

/** Texts that would do something, were they not escaped. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '<svg/onload=alert(1)>',
  '</style><script>alert(1)</script>',
  '<a href="javascript:alert(1)">x</a>',
  '<!channel> <!here> <!everyone> <@U123> <#C123> <!subteam^S1>',
  '<https://evil.example|https://bank.example>',
  '[bank](https://evil.example) ![x](https://evil.example/x.png)',
  '@everyone @here <@&123> <@123>',
  '*bold* _it_ ~s~ `code` ||spoiler|| > quote # head',
  '<at>all</at>',
  'first\r\nBcc: victim@example.com\r\n\r\nbody',
  'a\u0000b\u202egnp.exe\u2066x\ud800y',
  '&lt;script&gt; &amp;',
  '{{ payload }} {% include "x" %}',
]
