import { describe, expect, it } from 'vitest'
import type { Row as Action } from '../../api/traffic.ts'
import { termsOf } from './cells.ts'
import { filterOf, replayOf } from './chosen.ts'
import { rowsOf, type ActionRow } from './rows.ts'
import { isPicked, toggled, withRange, type Picks } from './selection.ts'

const HOUR = 3_600_000
const action = (id: string, more: Partial<Action> = {}): Action => ({
  ...{ id, ns: 'n', tenant: 't', type: id, provider: 'p', rule: null, outcome: 'executed', at: 0, result: 'delivered' },
  ...more,
})
const rows = rowsOf(
  [action('d'), action('c1', { type: 'c' }), action('c2', { type: 'c' }), action('b'), action('a')],
  new Set(),
  false,
).filter((row): row is ActionRow => row.kind === 'action')
const [d, c, b, a] = rows as [ActionRow, ActionRow, ActionRow, ActionRow]
const ids = (picks: Picks): string[] => [...picks.values()].map(({ id }) => id)

describe('rows of actions', () => {
  it('are selected with all that is folded into them, and given back the same way', () => {
    const picks = toggled(new Map(), c)
    expect(ids(picks)).toEqual(['c1', 'c2'])
    expect([isPicked(picks, c), isPicked(picks, b), isPicked(new Map(), c)]).toEqual([true, false, false])
    expect(ids(toggled(picks, c))).toEqual([])
  })

  it('are selected in a range in either direction, on top of what is selected', () => {
    expect(ids(withRange(new Map(), rows, c.key, a))).toEqual(['c1', 'c2', 'b', 'a'])
    expect(ids(withRange(toggled(new Map(), a), rows, c.key, d))).toEqual(['a', 'd', 'c1', 'c2'])
    expect(ids(withRange(new Map(), rows, undefined, b))).toEqual(['b'])
  })

  it('are replayed by a filter that names them and no other, as far back as the oldest', () => {
    const two = [action('x y', { at: 9 * HOUR }), action('z', { at: 8 * HOUR + 1, ns: 'm' })]
    expect(filterOf(two)).toBe('tenant:t ns:n,m id:"x y",z')
    expect(replayOf(two, {}, 9.5 * HOUR)).toEqual({
      href: '/rules?tab=playground&input=traffic&rq=tenant%3At+ns%3An%2Cm+id%3A%22x+y%22%2Cz&rfrom=-6h',
    })
    expect(replayOf(two, {}, 200 * HOUR)).toMatchObject({ refused: expect.stringContaining('seven days') as string })
    const many = Array.from({ length: 200 }, (_, n) => action(`some-long-id-${n}`))
    expect(replayOf(many, {}, 0)).toMatchObject({ refused: expect.stringContaining('fewer') as string })
    expect(replayOf([action('o', { rule: 'quiet' })], { tenant: 't' }, 0)).toEqual({
      href: '/t/t/-/rules/quiet?tab=playground&action=o',
    })
  })

  it('say each of their cells as a filter, its opposite and a value, the one that was pointed at first', () => {
    const cells = termsOf(action('x', { rule: 'quiet hours' }), 'rule')
    expect(cells.map(({ only, not, value }) => [only.text, not.text, value])).toEqual([
      ['rule:"quiet hours"', '-rule:"quiet hours"', 'quiet hours'],
      ['type:x', '-type:x', 'x'],
      ['outcome:executed', '-outcome:executed', 'executed'],
      ['provider:p', '-provider:p', 'p'],
      ['tenant:t', '-tenant:t', 't'],
      ['ns:n', '-ns:n', 'n'],
    ])
    expect(termsOf(action('x'))[1]).toMatchObject({ only: { text: '-rule:*' }, not: { text: 'rule:*' }, value: '' })
  })
})
