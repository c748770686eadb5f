import { expect, it } from 'vitest'
import { grantText, keptOf } from './words.ts'

const grant = { tenants: ['*'], namespaces: ['*'], providers: ['*'], actions: ['*'] }

it('a grant is told by what it narrows', () => {
  expect(grantText(grant)).toBe('everything')
  expect(grantText({ ...grant, tenants: ['acme'], providers: ['email', 'slack'] })).toBe(
    'acme, all namespaces, email and slack, all action types',
  )
})

it('what is kept is told from the configuration that runs', () => {
  const told = keptOf({
    state: { backend: 'embedded', id_retention_seconds: 86_400 },
    audit: { enabled: true, ttl_seconds: 2_592_000, store_payload: true, redact: { enabled: true, fields: ['pin'] } },
    templates: {},
  })
  expect(Object.fromEntries(told)).toEqual({
    Records: 'For 30 d, then they are removed.',
    Payloads: 'Kept in records, masked.',
    Masked: 'pin, at any depth.',
    Ids: 'Each answers its first outcome again for 24 h.',
    'Kept in': 'one directory on this machine',
    Messages: 'Made by the templates that are built in.',
  })
})
