import { expect, it } from 'vitest'
import { FACET_KEYS, MANY_VALUED as MANY_OF_SERVER } from '../../../src/server/matching.js'
import { LISTED_KEYS } from '../../../src/server/listed-keys.js'
import { FILTER_KEYS, KEYS_OF, MANY_VALUED } from './keys.js'

it('are those that the server has values for', () => {
  expect(Object.keys(FILTER_KEYS).toSorted()).toEqual([...FACET_KEYS].toSorted())
  const { actions, ...listed } = KEYS_OF
  expect(actions).toBe(FILTER_KEYS)
  for (const [of, keys] of Object.entries(listed))
    expect(Object.keys(keys)).toEqual(LISTED_KEYS[of as keyof typeof listed].keys)
  expect([...MANY_VALUED].toSorted()).toEqual([...MANY_OF_SERVER].toSorted())
})
