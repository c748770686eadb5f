import { describe, expect, it } from 'vitest'
import { refusalOf } from './rights.ts'

const me = (role: 'viewer' | 'operator' | 'admin', everywhere = true) => ({ role, everywhere }) as never

describe('what a person may do', () => {
  it.each([
    ['viewer', 'operate', /needs the role operator; yours is viewer/],
    ['operator', 'admin', /needs the role admin/],
  ] as const)('refuses a %s what needs %s, with the reason', (role, access, reason) => {
    expect(refusalOf(me(role), access)).toMatch(reason)
  })
  it('lets operators operate and admins do everything', () => {
    expect(refusalOf(me('operator'), 'operate')).toBeUndefined()
    expect(refusalOf(me('admin'), 'admin')).toBeUndefined()
  })
  it('refuses an admin of some tenants what concerns all', () => {
    expect(refusalOf(me('admin', false), 'admin')).toMatch(/all tenants/)
    expect(refusalOf(me('admin', false), 'operate')).toBeUndefined()
  })
})
