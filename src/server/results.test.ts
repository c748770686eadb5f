import { expect, it } from 'vitest'
import { reasonOf } from './results.js'

it('names in place of whom a provider was sent to: of the planned one when it stood in, else of the one asked for', () => {
  const by = (new_provider: string) => ({ original_provider: 'slack-oncall', new_provider })
  expect(reasonOf('rerouted', by('opsgenie'), 'opsgenie')).toBe('to opsgenie, wanted slack-oncall')
  // The rule sent it to opsgenie, whose circuit was open, and the fallback is whom the caller had named.
  expect(reasonOf('rerouted', by('slack-oncall'), 'opsgenie')).toBe('to slack-oncall, wanted opsgenie')
})
