import { expect, it } from 'vitest'
import type { Batch } from '../state/store.js'
import { batchLabels, batchPayload } from './batch.js'

const at = Date.parse('2026-01-31T09:30:00Z')
const batch: Batch = {
  group_id: 'g1',
  group_key: 'cluster:prod',
  generation: 1,
  rule: 'group-cluster-alerts',
  labels: { cluster: 'prod', severity: 'warning' },
  shared_labels: { cluster: 'prod' },
  first_at: at,
  last_at: at + 1_000,
  flushed_at: at + 60_000,
  reason: 'wait',
  members: [1, 2].map((seq) => ({
    id: `a${seq}`,
    received_at: at + (seq - 1) * 1_000,
    text: JSON.stringify({ id: `a${seq}`, payload: { seq }, metadata: { cluster: 'prod' }, status: null }),
  })),
}

it('tells of every member in order, and of the group', () => {
  expect(batchPayload(batch)).toEqual({
    group_id: 'g1',
    group_key: 'cluster:prod',
    labels: { cluster: 'prod', severity: 'warning' },
    event_count: 2,
    first_at: '2026-01-31T09:30:00.000Z',
    last_at: '2026-01-31T09:30:01.000Z',
    flushed_at: '2026-01-31T09:31:00.000Z',
    reason: 'wait',
    events: [
      {
        id: 'a1',
        payload: { seq: 1 },
        metadata: { cluster: 'prod' },
        status: null,
        received_at: '2026-01-31T09:30:00.000Z',
      },
      {
        id: 'a2',
        payload: { seq: 2 },
        metadata: { cluster: 'prod' },
        status: null,
        received_at: '2026-01-31T09:30:01.000Z',
      },
    ],
  })
  expect(batchLabels(batch)).toEqual({ cluster: 'prod' })
})
