import { describe, expect, it } from 'vitest'
import { inOrder, memberId, partOf, sentenceOf, titleOf, type Group } from './groups.ts'

const group = (more: Partial<Group> = {}): Group =>
  ({
    group_key: 'by-cluster:eu-1',
    rule: 'by-cluster',
    labels: { cluster: 'eu-1' },
    event_count: 2,
    created_at: '2026-01-01T00:00:00Z',
    notify_at: '2026-01-01T00:10:00Z',
    ...more,
  }) as Group
const now = Date.parse('2026-01-01T00:05:00Z')

describe('groups', () => {
  it('stand in the order in which they go out, and are summed up in a sentence', () => {
    const soon = group({ event_count: 3, notify_at: '2026-01-01T00:06:00Z' })
    expect(inOrder([group(), soon])[0]).toBe(soon)
    expect(sentenceOf([group(), soon], now)).toBe('5 actions wait in 2 groups; the next goes out in 1 min.')
  })

  it('are named by what their members share, else by their key', () => {
    expect(titleOf(group())).toBe('eu-1')
    expect(titleOf(group({ labels: {} }))).toBe('by-cluster:eu-1')
  })

  it('say how much of their time is over', () => {
    expect(partOf(group(), now)).toBe(0.5)
    expect(partOf(group({ notify_at: '2026-01-01T00:00:00Z' }), now)).toBe(1)
  })

  it('know the id of a member, where it has one', () => {
    expect(memberId({ id: 'a', payload: {} })).toBe('a')
    expect(memberId('hidden')).toBeUndefined()
  })
})
