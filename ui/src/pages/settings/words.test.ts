import { expect, it } from 'vitest'
import { grantText, groupsOf, keptOf, setText } from './words.ts'

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

it('values stand in groups as the file has them, under the names that the file gives', () => {
  const values = [
    { key: 'server.port', value: 8080, from: 'default' as const },
    { key: 'audit.redact.fields', value: ['pin', 'iban'], from: 'file' as const, line: 3 },
    { key: 'providers[0].name', value: 'hook', from: 'file' as const, line: 5 },
    { key: 'providers[0].headers.X-Team', value: 'ops', from: 'file' as const, line: 6 },
    { key: 'state_machines[0]', value: { name: 'alert', states: { open: {}, closed: {} } }, from: 'file' as const },
  ]
  expect(
    groupsOf(values).map(({ title, values: inGroup }) => [
      title,
      ...inGroup.map(({ name, text }) => `${name}: ${text}`),
    ]),
  ).toEqual([
    ['[server]', 'port: 8080'],
    ['[audit]', 'redact.fields: pin, iban'],
    ['[[providers]] hook', 'name: hook', 'headers.X-Team: ops'],
    ['[[state_machines]] alert', 'states: open, closed'],
  ])
  expect(setText({ file: 'acteon.toml', values })).toBe(
    'It was read from acteon.toml. Of 5 values 4 are set: 4 in the file. The others are at their default.',
  )
})

it('what nobody set, and what a program gave, is said', () => {
  const none = { key: 'providers', value: [], from: 'default' as const }
  expect(groupsOf([none])).toEqual([
    { title: '[[providers]]', values: [{ name: 'tables', text: 'empty', value: none }] },
  ])
  expect(setText({ file: null, values: [none] })).toBe('No file was read. Every value is at its default.')
  expect(setText({ file: null, values: [{ ...none, from: 'program' }] })).toContain('A program gave this configuration')
})
