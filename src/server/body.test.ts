import { once } from 'node:events'
import { request as send } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listen, smallGateway, type Listening } from './gateway.fixture.js'

const ACTION = { namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'send' }
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const withPayload = (json: string): string => JSON.stringify(ACTION).replace(/}$/, `,"payload":${json}}`)

describe('a body', () => {
  const small = smallGateway()
  let server: Listening
  beforeAll(async () => {
    server = await listen({ gateway: small.gateway })
  })
  afterAll(() => server.close())
  beforeEach(() => {
    small.taken.length = 0
  })

  const WRONG: [what: string, body: string | Uint8Array, status: number, code: string, says: RegExp][] = [
    ['nothing', '', 400, 'INVALID_ACTION', /expected an object, found nothing/],
    ['blanks', ' \n ', 400, 'INVALID_ACTION', /found nothing/],
    ['no JSON', 'hello', 400, 'INVALID_JSON', /unexpected "h" at line 1, column 1/],
    ['JSON that ends in the middle', '{"namespace":"shop",\n"ten', 400, 'INVALID_JSON', /ends in the middle/],
    ['two documents', '{}{}', 400, 'INVALID_JSON', /unexpected "{" at line 1, column 3/],
    ['bytes that are no UTF-8', Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]), 400, 'INVALID_JSON', /not UTF-8/],
    ['a list', '[]', 400, 'INVALID_ACTION', /expected an object, found an empty list/],
    ['a text', '"action"', 400, 'INVALID_ACTION', /expected an object/],
    ['null', 'null', 400, 'INVALID_ACTION', /expected an object/],
    [
      'a missing name',
      '{"namespace":"n","tenant":"t","provider":"p"}',
      400,
      'INVALID_ACTION',
      /"action_type" is missing/,
    ],
    ['a wrong type', JSON.stringify({ ...ACTION, tenant: 7 }), 400, 'INVALID_ACTION', /tenant: .*found 7/],
    ['a control character', JSON.stringify({ ...ACTION, tenant: 'a\u0000b' }), 400, 'INVALID_ACTION', /tenant/],
    [
      'a time that is none',
      JSON.stringify({ ...ACTION, ends_at: 'soon' }),
      400,
      'INVALID_ACTION',
      /ends_at: .*RFC 3339/,
    ],
    ['65 levels', withPayload(deep(64)), 400, 'TOO_DEEP', /deeper than 64/],
    ['10,000 levels', withPayload(deep(10_000)), 400, 'TOO_DEEP', /deeper than 64/],
    ['a million open brackets', '['.repeat(200_000), 400, 'TOO_DEEP', /deeper than 64/],
    ['__proto__', withPayload('{"__proto__":{"polluted":1}}'), 400, 'INVALID_REQUEST', /__proto__/],
    ['__proto__ by an escape', withPayload('{"\\u005f_proto__":{"polluted":1}}'), 400, 'INVALID_REQUEST', /__proto__/],
    ['__proto__ at the top', '{"__proto__":{"namespace":"n"}}', 400, 'INVALID_REQUEST', /__proto__/],
    [
      'constructor.prototype',
      withPayload('[{"constructor":{"prototype":{"polluted":1}}}]'),
      400,
      'INVALID_REQUEST',
      /constructor/,
    ],
    ['a number beyond 2^53', withPayload('{"n":9007199254740993}'), 400, 'INVALID_REQUEST', /9007199254740993/],
    ['a number beyond all', withPayload('{"n":1e999}'), 400, 'INVALID_REQUEST', /1e999/],
    [
      'more than 10,000 names',
      withPayload(`{${Array.from({ length: 10_001 }, (_, i) => `"k${i}":0`).join()}}`),
      400,
      'INVALID_REQUEST',
      /10000 names/,
    ],
    ['an action of more than 256 KiB', withPayload(`"${'x'.repeat(256 * 1_024)}"`), 413, 'TOO_LARGE', /262144/],
    ['a body of more than 1 MiB', withPayload(`"${'x'.repeat(1_100_000)}"`), 413, 'TOO_LARGE', /attachments/],
    ['a body of more than 16 MiB', 'x'.repeat(17 * 1_024 * 1_024), 413, 'TOO_LARGE', /16 MiB/],
  ]
  it.each(WRONG)('%s is refused, and nothing is done', async (_, body, status, code, says) => {
    const answer = await server.call('POST', '/v1/dispatch', body)
    expect([answer.status, answer.body]).toEqual([
      status,
      expect.objectContaining({ code, retryable: false, error: expect.stringMatching(says) as string }),
    ])
    const { error, message } = answer.body as Record<string, string>
    expect(message).toBe(error)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(small.taken).toEqual([])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense', 'application/json; charset=latin1'])(
    'is JSON although its Content-Type is %s',
    async (type) => {
      const answer = await server.call('POST', '/v1/dispatch', JSON.stringify(ACTION), { 'content-type': type })
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('Executed')])
    },
  )

  it('may have words that only look reserved, and numbers that only look large', async () => {
    const payload = {
      text: '__proto__ 12345678901234567890',
      constructor: 'Alice',
      n: 9007199254740991,
      f: 0.1,
      s: '1e999',
    }
    const answer = await server.call('POST', '/v1/dispatch', { ...ACTION, payload })
    expect(answer.status).toBe(200)
    expect(small.taken[0]!.parsed.action.payload).toEqual(payload)
  })

  it('of 64 levels is taken', async () => {
    expect((await server.call('POST', '/v1/dispatch', withPayload(deep(63)))).status).toBe(200)
  })

  it('is not taken compressed', async () => {
    const answer = await server.call('POST', '/v1/dispatch', gzipSync(JSON.stringify(ACTION)), {
      'content-encoding': 'gzip',
    })
    expect(answer).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_ENCODING' } })
  })

  it('with attachments may have 16 MiB', async () => {
    const file = {
      id: '1',
      name: 'a',
      filename: 'a.txt',
      content_type: 'text/plain',
      data_base64: 'A'.repeat(2_000_000),
    }
    expect((await server.call('POST', '/v1/dispatch', { ...ACTION, attachments: [file] })).status).toBe(200)
    const answer = await server.call('POST', '/v1/dispatch', {
      ...ACTION,
      payload: 'x'.repeat(300_000),
      attachments: [file],
    })
    expect(answer).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } })
  })

  it('that is too large is answered before it has arrived whole, and its sender is not cut off', async () => {
    const total = 20 * 1_024 * 1_024
    let sent = 0
    let sentWhenAnswered: number | undefined
    let got = ''
    const socket = connect(server.port, '127.0.0.1')
    socket.on('data', (part) => {
      sentWhenAnswered ??= sent
      got += part.toString()
    })
    socket.write(`POST /v1/rules/reload HTTP/1.1\r\nHost: x\r\nContent-Length: ${total}\r\n\r\n`)
    const chunk = Buffer.alloc(64 * 1_024, 0x20)
    for (; sent < total; sent += chunk.length) if (!socket.write(chunk)) await once(socket, 'drain')
    // The same connection goes on.
    socket.write('GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await once(socket, 'close')
    const [refused, body, ready] = got.split('\r\n\r\n')
    expect(refused).toMatch(/^HTTP\/1\.1 413 /)
    expect(body).toMatch(/"code":"TOO_LARGE".*}HTTP\/1\.1 200 OK/s)
    expect(ready).toBe('{"status":"ready"}')
    expect(sentWhenAnswered).toBeLessThan(total)
  })

  it('may be empty whatever the Content-Type says', async () => {
    for (const [method, path] of [
      ['GET', '/health'],
      ['DELETE', '/nowhere'],
      ['POST', '/nowhere'],
    ] as const) {
      const answer = await new Promise<number>((resolve) =>
        send(`${server.url}${path}`, { method, headers: { 'content-type': 'application/json' } }, (got) => {
          got.resume()
          resolve(got.statusCode!)
        }).end(),
      )
      expect([method, answer]).toEqual([method, path === '/health' ? 200 : 404])
    }
  })

  it('that never ends is answered 408 in JSON', { timeout: 30_000 }, async () => {
    const text = await new Promise<string>((resolve) => {
      let got = ''
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write('POST /v1/dispatch HTTP/1.1\r\nHost: x\r\nContent-'),
      )
      socket.on('data', (part) => (got += part.toString()))
      socket.on('close', () => resolve(got))
    })
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toMatchObject({ code: 'REQUEST_TIMEOUT', retryable: true })
  })
})

describe('a batch', () => {
  const small = smallGateway()
  let server: Listening
  beforeAll(async () => {
    server = await listen({ gateway: small.gateway })
  })
  afterAll(() => server.close())

  it('answers each item at its place; what is wrong with one does not refuse the others', async () => {
    const items = [
      { ...ACTION, id: 'one' },
      { tenant: 7 },
      { ...ACTION, payload: { outcome: { type: 'Deduplicated' } } },
      { ...ACTION, payload: 'x'.repeat(300_000) },
      { ...ACTION, payload: { error: 'LIMIT_REACHED' } },
    ]
    for (const body of [items, { actions: items }]) {
      const answer = await server.call('POST', '/v1/dispatch/batch', body)
      expect(answer.status).toBe(200)
      expect(answer.body).toEqual([
        { Executed: { status: 'success', body: null, headers: {}, action_id: 'one' } },
        { error: { code: 'INVALID_ACTION', message: expect.any(String) as string, retryable: false } },
        { Deduplicated: null },
        { error: { code: 'TOO_LARGE', message: expect.any(String) as string, retryable: false } },
        { error: { code: 'LIMIT_REACHED', message: 'As the test asked.', retryable: true } },
      ])
    }
  })

  it('may be empty, and has at most 1,000 actions', async () => {
    expect((await server.call('POST', '/v1/dispatch/batch', [])).body).toEqual([])
    const many = Array.from({ length: 1_001 }, () => ACTION)
    expect(await server.call('POST', '/v1/dispatch/batch', many)).toMatchObject({
      status: 413,
      body: { code: 'TOO_LARGE', limit: 1_000 },
    })
    expect((await server.call('POST', '/v1/dispatch/batch', many.slice(1))).status).toBe(200)
    expect(await server.call('POST', '/v1/dispatch/batch', { items: [] })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    })
  })
})
