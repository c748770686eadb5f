import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor, REDACT_DEFAULTS } from './redact.js'

const redactor = createRedactor()
const X = REDACT_DEFAULTS.placeholder

describe('masking a JSON value', () => {
  it('finds a name at any depth, in any spelling, and in objects inside arrays', () => {
    const given = {
      password: 'a',
      nested: [{ Api_Key: 'b', deep: [[{ apiKey: 'c', 'API-KEY': 'd' }]] }],
      note: 'kept',
      secret: { whole: ['object'] },
      token: 5,
    }
    expect(redactor.value(given)).toEqual({
      password: X,
      nested: [{ Api_Key: X, deep: [[{ apiKey: X, 'API-KEY': X }]] }],
      note: 'kept',
      secret: X,
      token: X,
    })
  })

  it('leaves null, and names that merely contain a masked one', () => {
    const given = { password: null, password_hint: 'blue', secretary: 'Ann', tokens: 3 }
    expect(redactor.value(given)).toBe(given)
  })

  it('answers the same object when nothing matched, and shares the parts that did not change', () => {
    const given = { kept: { list: [1, 2, { a: 'b: c' }] }, token: 'x' }
    const masked = redactor.value(given)
    expect(given.token).toBe('x')
    expect(masked.kept).toBe(given.kept)
    expect(redactor.value(given.kept)).toBe(given.kept)
  })

  it('follows dotted paths from the payload only, through arrays, and by position', () => {
    const paths = createRedactor({ fields: ['card.number', 'payload.people.1.name', 'action.payload.a.b'] })
    expect(
      paths.value({
        card: { number: '1', Number: '2', kept: 3 },
        list: { card: { number: 'kept' } },
        people: [{ name: 'kept' }, { name: 'x' }],
        a: [{ b: 1 }, { c: { b: 'kept' } }],
      }),
    ).toEqual({
      card: { number: X, Number: X, kept: 3 },
      list: { card: { number: 'kept' } },
      people: [{ name: 'kept' }, { name: X }],
      a: [{ b: X }, { c: { b: 'kept' } }],
    })
  })

  it('counts dotted paths anew in the payloads of a batch, and masks labels by metadata paths', () => {
    const paths = createRedactor({ fields: ['card.number', 'metadata.owner.mail'] })
    expect(
      paths.value({ events: [{ payload: { card: { number: '1' } }, metadata: { 'owner.mail': 'a@b', kept: 'c' } }] }),
    ).toEqual({ events: [{ payload: { card: { number: X } }, metadata: { 'owner.mail': X, kept: 'c' } }] })
    expect(paths.labels({ 'Owner.Mail': 'a@b', kept: 'c' })).toEqual({ 'Owner.Mail': X, kept: 'c' })
  })

  it('knows where a value was found', () => {
    const paths = createRedactor({ fields: ['card.number'] })
    expect(paths.value({ number: '1', kept: 2 }, ['payload', 'card'])).toEqual({ number: X, kept: 2 })
    expect(paths.value('1', ['payload', 'card', 'number'])).toBe(X)
    expect(paths.masks('payload.card.number')).toBe(true)
    expect(paths.masks('action.payload.cards.number')).toBe(false)
    expect(redactor.masks('metadata.token')).toBe(true)
    expect(redactor.masks('payload.users.0.password.old')).toBe(true)
  })

  it('treats __proto__ as data', () => {
    const given = JSON.parse('{"__proto__": {"token": "t"}, "password": "p"}') as object
    expect(JSON.stringify(redactor.value(given))).toBe(`{"__proto__":{"token":"${X}"},"password":"${X}"}`)
    expect(({} as { token?: string }).token).toBeUndefined()
  })

  it('masks what is too deep to be searched', () => {
    let deep: unknown = { password: 'hunter2' }
    for (let i = 0; i < 5_000; i++) deep = [deep]
    expect(JSON.stringify(redactor.value(deep))).not.toContain('hunter2')
  })

  it('does nothing when it is switched off', () => {
    const off = createRedactor({ enabled: false })
    const given = { password: 'p' }
    expect(off.value(given)).toBe(given)
    expect(off.text('password=p')).toBe('password=p')
    expect(off.masks('payload.password')).toBe(false)
  })

  it('shows no masked value of any JSON, changes no argument, and masks once and for all', () => {
    const secret = fc.integer({ min: 1e6, max: 9e6 }).map((n) => `hunter-${n}`)
    const name = fc.constantFrom('password', 'Token', 'API_KEY', 'apiKey', 'sEcReT')
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer(),
        fc.tuple(name, secret).map(([key, value]) => ({ [key]: value })),
        fc.tuple(name, tie('tree'), secret).map(([key, value, s]) => ({ [key]: { under: [value, s] } })),
        fc.tuple(name, secret).map(([key, value]) => JSON.stringify({ body: [{ [key]: value }] })),
        fc.tuple(name, secret).map(([key, value]) => `said ${key}=${value}; and went`),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 6 }), tie('tree'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        const before = JSON.stringify(value)
        const masked = redactor.value(value)
        expect(JSON.stringify(value)).toBe(before)
        expect(JSON.stringify(masked) ?? '').not.toContain('hunter-')
        expect(redactor.value(masked)).toEqual(masked)
        if (!before?.includes('hunter-')) expect(JSON.stringify(masked)).toBe(before)
      }),
      { numRuns: 400 },
    )
  })
})

describe('masking a text', () => {
  it.each([
    ['{"token":"abc","n":1}', `{"token":"${X}","n":1}`],
    ['[{"a":{"password":{"old":"x"}}}]', `[{"a":{"password":"${X}"}}]`],
    ['{"user":"bob","password":"hun', `{"user":"bob","password":"${X}`],
    ['{"user":"bob","password": {"a":"hunter2"', `{"user":"bob","password": "${X}"`],
    ['{"secret": 12345, "x": [', `{"secret": "${X}", "x": [`],
    ['login failed: password=hunter2&user=bob', `login failed: password=${X}&user=bob`],
    ['token: abc, next: d', `token: ${X}, next: d`],
    ['API-Key: Bearer abc.def rest', `API-Key: ${X} rest`],
    ["{'secret': 'it\\'s', 'b': 1}", `{'secret': '${X}', 'b': 1}`],
    ['got {"body":"{\\"password\\":\\"hunter2\\",\\"a\\":1}"', `got {"body":"{\\"password\\":\\"${X}\\",\\"a\\":1}"`],
    ['user[password]=x&a=b', `user[password]=${X}&a=b`],
    ['user.password = "x y" done', `user.password = "${X}" done`],
    ['postgres://acteon:pw@db:5432/x', `postgres://acteon:${X}@db:5432/x`],
    ['key AKIAIOSFODNN7EXAMPLE used', `key ${X} used`],
    ['card 4111 1111 1111 1111, ok', `card ${X}, ok`],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln ok', `jwt ${X} ok`],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- ok', `${X} ok`],
  ])('%s', (given, masked) => {
    expect(redactor.text(given)).toBe(masked)
    expect(redactor.text(masked)).toBe(masked)
  })

  it.each([
    'https://example.com:8080/a?b=c',
    'order 4111111111111112 at 2026-01-01T00:00:00Z',
    'call +4915112345678',
    'the secret is out; tokens: 5',
    '{"n": 12345678901234567890, "ok": true}',
    'password=',
  ])('leaves %s alone', (given) => expect(redactor.text(given)).toBe(given))

  it('takes time linear in the text, whatever it is made of', () => {
    const took = (text: string): number => {
      const from = performance.now()
      redactor.text(text)
      return performance.now() - from
    }
    for (const piece of [
      'a',
      ']:',
      '":',
      '\\"=',
      'password=',
      'password={',
      'eyJ-',
      '-----BEGIN PRIVATE KEY-----',
      '//a:',
      '4 ',
    ])
      expect(took(piece.repeat(Math.ceil(100_000 / piece.length))), piece).toBeLessThan(1_500)
  })
})
