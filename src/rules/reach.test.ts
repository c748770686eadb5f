import { expect, it } from 'vitest'
import { reaches } from './reach.js'
import { ruleWhen } from './rules.fixture.js'

const from = (tenants: string[], more = {}) => ({ tenants, namespaces: ['*'], actions: ['*'], ...more })
const reach = (condition: string, where: ReturnType<typeof from>): boolean =>
  reaches(ruleWhen(condition).rules[0]!, where)

it.each([
  ['{ field: action.tenant, eq: acme }', ['acme'], true],
  ['{ field: action.tenant, eq: acme }', ['bolt'], false],
  ['{ field: action.tenant, eq: acme }', ['*'], true],
  ['{ field: action.tenant, eq: acme.eu }', ['acme'], true],
  ['{ field: action.tenant, eq: acme }', ['acme.eu'], false],
  ['{ field: action.tenant, in: [acme.eu, bolt] }', ['acme'], true],
  ['{ field: action.tenant, starts_with: "acme." }', ['acme'], true],
  ['{ not: { field: action.tenant, eq: acme } }', ['acme.eu'], true],
  ['{ field: action.payload.of, eq: acme }', ['bolt'], true],
])('%s and tenants %j: %s', (condition, tenants, expected) => {
  expect(reach(condition, from(tenants))).toBe(expected)
})

it('namespaces and kinds of action count too', () => {
  const condition = '{ all: [{ field: action.namespace, eq: shop }, { field: action.action_type, eq: paid }] }'
  expect(reach(condition, from(['acme'], { namespaces: ['shop'], actions: ['paid', 'other'] }))).toBe(true)
  expect(reach(condition, from(['acme'], { namespaces: ['shop'], actions: ['other'] }))).toBe(false)
  expect(reach(condition, from(['acme'], { namespaces: ['other'] }))).toBe(false)
})
