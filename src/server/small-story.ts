import type { Static } from 'typebox'
import { cut } from '../lib/cut.js'
import { isObject } from '../lib/json.js'
import type { StoryShape } from './shapes.js'

/** What is longer is left out of a small story, bytes of JSON. */
export const SMALL_BYTES = 65_536
/** So much of what an action is about, characters. */
const MOST_SUBJECT = 1_024

type WireStory = Static<typeof StoryShape>

/** A story without the payloads and attachments that are longer than `SMALL_BYTES`; it says which were left out, and how long they are. */
export function smallStory(story: WireStory): WireStory {
  const left_out: NonNullable<WireStory['left_out']> = []

  function small<R extends WireStory['records'][number]>(record: R): R {
    const bytes = bytesOf(record.action_payload)
    if (bytes <= SMALL_BYTES) return record
    left_out.push({ record: record.id, bytes })
    return { ...record, action_payload: null }
  }

  /** The longest of the entry counts: as it was sent, and as it was planned. */
  let ofEntry = 0
  function smallAction(action: unknown): unknown {
    if (!isObject(action)) return action
    const { payload, attachments } = action
    const bytes = bytesOf(payload)
    const whole = bytes <= SMALL_BYTES
    if (!whole) ofEntry = Math.max(ofEntry, bytes)
    return {
      ...action,
      payload: whole ? payload : null,
      ...(Array.isArray(attachments) &&
        bytesOf(attachments) > SMALL_BYTES && { attachments: attachments.map(withoutContent) }),
    }
  }

  const { subject, entry } = story
  const shown = {
    ...story,
    subject: subject && cut(subject, MOST_SUBJECT),
    entry: entry && {
      ...entry,
      action: smallAction(entry.action),
      plan: entry.plan && { ...entry.plan, action: smallAction(entry.plan.action) },
    },
    records: story.records.map(small),
    later: story.later.map(small),
  }
  if (ofEntry > 0) left_out.push({ record: null, bytes: ofEntry })
  return { ...shown, ...(left_out.length > 0 && { left_out }) }
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

function withoutContent(attachment: unknown): unknown {
  if (!isObject(attachment)) return attachment
  const { data_base64: _, ...rest } = attachment
  return rest
}
