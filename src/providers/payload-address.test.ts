import { createServer } from 'node:http'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addressGuard } from './payload-address.js'
import { httpPeer } from './peers.fixture.js'
import { alert, answering, context, machine, thrown } from './services.fixture.js'
import { isSpecialAddress } from './special-addresses.js'
import { webhook, type WebhookConfig } from './webhook.js'

const guard = addressGuard('hook', { ports: [443, 80], http: true, allow: [] })
const refusal = { failure: 'final', code: 'ADDRESS_NOT_ALLOWED' }
const hook = (
  config: Partial<WebhookConfig>,
  resolve?: (name: string) => Promise<{ address: string; family: number }[]>,
) =>
  webhook.create(
    'hook',
    { url: 'http://127.0.0.1:9/', allow_payload_url: true, ...config },
    { ...machine, ...(resolve && { resolve }) },
  )
const local = (port: number): Partial<WebhookConfig> => ({
  payload_url_http: true,
  payload_url_ports: [port],
  payload_url_allow: ['127.0.0.0/8'],
})

describe('an address of a payload', () => {
  it.each(
    (
      '127.0.0.1 127.1 127.255.255.254 0x7f.1 0x7f000001 2130706433 0177.0.0.1 017700000001 ①②⑦.0.0.1 0.0.0.0 0 0.1.2.3 ' +
      '10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 100.64.0.1 100.127.255.255 ' +
      '169.254.0.1 169.254.169.254 0xa9fea9fe 168.63.129.16 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 198.18.0.1 ' +
      '198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 ' +
      '[::] [::1] [::127.0.0.1] [::7f00:1] [::ffff:7f00:1] [::ffff:127.0.0.1] [::ffff:10.0.0.1] [::ffff:8.8.8.8] ' +
      '[::ffff:0:127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::8.8.8.8] [64:ff9b:1::1] [100::1] [2001::1] [2001:2::1] [2001:10::1] ' +
      '[2001:20::1] [2001:db8::1] [2002:7f00:1::] [2002:a00:1::1] [3fff::1] [5f00::1] [fc00::1] [fd00:ec2::254] ' +
      '[fd7a:115c:a1e0::1] [fe80::1] [fec0::1] [ff02::1] [ff0e::1] localhost localhost. LOCALHOST a.localhost printer.local ' +
      'metadata metadata.google.internal metadata.google.internal. instance-data db.internal router.home.arpa ip6-localhost'
    ).split(' '),
  )('is refused at %s', (host) => {
    expect(() => guard.parse(`http://${host}/`)).toThrow(expect.objectContaining(refusal))
  })

  it.each(
    'example.com 8.8.8.8 1.1.1.1 172.32.0.1 172.15.0.1 100.128.0.1 100.63.0.1 192.167.0.1 [2606:4700::1111] [2a00:1450::1]'.split(
      ' ',
    ),
  )('is taken at %s', (host) => {
    expect(guard.parse(`https://${host}/x?y`).pathname).toBe('/x')
  })

  it.each([
    'ftp://example.com/',
    'https://u:p@example.com/',
    'https://example.com:22/',
    'example.com',
    'file:///etc/passwd',
  ])('is refused as %s', (text) => {
    expect(() => guard.parse(text)).toThrow(expect.objectContaining(refusal))
  })

  it('must be https unless the configuration says otherwise', () => {
    const strict = addressGuard('hook', { ports: [80, 443], http: false, allow: [] })
    expect(() => strict.parse('http://example.com/')).toThrow(expect.objectContaining(refusal))
  })

  it('takes what is no address for special', () => expect(isSpecialAddress('example.com')).toBe(true))

  it('names a fault in what is allowed', () => {
    expect(() => hook({ payload_url_allow: ['10.0.0.0/99'] })).toThrow('10.0.0.0/99')
  })
})

describe('a name in an address of a payload', () => {
  it('is refused when any of its addresses is special, and nothing is connected to', async () => {
    const peer = await answering(200)
    const provider = hook({ payload_url_http: true, payload_url_ports: [peer.port] }, async () => [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ])
    const action = alert({ payload: { url: `http://rebind.example:${peer.port}/` } })
    expect(await thrown(provider.deliver(action, context()))).toMatchObject(refusal)
    expect(peer.connections).toBe(0)
  })

  it('gains nothing by changing its mind: not one of 1,000 calls reaches loopback', async () => {
    const forbidden = await answering(200)
    let reached = 0
    const stranger = createServer((_request, response) => {
      reached++
      response.end('{}')
    }).listen(forbidden.port, '127.0.0.2')
    await once(stranger, 'listening')
    onTestFinished(() => void stranger.close())
    let asked = 0
    const provider = hook(
      { payload_url_http: true, payload_url_ports: [forbidden.port], payload_url_allow: ['127.0.0.2/32'] },
      async () => [{ address: asked++ % 2 === 0 ? '127.0.0.2' : '127.0.0.1', family: 4 }],
    )
    const action = alert({ payload: { url: `http://rebind.example:${forbidden.port}/` } })
    let refused = 0
    for (let i = 0; i < 1_000; i++)
      await provider.deliver(action, context()).catch((error: unknown) => {
        expect(error).toMatchObject(refusal)
        refused++
      })
    expect({ reached, refused, forbidden: forbidden.connections }).toEqual({ reached: 500, refused: 500, forbidden: 0 })
  }, 240_000)
})

describe('a request that a payload asks for', () => {
  it('has its method, headers and body, and nothing that was configured for another receiver', async () => {
    const peer = await answering(200, { ok: true })
    const provider = hook({
      ...local(peer.port),
      headers: { 'x-team': 'secret' },
      auth: { type: 'bearer', token: 'secret' },
      secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    })
    const payload = { url: `${peer.origin}/a`, method: 'PUT', headers: { 'X-Own': '1' }, body: { b: 1 } }
    await provider.deliver(alert({ payload }), context())
    expect(peer.received).toMatchObject([{ method: 'PUT', url: '/a', body: '{"b":1}', headers: { 'x-own': '1' } }])
    expect(JSON.stringify(peer.received)).not.toContain('secret')
    expect(peer.received[0]!.headers).not.toHaveProperty('webhook-signature')
  })

  it.each<Record<string, string>>([
    { 'x-a': 'b\r\nc: d' },
    { 'x-a': 'b\nc' },
    { 'x-a': '\0' },
    { 'x a': 'b' },
    { Host: 'example.com' },
    { 'Transfer-Encoding': 'chunked' },
    { 'content-length': '0' },
    { 'Webhook-Id': '1' },
  ])('is refused for good with the headers %j', async (headers) => {
    const peer = await answering(200)
    const action = alert({ payload: { url: `${peer.origin}/`, headers } })
    expect(await thrown(hook(local(peer.port)).deliver(action, context()))).toMatchObject({
      failure: 'final',
      code: 'INVALID_HEADER',
    })
    expect(peer.connections).toBe(0)
  })

  it('does not follow a redirect', async () => {
    const elsewhere = await answering(200)
    const peer = await httpPeer((_request, response) => response.writeHead(302, { location: elsewhere.origin }).end())
    const action = alert({ payload: { url: peer.origin } })
    expect(await thrown(hook(local(peer.port)).deliver(action, context()))).toMatchObject({ failure: 'final' })
    expect(elsewhere.connections).toBe(0)
  })

  it('is not heard unless the provider allows it', async () => {
    const [named, peer] = [await answering(200), await answering(200)]
    const provider = hook({ ...local(named.port), url: peer.origin, allow_payload_url: false })
    await provider.deliver(alert({ payload: { url: named.origin } }), context())
    expect([named.connections, peer.received.length]).toEqual([0, 1])
  })
})
