import { Type } from 'typebox'
import { Name } from '../action/action.js'
import { nearest } from '../lib/suggest.js'
import { defineVerdict } from '../rules/verdict.js'

/** Sends the action through another provider. Later rules see it there. */
export const reroute = defineVerdict({
  type: 'reroute',
  word: 'reroute',
  kind: 'transform',
  describes: 'Sends the action through another provider.',
  schema: Type.Object({ target_provider: Name('The provider to use instead.') }),
  check({ target_provider }, { providers }) {
    if (providers === undefined || providers.has(target_provider)) return []
    const suggestion = nearest(target_provider, providers)
    const known = providers.size === 0 ? 'none is configured' : `configured are ${[...providers].join(', ')}`
    return [
      {
        field: 'target_provider',
        message: `unknown provider "${target_provider}"; ${suggestion === undefined ? known : `did you mean "${suggestion}"?`}`,
        ...(suggestion !== undefined && { suggestion }),
      },
    ]
  },
  transform: ({ target_provider }, action) => ({ ...action, provider: target_provider }),
  changes: () => ['provider'],
})
