import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Json } from '../../lib/json.js'
import { compileRules } from '../../rules/compile.js'
import { languageOf, planned } from '../../rules/rules.fixture.js'
import { damaged, expectWholePrototypes, fuzzing, jsonText, PATIENCE_MS, text } from './hostile.fixture.js'

afterAll(expectWholePrototypes)

/** The longest that one condition may take, on a machine that does other things too. */
const LONGEST_MS = 5_000

const atom = fc.oneof(
  fc.constantFrom(
    'action', 'action.payload', 'action.payload.a', 'action.payload.items', 'action.metadata', 'action.metadata["b"]',
    'action.constructor', 'action.__proto__', 'action.payload.toString', 'time', 'time.hour', 'now', '1', '0', '-1', '1.5', '1u',
    '9223372036854775807', '-9223372036854775808', '1e308', 'true', 'false', 'null', '""', '"a"', 'b"bytes"', '[]', '{}', '[1, 2, "x"]',
    '{"a": 1, 2: "b"}', 'type(1)', 'duration("1h")', 'timestamp("2026-01-01T00:00:00Z")', 'timestamp("x")', 'duration("-999999999999h")',
  ), // prettier-ignore
  text.map((value) => JSON.stringify(value.replace(/[\ud800-\udfff]/gu, '?'))),
)
const expression = fc.letrec<{ of: string }>((tie) => ({
  of: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    { weight: 3, arbitrary: atom },
    {
      weight: 4,
      arbitrary: fc
        .tuple(tie('of'), fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||', 'in'), tie('of'))
        .map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('!', '-'), tie('of')).map(([sign, a]) => `${sign}(${a})`) },
    { weight: 1, arbitrary: fc.tuple(tie('of'), tie('of'), tie('of')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`) },
    { weight: 1, arbitrary: fc.tuple(tie('of'), tie('of')).map(([a, b]) => `${a}[${b}]`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          tie('of'),
          fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter'),
          fc.constantFrom('x', 'y'),
          tie('of'),
        )
        .map(([list, macro, name, body]) => `${list}.${macro}(${name}, ${body} == ${name} || true)`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            'size',
            'string',
            'int',
            'double',
            'bool',
            'has',
            'type',
            'timestamp',
            'duration',
            'dyn',
            'bytes',
            'has_active_event',
            'get_event_state',
            'nope',
          ),
          tie('of'),
        )
        .map(([name, a]) => `${name}(${a})`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          tie('of'),
          fc.constantFrom(
            'contains',
            'startsWith',
            'endsWith',
            'matches',
            'size',
            'getFullYear',
            'split',
            'join',
            'replace',
          ),
          tie('of'),
        )
        .map(([a, name, b]) => `${a}.${name}(${b})`),
    },
  ),
})).of
const bomb = fc
  .tuple(
    fc.constantFrom('!', '-', '(', '[', '{"a":', 'f(', 'a.', 'x?x:', '1+', '"a"+'),
    fc.integer({ min: 1, max: 5_000 }),
  )
  .map(([piece, count]) => `${piece.repeat(count)}1`)
const source = fc.oneof(
  { weight: 6, arbitrary: expression },
  { weight: 3, arbitrary: damaged(expression) },
  { weight: 1, arbitrary: bomb },
  { weight: 1, arbitrary: text },
)
const payload: fc.Arbitrary<Json> = fc.oneof(
  jsonText(['a', 'items', 'b']).map((all) => JSON.parse(all) as Json),
  fc
    .integer({ min: 0, max: 3_000 })
    .map((count) => ({ items: Array.from({ length: count }, (_, i) => i), a: 'a'.repeat(count) })),
)

describe('whatever a CEL condition says', () => {
  it(
    'it does not load, with a sentence, or it ends soon, for its own action alone',
    () =>
      fc.assert(
        fc.asyncProperty(source, payload, async (condition, given) => {
          const rules = JSON.stringify({ rules: [{ name: 'r', condition, action: { type: 'suppress' } }] })
          const began = performance.now()
          const compiled = compileRules([{ path: 'fuzz.yaml', text: rules }], languageOf())
          if (!compiled.ok) {
            for (const { message } of compiled.problems)
              expect(message).not.toMatch(/RangeError|TypeError|call stack|Cannot read|is not a function/)
          } else {
            const { plan } = await planned(compiled.rules, { payload: given, metadata: { b: 'x' } })
            const ending = plan.ending
            if (ending?.kind === 'answer') expect(['Suppressed', 'Failed']).toContain(ending.outcome.type)
            JSON.stringify(plan)
          }
          expect(performance.now() - began).toBeLessThan(LONGEST_MS)
        }),
        fuzzing(),
      ),
    PATIENCE_MS,
  )
})
