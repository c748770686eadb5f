import { describe, expect, it } from 'vitest'
import { ruleFileSchema } from '../../../src/rules/file-schema.ts'
import { VERDICTS } from '../../../src/verdicts/registry.ts'
import { aboutName, namesAt, valuesAt, type Schema } from './rule-schema.ts'
import { yamlPlace } from './yaml-place.ts'

const root = ruleFileSchema(VERDICTS) as Schema
/** The text with `|` where the cursor is. */
const at = (text: string) => {
  const [before = '', after] = text.split('|')
  return yamlPlace(before, after)
}
const names = (text: string): string[] => namesAt(at(text), root).map(({ label }) => label)
const values = (text: string, known = {}): string[] => valuesAt(at(text), root, known).map(({ label }) => label)

const RULE = 'rules:\n  - name: a\n    priority: 1\n'

describe('a place in a rule file', () => {
  it('is found by indentation, through lists at any column', () => {
    expect(at(`${RULE}    condition:\n      all:\n        - field: x\n          |`)).toMatchObject({
      path: ['rules', '[]', 'condition', 'all', '[]'],
      key: undefined,
    })
    expect(at('rules:\n- name: a\n  action:\n    type: |').path).toEqual(['rules', '[]', 'action'])
    expect(at('rules:\n  - name: a\n  - name: b\n    |').path).toEqual(['rules', '[]'])
    expect(at(`${RULE}    condition:\n      field: a\n      eq: b\n    |`).path).toEqual(['rules', '[]'])
    expect(at('|').path).toEqual([])
  })

  it('knows what stands beside it, above and below', () => {
    expect([...at(`${RULE}    |\n    action:\n      type: allow\n  - name: b`).beside.keys()].sort()).toEqual([
      'action',
      'name',
      'priority',
    ])
  })
})

describe('what could be written in a rule file', () => {
  it('is the names of a rule that are not there yet', () => {
    expect(names('|')).toEqual(['rules'])
    expect(names('rules:\n  - |')).toContain('name')
    expect(names(`${RULE}    |`)).toEqual(expect.arrayContaining(['condition', 'action', 'final']))
    expect(names(`${RULE}    |`)).not.toContain('priority')
  })

  it('is what fits the kind of condition and the verdict', () => {
    expect(names(`${RULE}    condition:\n      |`)).toEqual(
      expect.arrayContaining(['all', 'any', 'not', 'field', 'call']),
    )
    const afterField = names(`${RULE}    condition:\n      field: action.provider\n      |`)
    expect([afterField.includes('starts_with'), afterField.includes('all')]).toEqual([true, false])
    expect(names(`${RULE}    action:\n      type: throttle\n      |`)).toEqual(
      expect.arrayContaining(['max_count', 'window_seconds']),
    )
    expect(names(`${RULE}    action:\n      type: throttle\n      |`)).not.toContain('ttl_seconds')
  })

  it('is words where words are expected, and names of what there is', () => {
    expect(values(`${RULE}    action:\n      type: |`)).toEqual(expect.arrayContaining(['suppress', 'reroute']))
    expect(values(`${RULE}    enabled: |`)).toEqual(['true', 'false'])
    expect(values(`${RULE}    condition:\n      field: |`)).toContain('action.action_type')
    const known = { target_provider: ['email', 'chat'] }
    expect(values(`${RULE}    action:\n      type: reroute\n      target_provider: |`, known)).toEqual([
      'email',
      'chat',
    ])
  })

  it('is told what it means', () => {
    expect(aboutName('priority', at(`${RULE}    |`), root)).toMatch(/^Lower ones/)
    expect(aboutName('max_count', at(`${RULE}    action:\n      type: throttle\n      max_count|`), root)).toBe(
      'How many pass.',
    )
  })
})
