import { expect, it } from 'vitest'
import { FACET_KEYS, MANY_VALUED as MANY_OF_SERVER } from '../../../src/server/matching.js'
import { FILTER_KEYS, MANY_VALUED } from './keys.js'

it('are those that the server has values for', () => {
  expect(Object.keys(FILTER_KEYS).toSorted()).toEqual([...FACET_KEYS].toSorted())
  expect([...MANY_VALUED].toSorted()).toEqual([...MANY_OF_SERVER].toSorted())
})
