import { describe, expect, it } from 'vitest'
import {
  bunchesOf,
  chosenOf,
  isAllWorthwhile,
  mergePatch,
  replayedSentence,
  replayTitle,
  sentenceOf,
  standingOf,
  type Letter,
} from './letters.ts'

const unmarked = { past_use_since: null, delivered_since: null }
const letter = (id: string, provider: string, code: string, created_at: string): Letter =>
  ({
    id,
    provider,
    code,
    created_at,
    error: 'whole',
    ...unmarked,
    attempt_list: [{ error: `${id} failed` }],
  }) as unknown as Letter
const letters = [
  letter('a', 'email', 'TIMEOUT', '2026-01-01T00:03:00Z'),
  letter('b', 'pager', 'HTTP_ERROR', '2026-01-01T00:02:00Z'),
  letter('c', 'pager', 'HTTP_ERROR', '2026-01-01T00:01:00Z'),
]

describe('dead letters', () => {
  it('are bunched by provider and error, the largest bunch first, each with its oldest', () => {
    expect(bunchesOf(letters).map(({ key, letters: of, oldestMs }) => [key, of.map(({ id }) => id), oldestMs])).toEqual(
      [
        ['pager HTTP_ERROR', ['b', 'c'], Date.parse('2026-01-01T00:01:00Z')],
        ['email TIMEOUT', ['a'], Date.parse('2026-01-01T00:03:00Z')],
      ],
    )
  })

  it('are summed up in a sentence', () => {
    expect(sentenceOf(bunchesOf(letters), false, Date.parse('2026-01-01T00:11:00Z'))).toBe(
      '3 actions for pager and email did not arrive; the oldest failed 10 min ago.',
    )
  })

  it('are ticked unless something speaks against sending them again, or the person said otherwise', () => {
    const past = { ...letters[0]!, past_use_since: '2026-01-01T02:51:00Z' }
    const sent = { ...letters[1]!, delivered_since: { action_id: 'n', provider: 'sms', at: '2026-01-01T03:00:00Z' } }
    const all = [past, sent, letters[2]!]
    const ids = (choices: [string, boolean][] = []): string[] => chosenOf(all, new Map(choices)).map(({ id }) => id)
    expect(ids()).toEqual(['c'])
    expect(ids([['a', true]])).toEqual(['a', 'c'])
    expect(ids([['c', false]])).toEqual([])
    expect(isAllWorthwhile(all, chosenOf(all, new Map()))).toBe(true)
    expect(isAllWorthwhile(all, all)).toBe(false)
    expect(isAllWorthwhile(all, [])).toBe(false)
    expect([replayTitle(1, 1), replayTitle(3, 3), replayTitle(3, 1)]).toEqual(['Replay', 'Replay all 3', 'Replay 1'])
  })

  it('say what came of a replay', () => {
    expect(replayedSentence({ redelivered: 1, failed: 2, refused: 0, why: undefined }, 'pager')).toBe(
      '1 action sent to pager again, 2 failed again',
    )
    expect(replayedSentence({ redelivered: 1, failed: 0, refused: 0, left: 2, why: undefined }, 'pager')).toBe(
      '1 action sent to pager again, 2 left, as they are past their use or were delivered since',
    )
    expect(replayedSentence({ redelivered: 0, failed: 0, refused: 0, why: undefined }, 'pager')).toBe(
      'Nothing was left to send',
    )
  })

  it('say before a replay that a circuit is open, whatever the last check said', () => {
    const health = { healthy: true, circuit_breaker_state: 'open' } as never
    expect(standingOf(health)).toMatchObject({ good: false, text: expect.stringMatching(/circuit is open/) })
    expect(standingOf(undefined)).toBeUndefined()
  })
})

describe('a merge patch', () => {
  it.each([
    ['nothing when nothing changed, so that masked values stay', { a: '***', b: 1 }, { a: '***', b: 1 }, {}],
    ['what changed, deep down', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
    ['null for what was removed', { a: 1, b: 2 }, { a: 1 }, { b: null }],
    ['what was added', {}, { a: [1] }, { a: [1] }],
    ['lists whole', { a: [1, 2] }, { a: [1] }, { a: [1] }],
    ['the value where it is no object', { a: 1 }, 'text', 'text'],
  ])('has %s', (_, before, after, patch) => {
    expect(mergePatch(before, after)).toEqual(patch)
  })
})
