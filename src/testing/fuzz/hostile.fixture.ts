import fc from 'fast-check'
import { expect } from 'vitest'

/**
 * How many cases a fuzzer tries: a few hundred in the suite; `ACTEON_FUZZ=100000` is the long form. `FC_SEED=…` repeats
 * a run that failed.
 */
const seed = process.env['FC_SEED']
export const CASES = Number(process.env['ACTEON_FUZZ'] ?? 300)
export const fuzzing = (share = 1): { numRuns: number; seed?: number } => ({
  numRuns: Math.ceil(CASES * share),
  ...(seed !== undefined && { seed: Number(seed) }),
})
/** A long form takes minutes. */
export const PATIENCE_MS = Math.max(60_000, CASES * 60)

const PROTOTYPES = [
  Object.prototype,
  Array.prototype,
  String.prototype,
  Number.prototype,
  Function.prototype,
  Map.prototype,
]
const namesOf = (prototype: object): string => Reflect.ownKeys(prototype).map(String).join(' ')
const before = PROTOTYPES.map((prototype) => namesOf(prototype))

/** Nothing has been added to, or taken from, what all objects inherit. */
export function expectWholePrototypes(): void {
  expect(PROTOTYPES.map((prototype) => namesOf(prototype))).toEqual(before)
  for (const name of ['polluted', 'isAdmin', 'enabled', 'path'])
    expect(({} as Record<string, unknown>)[name]).toBeUndefined()
}

/** Texts that have broken programs before. */
const CLASSICS = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  'then',
  'toJSON',
  'length',
  'null',
  'NaN',
  '-0',
  '0x7f',
  '1e999',
  '9007199254740993',
  '\u0000',
  '\r\nX-Evil: 1',
  '\r\n\r\nGET / HTTP/1.1',
  '\ud800',
  '\udfff\ud800',
  '\u202e\u2066',
  '\ufeff',
  '\u2028',
  '💥'.repeat(40),
  'e\u0301'.repeat(30),
  '${jndi:ldap://x/y}',
  '{{constructor.constructor("return process")()}}',
  '{% include "/etc/passwd" %}',
  '{{ 7 | times: 99999999999 }}',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  "'; DROP TABLE entry; --",
  '%00%0d%0a',
  '..%2f..%2f..%2fetc%2fpasswd',
  '../../../../etc/passwd',
  '/dev/zero',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data',
  '~sealed:1:00000000:AAAA',
  '[redacted]',
  '(a+)+$',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  'a'.repeat(300),
  'a'.repeat(5_000),
  '*'.repeat(100),
  '2026-02-30T25:61:61Z',
  '0000-00-00T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
]

export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...CLASSICS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
)

const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '1.5',
  '1e21',
  '1e308',
  '1e-308',
  '2147483648',
  '9007199254740991',
  '-9007199254740991',
  '0.1',
]
const literal: fc.Arbitrary<string> = fc.oneof(
  text.map((value) => JSON.stringify(value)),
  fc.constantFrom('null', 'true', 'false', '{}', '[]', ...NUMBERS),
)

/** JSON texts, with names as hostile as their values; names may be given twice. */
export const jsonText = (names: readonly string[] = []): fc.Arbitrary<string> => {
  const name = names.length === 0 ? text : fc.oneof(fc.constantFrom(...names), text)
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 4, arbitrary: literal },
      { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`) },
      {
        weight: 3,
        arbitrary: fc
          .array(fc.tuple(name, tie('value')), { maxLength: 5 })
          .map((members) => `{${members.map(([key, of]) => `${JSON.stringify(key)}:${of}`).join(',')}}`),
      },
    ),
  }))
  return value
}

/** A text with a few pieces cut out, doubled, exchanged or put in. */
export const damaged = (whole: fc.Arbitrary<string>, pieces: fc.Arbitrary<string> = text): fc.Arbitrary<string> =>
  fc
    .tuple(
      whole,
      fc.array(fc.tuple(fc.nat(100_000), fc.nat(30), fc.constantFrom('cut', 'put', 'double', 'swap'), pieces), {
        minLength: 1,
        maxLength: 4,
      }),
    )
    .map(([start, changes]) =>
      changes.reduce((now, [place, length, how, piece]) => {
        const at = now.length === 0 ? 0 : place % now.length
        const [head, middle, tail] = [now.slice(0, at), now.slice(at, at + length), now.slice(at + length)]
        switch (how) {
          case 'cut':
            return head + tail
          case 'put':
            return head + piece + middle + tail
          case 'double':
            return head + middle + middle + tail
          default:
            return head + piece + tail
        }
      }, start),
    )
