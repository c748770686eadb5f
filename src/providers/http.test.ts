import { describe, expect, it } from 'vitest'
import { httpClient, MAX_BODY_BYTES, type HttpAnswer } from './http.js'
import { CERTIFICATE, deadPort, httpPeer, httpsPeer, tcpPeer } from './peers.fixture.js'
import { DeliveryError } from './provider.js'

const client = httpClient()
const send = (url: string, signal: AbortSignal = AbortSignal.timeout(5_000), using = client): Promise<HttpAnswer> =>
  using.send({
    method: 'POST',
    url: new URL(url),
    headers: { 'content-type': 'application/json', 'accept-encoding': 'identity' },
    body: '{"hello":"world"}',
    signal,
  })
const failureOf = async (sending: Promise<unknown>): Promise<DeliveryError> => {
  const error = await sending.then(
    (answer) => {
      throw new Error(`expected a failure, got ${JSON.stringify(answer)}`)
    },
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(DeliveryError)
  return error as DeliveryError
}

/** An attempt whose time is over when the test says so. */
function attempt(): { signal: AbortSignal; over: () => void } {
  const ending = new AbortController()
  return { signal: ending.signal, over: () => ending.abort(new DOMException('too late', 'TimeoutError')) }
}

describe('before anything was sent', () => {
  it('calls a refused connection retryable', async () => {
    const port = await deadPort()
    expect(await failureOf(send(`http://127.0.0.1:${port}/`))).toMatchObject({
      failure: 'retryable',
      code: 'CONNECTION_FAILED',
      message: `http://127.0.0.1:${port} refuses the connection; nothing listens there.`,
    })
  })

  it('calls a name that cannot be resolved retryable', async () => {
    const error = await failureOf(send('http://no-such-host.invalid/'))
    expect(error).toMatchObject({ failure: 'retryable', code: 'CONNECTION_FAILED' })
    expect(error.message).toContain('cannot be resolved')
  })

  it('refuses a certificate that it does not know, and sends nothing', async () => {
    const peer = await httpsPeer((_request, response) => response.end('{}'))
    const error = await failureOf(send(`${peer.origin}/`))
    expect(error).toMatchObject({ failure: 'retryable', code: 'CONNECTION_FAILED' })
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(peer.received).toEqual([])
  })

  it('takes no certificate on trust because the environment says so', async () => {
    const peer = await httpsPeer((_request, response) => response.end('{}'))
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      expect(await failureOf(send(`${peer.origin}/`))).toMatchObject({ code: 'CONNECTION_FAILED' })
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
    }
  })

  it('speaks TLS with a peer whose certificate it trusts', async () => {
    const peer = await httpsPeer((_request, response) => response.end('{"ok":true}'))
    const trusting = httpClient({ trust: CERTIFICATE })
    expect(await send(`${peer.origin}/`, undefined, trusting)).toMatchObject({ status: 200, text: '{"ok":true}' })
    await trusting.close()
  })

  it('calls a TLS handshake that never ends retryable, because nothing was sent', async () => {
    const peer = await tcpPeer(() => {})
    const error = await failureOf(send(`https://127.0.0.1:${peer.port}/`, AbortSignal.timeout(100)))
    expect(error).toMatchObject({ failure: 'retryable', code: 'TIMEOUT' })
  })

  it('does not send when the attempt is over already', async () => {
    const peer = await httpPeer((_request, response) => response.end())
    expect(await failureOf(send(`${peer.origin}/`, AbortSignal.abort()))).toMatchObject({ failure: 'retryable' })
    expect(peer.connections).toBe(0)
  })
})

describe('after bytes were sent', () => {
  it('calls silence ambiguous', async () => {
    const { signal, over } = attempt()
    const peer = await httpPeer(() => setTimeout(over, 100))
    const error = await failureOf(send(`${peer.origin}/`, signal))
    expect(error).toMatchObject({ failure: 'ambiguous', code: 'TIMEOUT' })
    expect(peer.received).toHaveLength(1)
  })

  it('calls a body that hangs ambiguous, and names the status that had come', async () => {
    const { signal, over } = attempt()
    // The headers have long come when the time is over, also on a machine that is busy.
    const peer = await httpPeer((_request, response) => response.write('{"half":', () => setTimeout(over, 1_000)))
    expect(await failureOf(send(`${peer.origin}/`, signal))).toMatchObject({
      failure: 'ambiguous',
      code: 'TIMEOUT',
      status: 200,
    })
  })

  it('bounds a body that comes in drips by the time of the attempt', async () => {
    const { signal, over } = attempt()
    const peer = await tcpPeer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
      socket.once('data', () => setTimeout(over, 150))
      const timer = setInterval(() => socket.write('x'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await failureOf(send(`${peer.origin}/`, signal))).toMatchObject({ failure: 'ambiguous' })
  })

  it('calls a reset ambiguous, before the request was read and after', async () => {
    const before = await tcpPeer((socket) => socket.resetAndDestroy())
    const error = await failureOf(send(`${before.origin}/`))
    // Whether the reset is seen while connecting or after our bytes left is the kernel's choice; both are true.
    expect(['ambiguous', 'retryable']).toContain(error.failure)
    const after = await tcpPeer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    expect(await failureOf(send(`${after.origin}/`))).toMatchObject({
      failure: 'ambiguous',
      code: 'CONNECTION_FAILED',
    })
  })

  it('calls a connection that is closed in the middle of a successful answer ambiguous', async () => {
    const peer = await tcpPeer((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
        setTimeout(() => socket.destroy(), 20)
      }),
    )
    expect(await failureOf(send(`${peer.origin}/`))).toMatchObject({ failure: 'ambiguous', status: 200 })
  })

  it('takes a refusal for one although its body is cut off', async () => {
    const peer = await tcpPeer((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\nno such')
        setTimeout(() => socket.destroy(), 20)
      }),
    )
    expect(await send(`${peer.origin}/`)).toMatchObject({ status: 400, text: 'no such', truncated: true })
  })

  it.each([
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/1.1 abc OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  ])('calls an answer that is no HTTP ambiguous: %j', async (raw) => {
    const peer = await tcpPeer((socket) => socket.once('data', () => socket.write(raw)))
    expect(await failureOf(send(`${peer.origin}/`))).toMatchObject({ failure: 'ambiguous', code: 'PROVIDER_ERROR' })
  })

  it('reads no more than 16 KB of headers', async () => {
    const peer = await tcpPeer((socket) =>
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`)),
    )
    expect(await failureOf(send(`${peer.origin}/`))).toMatchObject({ failure: 'ambiguous', code: 'PROVIDER_ERROR' })
  })
})

describe('an answer', () => {
  it('is read up to 64 KB, and then the connection is destroyed', async () => {
    let written = 0
    let closed: () => void
    const isClosed = new Promise<void>((resolve) => (closed = resolve))
    const peer = await httpPeer((_request, response) => {
      const chunk = Buffer.alloc(65_536, 'x')
      const more = (): void => {
        while (!response.destroyed && written < 1_000_000_000) {
          written += chunk.length
          if (!response.write(chunk)) return void response.once('drain', more)
        }
      }
      response.once('close', () => closed())
      more()
    })
    const answer = await send(`${peer.origin}/`)
    expect(answer).toMatchObject({ status: 200, truncated: true })
    expect(answer.text).toHaveLength(MAX_BODY_BYTES)
    await isClosed
    expect(written).toBeLessThan(50_000_000)
  })

  it('is taken from a redirect without following it', async () => {
    const elsewhere = await httpPeer((_request, response) => response.end('{}'))
    const peer = await httpPeer((_request, response) =>
      response.writeHead(302, { location: `${elsewhere.origin}/` }).end(),
    )
    expect(await send(`${peer.origin}/`)).toMatchObject({ status: 302 })
    expect(elsewhere.connections).toBe(0)
  })

  it('ignores the proxies of the environment', async () => {
    const proxy = await httpPeer((_request, response) => response.end('proxied'))
    const peer = await httpPeer((_request, response) => response.end('direct'))
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = proxy.origin
    try {
      const fresh = httpClient()
      expect((await send(`${peer.origin}/`, undefined, fresh)).text).toBe('direct')
      await fresh.close()
    } finally {
      delete process.env['HTTP_PROXY']
      delete process.env['http_proxy']
    }
    expect(proxy.connections).toBe(0)
  })

  it('waits through 1xx and keeps cookies and credentials out of its headers', async () => {
    const peer = await tcpPeer((socket) =>
      socket.once('data', () =>
        socket.end(
          'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 201 Created\r\nset-cookie: a=b\r\nx-id: 7\r\nx-id: 8\r\ncontent-length: 2\r\n\r\n{}',
        ),
      ),
    )
    const answer = await send(`${peer.origin}/`)
    expect(answer.status).toBe(201)
    expect(answer.headers).toEqual({ 'x-id': '7, 8', 'content-length': '2' })
  })

  it('comes over a connection that is used again', async () => {
    const peer = await httpPeer((_request, response) => response.end('{}'))
    for (let i = 0; i < 20; i++) await send(`${peer.origin}/`)
    expect(peer.received).toHaveLength(20)
    expect(peer.connections).toBeLessThanOrEqual(2)
  })
})
