import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import { systemClock, systemEntropy } from '../lib/clock.js'
import { compile } from '../lib/validate.js'
import { isLog } from './log.js'
import type { ProviderLog } from './provider.js'
import { createProviders, PROVIDER_TYPES, typeProblem, type ProviderEntry } from './registry.js'

const lines: Parameters<ProviderLog>[0][] = []
const machine = { clock: systemClock, entropy: systemEntropy, log: (line: (typeof lines)[0]) => void lines.push(line) }
const entry = (name: string, type: string, settings: Record<string, unknown> = {}): ProviderEntry => ({
  name,
  type,
  settings,
  terms: {},
})
const action = (id: string): Action => ({
  id,
  namespace: 'n',
  tenant: 't',
  provider: 'pager',
  action_type: 'alert',
  payload: { text: 'hello' },
  metadata: {},
  created_at: '2026-01-01T00:00:00.000Z',
})
const context = { signal: new AbortController().signal, attempt: 1, idempotency_key: 'k', trace_headers: {} }

describe('the list of providers', () => {
  it('says what is known when a type is not, and what was probably meant', () => {
    expect(typeProblem('webhok')).toMatch(/^expected one of webhook, .*log, found "webhok"; did you mean "webhook"\?$/)
    expect(typeProblem('webhook')).toBeNull()
    expect(() => createProviders([entry('a', 'kafka')], machine)).toThrow('Provider "a": type: expected one of')
  })

  it('finds a provider by its name, and "*" for every other one', () => {
    const providers = createProviders([entry('a', 'log'), entry('*', 'log')], machine)
    expect(providers.find('a')?.provider.name).toBe('a')
    expect(providers.find('pager')?.provider.name).toBe('*')
    expect(providers.known).toBeUndefined()
    const named = createProviders([entry('a', 'log')], machine)
    expect(named.find('pager')).toBeUndefined()
    expect(named.find('constructor')).toBeUndefined()
    expect(named.known).toEqual(new Set(['a']))
  })

  it('lets only a log stand for every name, and a name belong to one provider', () => {
    expect(() => createProviders([entry('*', 'webhook', { url: 'https://a.example' })], machine)).toThrow(
      'which only type "log" may do',
    )
    expect(() => createProviders([entry('a', 'log'), entry('a', 'log')], machine)).toThrow(
      'Two providers are called "a"',
    )
  })

  it('checks the fields of each type by its schema', () => {
    const check = (type: string, value: unknown): string[] => {
      const checked = compile(PROVIDER_TYPES.get(type)!.schema)(value)
      return checked.ok ? [] : checked.issues.map(({ message }) => message)
    }
    expect(check('webhook', { url: 'https://a.example', auth: { type: 'bearer', token: 't' }, secret: ['a'] })).toEqual(
      [],
    )
    expect(check('webhook', { url: 'ftp://a.example' })).toEqual([
      'expected an address that begins with https:// or http://, found "ftp://a.example"',
    ])
    expect(check('webhook', { url: 'https://a.example', auth: { type: 'bearer', tokn: 't' } })[0]).toContain(
      'did you mean',
    )
    expect(check('log', { keep: -1 })).toEqual(['must be at least 0, found -1'])
  })
})

describe('a log provider', () => {
  it('keeps the last deliveries, newest first, and writes a line for each', async () => {
    lines.length = 0
    const { provider } = createProviders([entry('*', 'log', { keep: 2 })], machine).find('pager')!
    for (const id of ['1', '2', '3']) expect((await provider.deliver(action(id), context)).status).toBe('success')
    expect(isLog(provider) && provider.recent().map(({ action: { id } }) => id)).toEqual(['3', '2'])
    expect(lines.map(({ message }) => message)).toEqual(Array(3).fill('pager received alert'))
    expect(lines[0]).toMatchObject({ provider: 'pager', data: { action_id: '1', payload: { text: 'hello' } } })
  })
})
