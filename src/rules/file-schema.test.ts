import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { VERDICTS } from '../verdicts/registry.js'
import { ruleFileSchema } from './file-schema.js'

const isRuleFile = new Ajv2020({ strict: false }).compile(ruleFileSchema(VERDICTS))
const rule = (action: object, condition: unknown = { field: 'action.action_type', eq: 'a' }): object => ({
  rules: [{ name: 'one', condition, action }],
})

it('the schema for editors takes what is right', () => {
  const text = readFileSync(join(import.meta.dirname, '../../scripts/ui-traffic/rules/rules.yaml'), 'utf8')
  expect([isRuleFile(parse(text)), isRuleFile.errors]).toEqual([true, null])
  const nested = { all: [{ any: [{ not: { field: 'time.hour', lt: 6 } }] }, 'action.payload.n > 3'] }
  expect(isRuleFile(rule({ type: 'deny' }, nested))).toBe(true)
})

it.each([
  ['a verdict that is none', rule({ type: 'supress' })],
  ['a field of another verdict', rule({ type: 'suppress', ttl_seconds: 3 })],
  ['a verdict without what it needs', rule({ type: 'throttle', max_count: 3 })],
  ['an operator that is none', rule({ type: 'allow' }, { field: 'action.id', equals: 'a' })],
  ['a rule without a name', { rules: [{ action: { type: 'allow' } }] }],
])('the schema for editors refuses %s', (_, file) => {
  expect(isRuleFile(file)).toBe(false)
})
