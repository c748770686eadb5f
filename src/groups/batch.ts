import type { Labels } from '../action/action.js'
import type { Json, JsonObject } from '../lib/json.js'
import type { Batch } from '../state/store.js'

const instant = (ms: number): string => new Date(ms).toISOString()

/**
 * What a provider gets for a flushed group (spec section 5), made from the frozen batch alone: the same batch always
 * gives the same bytes. Members are in order of admission.
 */
export function batchPayload(batch: Batch): Json {
  return {
    group_id: batch.group_id,
    group_key: batch.group_key,
    labels: batch.labels as JsonObject,
    event_count: batch.members.length,
    first_at: instant(batch.first_at),
    last_at: instant(batch.last_at),
    flushed_at: instant(batch.flushed_at),
    reason: batch.reason,
    events: batch.members.map(({ text, received_at }) => ({
      ...(JSON.parse(text) as JsonObject),
      received_at: instant(received_at),
    })),
  }
}

/** The labels that all members share. */
export const batchLabels = ({ shared_labels }: Batch): Labels => shared_labels
