import { expect, it } from 'vitest'
import { remembering } from './remembering.js'

it('makes an answer once for each object, also one that is undefined', () => {
  const asked: object[] = []
  const answer = remembering((of: { n?: number }) => {
    asked.push(of)
    return of.n
  })
  const [one, none] = [{ n: 1 }, {}]
  expect([answer(one), answer(none), answer(one), answer(none)]).toEqual([1, undefined, 1, undefined])
  expect(asked).toEqual([one, none])
})
