import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSealer, isSealed, keyFromText, type Place } from './seal.js'

const place: Place = { namespace: 'n', tenant: 't', kind: 'action', id: 'a' }
const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

describe('sealing a text', () => {
  const sealer = createSealer([fresh, old])

  it('opens where it was sealed, whatever the text is', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const sealed = sealer.seal(text, place)
        expect(isSealed(sealed)).toBe(true)
        expect(sealer.open(sealed, place)).toBe(text)
      }),
      { numRuns: 100 },
    ))

  it('shows nothing of the text, and looks different each time', () => {
    const sealed = Array.from({ length: 50 }, () => sealer.seal('canary-4711', place))
    expect(new Set(sealed).size).toBe(50)
    for (const one of sealed)
      expect(Buffer.from(one.split(':')[3]!, 'base64url').toString('latin1')).not.toContain('canary')
  })

  it.each<[string, Partial<Place>]>([
    ['tenant', { tenant: 'other' }],
    ['namespace', { namespace: 'other' }],
    ['kind', { kind: 'outcome' }],
    ['id', { id: 'b' }],
  ])('does not open under another %s, and says what and where', (_what, change) => {
    const sealed = sealer.seal('x', place)
    expect(() => sealer.open(sealed, { ...place, ...change })).toThrow(/moved or exchanged/)
  })

  it('distinct places never meet, however their parts are cut', () => {
    const sealed = sealer.seal('x', { namespace: 'ab', tenant: 'c', kind: 'k', id: 'i' })
    expect(() => sealer.open(sealed, { namespace: 'a', tenant: 'bc', kind: 'k', id: 'i' })).toThrow(/moved/)
  })

  it('does not open with one bit changed, wherever that is', () => {
    const sealed = sealer.seal('some text', place)
    const [head, bytes] = [
      sealed.slice(0, sealed.lastIndexOf(':') + 1),
      Buffer.from(sealed.split(':')[3]!, 'base64url'),
    ]
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes)
      changed[i]! ^= 1
      expect(() => sealer.open(head + changed.toString('base64url'), place)).toThrow(/action "a" of t\/n/)
    }
  })

  it('names the key that is missing, and never gives back what it could not open', () => {
    const sealed = createSealer([old]).seal('x', place)
    const kid = createSealer([old]).kids[0]!
    expect(() => createSealer([fresh]).open(sealed, place)).toThrow(`sealed with key ${kid}`)
    expect(() => createSealer([]).open(sealed, place)).toThrow('there is no [encryption] keys')
  })

  it('without a key refuses to seal, and never stores in the open instead', () => {
    expect(() => createSealer([]).seal('x', place)).toThrow(
      expect.objectContaining({ code: 'SEAL_FAILED', status: 503 }),
    )
  })

  it('says of a lone surrogate that it cannot be kept, or keeps it', () => {
    // UTF-8 has no lone surrogates; JSON.stringify escapes them, and only JSON is sealed.
    expect(sealer.open(sealer.seal(JSON.stringify('\ud800'), place), place)).toBe('"\\ud800"')
  })
})

describe('sealing so that equal texts look equal', () => {
  const sealer = createSealer([fresh, old])
  it('is equal within a place and with a key, and only there', () => {
    expect(sealer.sealSame('eu', place)).toBe(sealer.sealSame('eu', place))
    expect(sealer.sealSame('eu', place)).not.toBe(sealer.sealSame('us', place))
    expect(sealer.sealSame('eu', place)).not.toBe(sealer.sealSame('eu', { ...place, tenant: 'other' }))
    expect(sealer.sameForms('eu', place)).toEqual([
      sealer.sealSame('eu', place),
      createSealer([old]).sealSame('eu', place),
    ])
    expect(sealer.open(sealer.sealSame('eu', place), place)).toBe('eu')
  })
})

describe('exchanging a key', () => {
  it('seals anew what the old key sealed inside any text, and leaves the rest of it', () => {
    const before = createSealer([old])
    const after = createSealer([fresh, old])
    const [a, b] = [before.seal('one', place), before.sealSame('two', place)]
    const text = JSON.stringify({ a, list: [b, '~sealed:1:00000000:abc', 'plain'] })
    const resealed = after.reseal(text)!
    const { a: a2, list } = JSON.parse(resealed) as { a: string; list: string[] }
    const alone = createSealer([fresh])
    expect(alone.open(a2, place)).toBe('one')
    expect(list[0]).toBe(alone.sealSame('two', place))
    expect(list.slice(1)).toEqual(['~sealed:1:00000000:abc', 'plain'])
    expect(after.reseal(resealed)).toBeNull()
  })

  it('leaves what was moved unreadable', () => {
    const moved = createSealer([old]).seal('one', place)
    const resealed = createSealer([fresh, old]).reseal(moved)!
    expect(() => createSealer([fresh]).open(resealed, { ...place, tenant: 'thief' })).toThrow(/moved or exchanged/)
  })
})

it('a key is 32 bytes as hex or base64, with or without padding', () => {
  const key = randomBytes(32)
  for (const text of [
    key.toString('hex'),
    key.toString('hex').toUpperCase(),
    key.toString('base64'),
    key.toString('base64url'),
  ])
    expect(keyFromText(text)).toEqual(key)
  for (const text of [
    '',
    'short',
    key.toString('hex').slice(1),
    `${key.toString('base64')}A`,
    randomBytes(31).toString('base64'),
  ])
    expect(keyFromText(text)).toBeNull()
})
