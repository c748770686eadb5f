import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Action } from '../../action/action.js'
import type { Json } from '../../lib/json.js'
import { compileRules } from '../../rules/compile.js'
import { PAGE_FILES } from '../../rules/page.fixture.js'
import { languageOf, planned } from '../../rules/rules.fixture.js'
import { damaged, expectWholePrototypes, fuzzing, jsonText, PATIENCE_MS, text } from './hostile.fixture.js'

afterAll(expectWholePrototypes)

const PIECES = [
  '&a ',
  '*a',
  '<<: *a',
  '!!js/function "return 1"',
  '!!python/object:os.system x',
  '!!binary AAAA',
  '!!set {a}',
  '? [complex, key]\n: x',
  '{[a]: b}',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '|\n  text\n',
  '>-\n  text\n',
  '- - - - - -',
  '[[[[[[[[[[',
  '{a: {a: {a: {a: {a: {a: {a: ',
  '\t',
  '\u0000',
  '\u0085',
  '"\\u0000"',
  '"\\xff"',
  "''''",
  '.inf',
  '.nan',
  '0o17',
  '1e999',
  '99999999999999999999',
  '0x7fffffffffffffffffff',
  '1_000',
  '12:30:45',
  '~',
  'off',
  '__proto__: {polluted: true}',
  'constructor: {prototype: {polluted: true}}',
  'condition: "action.payload.a.b.c.exists(x, x > 1)"',
  'condition: "matches(action.payload.text, \'(a+)+$\')"',
  'regex: "(((((a*)*)*)*)*)$"',
  'regex: "(?P<x>a)(?=b)"',
  'regex: "a{1000}{1000}"',
  'timezone: ../../etc/localtime',
  'priority: -9007199254740993',
  'name: "\\r\\n"',
]
const WORDS = [
  'rules', 'name', 'priority', 'condition', 'action', 'type', 'field', 'all', 'any', 'not', 'call', 'args', 'eq', 'ne', 'gt',
  'regex', 'in', 'exists', 'contains', 'starts_with', 'suppress', 'reroute', 'target_provider', 'modify', 'changes', 'throttle',
  'max_count', 'window_seconds', 'deduplicate', 'ttl_seconds', 'key', 'group', 'group_by', 'state_machine', 'fingerprint_fields',
  'schedule', 'delay_seconds', 'at', 'timezone', 'final', 'enabled', 'description', 'payload.a', 'metadata.b', 'time.hour',
] // prettier-ignore
const page = fc.constantFrom(...Object.values(PAGE_FILES))
const written: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: damaged(page, fc.oneof(fc.constantFrom(...PIECES), text)) },
  // JSON is YAML too: rules of the right words in all the wrong places.
  { weight: 3, arbitrary: jsonText(WORDS).map((rule) => `{"rules": [${rule}]}`) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        jsonText(WORDS),
        jsonText(WORDS),
        fc.constantFrom('suppress', 'modify', 'group', 'deduplicate', 'schedule', 'throttle'),
      )
      .map(
        ([condition, rest, type]) =>
          `{"rules": [{"name": "r", "condition": ${condition}, "action": {"type": "${type}", "group_by": ["payload.a"], "max_count": 1, "window_seconds": 1, "changes": ${rest}}}]}`,
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.oneof(fc.constantFrom(...PIECES, ...WORDS), text), { maxLength: 12 })
      .map((all) => all.join(' ')),
  },
)
const payload: fc.Arbitrary<Json> = jsonText(['a', 'b', 'text', 'priority']).map((all) => JSON.parse(all) as Json)

describe('whatever a rule file says', () => {
  it(
    'it is refused with a place and a sentence, or it makes a plan of any action',
    () =>
      fc.assert(
        fc.asyncProperty(written, payload, async (file, given) => {
          const compiled = compileRules([{ path: 'fuzz.yaml', text: file }], languageOf())
          if (!compiled.ok) {
            expect(compiled.problems.length).toBeGreaterThan(0)
            for (const { message, line, column } of compiled.problems) {
              expect(message).toMatch(/\S/)
              expect(message).not.toMatch(/RangeError|TypeError|undefined is not|Cannot read/)
              expect([line >= 0, column >= 0]).toEqual([true, true])
            }
            return
          }
          const action: Partial<Action> = { payload: given, metadata: { b: 'x' } }
          const { plan } = await planned(compiled.rules, action)
          expect(plan.rules_version).toMatch(/\S/)
          JSON.stringify(plan)
        }),
        fuzzing(),
      ),
    PATIENCE_MS,
  )
})
