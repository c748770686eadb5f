import { expect, it } from 'vitest'
import { EVERYTHING, type Grant } from './identity.js'
import { scope } from './scope.js'

const of = (...grants: Partial<Grant>[]) =>
  scope({ caller_id: 'c', grants: grants.map((grant) => ({ ...EVERYTHING, ...grant })) })
const thing = (tenant: string, more = {}) => ({
  namespace: 'shop',
  tenant,
  provider: 'email',
  action_type: 'plain',
  ...more,
})

it('a tenant covers its children, not its namesakes, and not its parent', () => {
  const { covers } = of({ tenants: ['acme.eu'] })
  const seen = ['acme.eu', 'acme.eu.de', 'acme.europe', 'acme', 'acme.us', 'acme.eu-west'].filter((t) =>
    covers(thing(t)),
  )
  expect(seen).toEqual(['acme.eu', 'acme.eu.de'])
})

it('each grant is for itself: two halves make no whole', () => {
  const two = of({ tenants: ['acme'], providers: ['email'] }, { tenants: ['bolt'], actions: ['plain'] })
  expect(two.covers(thing('acme'))).toBe(true)
  expect(two.covers(thing('acme', { provider: 'sms' }))).toBe(false)
  expect(two.covers(thing('bolt', { provider: 'sms' }))).toBe(true)
  expect(two.covers(thing('bolt', { action_type: 'other' }))).toBe(false)
})

it('a list is whole only where every provider and kind of action is covered', () => {
  expect(of({ tenants: ['acme'] }).coversAllOf({ tenant: 'acme' })).toBe(true)
  expect(of({ tenants: ['acme'] }).coversAllOf({})).toBe(false)
  expect(of({ tenants: ['acme'], providers: ['email'] }).coversAllOf({ tenant: 'acme' })).toBe(false)
  expect(of({}).all).toBe(true)
  expect(of({ providers: ['email'] })).toMatchObject({ all: false, everywhere: true })
})

it('refuses a name that no grant covers, and allows one that some grant covers in part', () => {
  const { refuse } = of({ tenants: ['acme'], namespaces: ['shop'] })
  expect(() => refuse({})).not.toThrow()
  expect(() => refuse({ namespace: 'shop', tenant: 'acme.eu' })).not.toThrow()
  expect(() => refuse({ tenant: 'acme-corp' })).toThrow(/covers tenant "acme-corp"/)
  expect(() => refuse({ namespace: 'other' })).toThrow()
  expect(() => of().refuse({})).not.toThrow(RangeError)
})
