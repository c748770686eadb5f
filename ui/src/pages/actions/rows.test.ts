import { describe, expect, it } from 'vitest'
import { keyOf, type Row as Action } from '../../api/traffic.ts'
import { rowsOf } from './rows.js'

const action = (id: string, at: string, outcome = 'executed'): Action => ({
  ...{ id, type: 'alert', ns: 'n', tenant: 't', provider: 'p', rule: null, outcome, result: 'delivered' },
  at: Date.parse(at),
  took: 1,
})
const list = [
  action('d', '2026-01-01T00:01:02Z'),
  action('c', '2026-01-01T00:00:03Z'),
  action('b', '2026-01-01T00:00:02Z'),
  action('a', '2026-01-01T00:00:01Z', 'failed'),
]

describe('the rows of the list', () => {
  it('are parted by minutes that say how many actions follow', () => {
    const rows = rowsOf(list, new Set(), false)
    expect(rows.map((row) => (row.kind === 'action' ? row.action.id : row.kind === 'minute' && row.count))).toEqual([
      1,
      'd',
      3,
      'c',
      'a',
    ])
  })

  it('say of the last minute that it may have more, while further pages follow', () => {
    const minutes = rowsOf(list, new Set(), true).flatMap((row) => (row.kind === 'minute' ? [row.more] : []))
    expect(minutes).toEqual([false, true])
  })

  it('fold neighbours that say the same, within a minute, until they are unfolded', () => {
    const folded = rowsOf(list, new Set(), false).flatMap((row) => (row.kind === 'action' ? [row] : []))
    expect(folded.map((row) => row.folded.length)).toEqual([0, 1, 0])
    const unfolded = rowsOf(list, new Set([folded[1]!.key]), false)
    expect(unfolded.filter(({ kind }) => kind === 'action')).toHaveLength(4)
  })

  it('have a key for each try of an id', () => {
    const twice = [action('x', '2026-01-01T00:00:09Z'), action('x', '2026-01-01T00:00:01Z', 'failed')]
    expect(new Set(rowsOf(twice, new Set(), false).map(({ key }) => key)).size).toBe(3)
  })

  it('are not folded over what was missed, which stands between them with minutes of which nobody knows how many they had', () => {
    const [above, below] = [action('b', '1970-01-01T00:01:00Z'), action('a', '1970-01-01T00:01:00Z')] as const
    const gap = { sinceMs: 60_000, untilMs: 60_000, count: 700 }
    const rows = rowsOf([above, below], new Set(), false, new Map([[keyOf(above), gap]]))
    expect(rows.map((row) => [row.kind, row.kind === 'minute' ? [row.count, row.more] : ''])).toEqual([
      ['minute', [1, true]],
      ['action', ''],
      ['gap', ''],
      ['minute', [1, true]],
      ['action', ''],
    ])
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
  })
})
