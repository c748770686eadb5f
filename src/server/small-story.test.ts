import type { Static } from 'typebox'
import { expect, it } from 'vitest'
import type { StoryShape } from './shapes.js'
import { SMALL_BYTES, smallStory } from './small-story.js'

type WireStory = Static<typeof StoryShape>
const BIG = { text: 'x'.repeat(SMALL_BYTES) }
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

const record = (id: string, action_payload: unknown): WireStory['records'][number] =>
  ({ id, action_payload, provider: 'email' }) as WireStory['records'][number]
const story = (more: object): WireStory =>
  ({
    ...{ action_id: 'a', namespace: 'n', tenant: 't', status: 'settled', subject: null, entry: null },
    ...{ records: [], later: [], event: null, ...more },
  }) as WireStory

it('leaves out payloads of more than 64 KiB, and says of which record and how long they are', () => {
  const whole = story({ records: [record('r1', { n: 1 }), record('r2', BIG)], later: [record('r3', BIG)] })
  expect(smallStory(whole)).toEqual({
    ...whole,
    records: [record('r1', { n: 1 }), record('r2', null)],
    later: [record('r3', null)],
    left_out: [
      { record: 'r2', bytes: bytesOf(BIG) },
      { record: 'r3', bytes: bytesOf(BIG) },
    ],
  })
})

it('is the story itself where nothing is that long', () => {
  const edge = { text: 'x'.repeat(SMALL_BYTES - bytesOf({ text: '' })) }
  const whole = story({ records: [record('r1', edge)], entry: { action: { payload: edge }, plan: null } })
  expect(smallStory(whole)).toEqual(whole)
})

it('leaves out what the entry has, as it was sent and as it was planned, with the content of attachments', () => {
  const attachment = { id: '1', name: 'log', filename: 'log.txt', content_type: 'text/plain', data_base64: BIG.text }
  const action = { id: 'a', payload: BIG, attachments: [attachment] }
  const { entry, left_out } = smallStory(
    story({ entry: { action, plan: { verdict: 'allow', action: { ...action, payload: { ...BIG, more: 1 } } } } }),
  )
  const { data_base64: _, ...named } = attachment
  expect(entry).toEqual({
    action: { id: 'a', payload: null, attachments: [named] },
    plan: { verdict: 'allow', action: { id: 'a', payload: null, attachments: [named] } },
  })
  expect(left_out).toEqual([{ record: null, bytes: bytesOf({ ...BIG, more: 1 }) }])
})

it('cuts what the action is about, which may be the long part', () => {
  expect(smallStory(story({ subject: BIG.text })).subject).toHaveLength(1_024)
})
