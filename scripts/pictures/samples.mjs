// What is drawn: an alert, a group, an event that fires and is resolved, a timeout.

const action = (parts) => ({
  id: '01999999-aaaa-7bbb-8ccc-000000000001',
  namespace: 'monitoring',
  tenant: 't1',
  provider: 'team',
  action_type: 'alert',
  payload: {},
  metadata: {},
  created_at: '2026-05-03T14:03:05.000Z',
  ...parts,
})
const at = (second) => `2026-05-03T14:03:${String(second).padStart(2, '0')}.000Z`
const now = Date.parse('2026-05-03T14:04:05Z')

const alert = action({
  payload: {
    title: 'Disk almost full on db-1',
    message: '/var/lib/postgresql has 2.1 GB left, and loses 1 GB an hour.',
    severity: 'critical',
    host: 'db-1',
    used_percent: 97,
    runbook_url: 'https://runbooks.example.com/disk-full',
  },
  metadata: { cluster: 'prod', service: 'postgres' },
})

const labels = { cluster: 'prod', severity: 'warning' }
const group = action({
  action_type: 'cluster_alert',
  metadata: labels,
  payload: {
    group_id: 'g1',
    group_key: 'k1',
    labels,
    event_count: 5,
    first_at: at(5),
    last_at: at(9),
    flushed_at: '2026-05-03T14:04:05.000Z',
    reason: 'wait',
    events: [1, 2, 3, 4, 5].map((seq) => ({
      id: `a${seq}`,
      payload: { seq },
      metadata: labels,
      status: null,
      received_at: at(4 + seq),
    })),
  },
})

const database = action({
  payload: { title: 'Database unreachable', severity: 'critical', message: 'No connection to db-1 for 30 s.' },
  metadata: { cluster: 'prod', service: 'api' },
})
const event = (parts) => ({
  fingerprint: 'f1',
  state_machine: 'alert',
  previous_state: null,
  new_state: 'firing',
  occurrence: 1,
  version: 1,
  started_at: '2026-05-03T14:03:05.000Z',
  ...parts,
})
const later = (minutes) => now + minutes * 60_000

const since = (minutes) => ({
  previous_since: '2026-05-03T14:03:05.000Z',
  changed_at: new Date(Date.parse('2026-05-03T14:03:05Z') + minutes * 60_000).toISOString(),
})

/** Each picture's messages, in order. */
export const PICTURES = {
  alert: [{ action: alert, now }],
  group: [{ action: group, now }],
  event: [
    { action: database, event: event(), now },
    {
      action: database,
      event: event({ previous_state: 'firing', new_state: 'resolved', version: 2, ...since(12) }),
      now: later(12),
    },
  ],
  timeout: [
    {
      action: database,
      event: event({
        previous_state: 'firing',
        new_state: 'escalated',
        version: 2,
        moved_by: { timeout: 'firing' },
        ...since(30),
      }),
      now: later(30),
    },
  ],
}
