import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { discord } from './discord.js'
import { drip, endOf, endsOf, pour, type End } from './faults.fixture.js'
import { pagerduty } from './pagerduty.js'
import { deadPort, httpPeer, httpsPeer, tcpPeer } from './peers.fixture.js'
import type { Provider } from './provider.js'
import { alert, context, machine } from './services.fixture.js'
import { slack } from './slack.js'
import { teams } from './teams.js'
import { twilio } from './twilio.js'
import { webhook } from './webhook.js'

// Every provider that speaks HTTP, against every way in which a peer can fail.

const CONNECTION: End = 'retryable CONNECTION_FAILED'
const TOO_LATE: End = 'ambiguous TIMEOUT'
const CUT_OFF: End = 'ambiguous CONNECTION_FAILED'
const NO_HTTP: End = 'ambiguous PROVIDER_ERROR'
const REJECTED: End = 'final PROVIDER_REJECTED'
const ELSEWHERE: End = 'final PROVIDER_CONFIGURATION'
const CONFIGURATION: End = 'configuration PROVIDER_CONFIGURATION'
const AGAIN: End = 'retryable PROVIDER_ERROR'
const FEWER: End = 'retryable RATE_LIMITED'

interface Kind {
  at: (origin: string) => Provider
  /** What it answers when all is well, and how that ends. */
  well: string
  /** An answer 200 that goes on without end, or says nothing. */
  endless?: End
  empty?: End
  /** Statuses that mean something else than they do in general. */
  statuses?: Record<number, End>
}

const KINDS: Record<string, Kind> = {
  webhook: { at: (url) => webhook.create('p', { url: `${url}/` }, machine), well: '{}' },
  'slack, by a webhook': {
    at: (origin) => slack.create('p', { webhook_url: `${origin}/services/x` }, machine),
    well: 'ok',
    statuses: { 404: CONFIGURATION, 410: CONFIGURATION },
  },
  'slack, by a token': {
    at: (origin) => slack.create('p', { token: 'xoxb-1', default_channel: '#ops', base_url: `${origin}/api` }, machine),
    well: '{"ok":true,"ts":"1.2"}',
    endless: NO_HTTP,
    empty: NO_HTTP,
  },
  discord: {
    at: (origin) => discord.create('p', { webhook_url: `${origin}/api/webhooks/1/x` }, machine),
    well: '{"id":"1"}',
    statuses: { 404: CONFIGURATION },
  },
  teams: {
    at: (origin) => teams.create('p', { webhook_url: `${origin}/workflows/x?sig=y` }, machine),
    well: '1',
    statuses: { 404: CONFIGURATION, 410: CONFIGURATION },
  },
  pagerduty: {
    at: (base_url) => pagerduty.create('p', { routing_key: 'a'.repeat(32), base_url }, machine),
    well: '{"status":"success"}',
  },
  twilio: {
    at: (base_url) =>
      twilio.create(
        'p',
        {
          account_sid: `AC${'0'.repeat(32)}`,
          auth_token: 't',
          from_number: '+15017122661',
          to: '+15558675310',
          base_url,
        },
        machine,
      ),
    well: '{"sid":"SM1","status":"queued"}',
  },
}

const STATUSES = [
  [300, 301, 302, 303, 304, 307, 308],
  [400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418],
  [421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499],
  [500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511, 520, 521, 522, 523, 524, 525, 526, 529, 599],
].flat()

/** What a status means in general. */
function meaningOf(status: number): End {
  if (status < 400) return ELSEWHERE
  if (status === 401 || status === 403) return CONFIGURATION
  if (status === 429) return FEWER
  return status >= 500 || [408, 409, 425].includes(status) ? AGAIN : REJECTED
}

/** How long an attempt may take that is answered, and one that nobody ever answers. */
const PLENTY_MS = 20_000
const SHORT_MS = 400

/** A raw peer that does something once the request is there. */
const afterRequest = (act: (socket: Socket) => void) =>
  tcpPeer((socket) => {
    let read = ''
    socket.on('data', (chunk) => {
      const before = read.includes('\r\n\r\n')
      read += chunk.toString('latin1')
      if (!before && read.includes('\r\n\r\n')) act(socket)
    })
  })

const OK_100 = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n'
const NOT_HTTP = {
  'an answer of another protocol': 'SSH-2.0-OpenSSH_9.2\r\n',
  'an answer with a bad status': 'HTTP/1.1 abc OK\r\n\r\n',
  'an answer with two lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx',
  'an answer with bad chunks': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  'an answer with endless headers': `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`,
}

describe.each(Object.entries(KINDS))(
  '%s',
  (_name, { at, well, endless = 'success', empty = 'success', statuses = {} }) => {
    /** One delivery to a peer that was made for it. */
    const to = async (peer: { origin: string } | Promise<{ origin: string }>, withinMs = PLENTY_MS): Promise<End> => {
      const provider = at((await peer).origin)
      try {
        return await endOf((signal) => provider.deliver(alert(), context({ signal })), withinMs)
      } finally {
        await provider.close?.()
      }
    }
    const saying = (text: string, then: (socket: Socket) => void = () => {}) =>
      afterRequest((socket) => {
        socket.write(text)
        then(socket)
      })
    const closing = (socket: Socket): void => void socket.end()

    it('knows what may be tried again, and what may have taken effect, however the peer fails', async () => {
      const elsewhere = await httpPeer((_request, response) => response.end(well))
      const unknown = await httpsPeer((_request, response) => response.end(well))
      const ends = await endsOf({
        'all is well': () => to(httpPeer((_request, response) => response.end(well))),
        'an empty answer': () => to(httpPeer((_request, response) => response.end())),
        'no listener': async () => to({ origin: `http://127.0.0.1:${await deadPort()}` }),
        'no such name': () => to({ origin: 'http://no-such-host.invalid' }),
        'a certificate that nobody knows': () => to(unknown),
        'TLS expected, another protocol found': async () =>
          to({ origin: (await tcpPeer((socket) => socket.end('220 ready\r\n'))).origin.replace('http:', 'https:') }),
        'a handshake that hangs': async () =>
          to({ origin: (await tcpPeer(() => {})).origin.replace('http:', 'https:') }, SHORT_MS),
        'a reset after the request': () => to(afterRequest((socket) => socket.resetAndDestroy())),
        'an end without an answer': () => to(afterRequest(closing)),
        'silence before the headers': () =>
          to(
            afterRequest(() => {}),
            SHORT_MS,
          ),
        'silence within the headers': () => to(saying('HTTP/1.1 200 OK\r\nx: '), SHORT_MS),
        'headers that drip': () => to(saying('HTTP/1.1 200 OK\r\nx: ', drip), SHORT_MS),
        'silence within the body': () => to(saying(`${OK_100}half`), SHORT_MS),
        'a body that drips': () => to(saying(OK_100.replace('100', '100000'), drip), SHORT_MS),
        'an end within the body': () => to(saying(`${OK_100}half`, closing)),
        'a body without end': () =>
          to(saying('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n', (socket) => pour(socket, 'x'.repeat(65_536)))),
        'a failure without end': () =>
          to(saying('HTTP/1.1 503 No\r\nconnection: close\r\n\r\n', (socket) => pour(socket, 'x'.repeat(65_536)))),
        'a refusal that drips': () => to(saying(OK_100.replace('200 OK', '422 No'), drip), SHORT_MS),
        'a redirect to a good answer': () =>
          to(httpPeer((_request, response) => response.writeHead(307, { location: elsewhere.origin }).end())),
        ...Object.fromEntries(Object.entries(NOT_HTTP).map(([name, raw]) => [name, () => to(saying(raw))])),
      })
      expect(ends).toEqual({
        'all is well': 'success',
        'an empty answer': empty,
        'no listener': CONNECTION,
        'no such name': CONNECTION,
        'a certificate that nobody knows': CONNECTION,
        'TLS expected, another protocol found': CONNECTION,
        'a handshake that hangs': 'retryable TIMEOUT',
        'a reset after the request': CUT_OFF,
        'an end without an answer': CUT_OFF,
        'silence before the headers': TOO_LATE,
        'silence within the headers': TOO_LATE,
        'headers that drip': TOO_LATE,
        'silence within the body': TOO_LATE,
        'a body that drips': TOO_LATE,
        'an end within the body': CUT_OFF,
        'a body without end': endless,
        'a failure without end': AGAIN,
        'a refusal that drips': REJECTED,
        'a redirect to a good answer': ELSEWHERE,
        ...Object.fromEntries(Object.keys(NOT_HTTP).map((name) => [name, NO_HTTP])),
      })
      expect([elsewhere.connections, unknown.received]).toEqual([0, []])
    })

    it('calls a reset before the request was read retryable, or ambiguous when bytes were under way', async () => {
      const end = await to(tcpPeer((socket) => socket.resetAndDestroy()))
      // Which of the two is seen first is the kernel's choice; both are true.
      expect([CONNECTION, CUT_OFF]).toContain(end)
    })

    it('knows what each status means, and waits as long as Retry-After says', async () => {
      const peer = await httpPeer(({ url }, response) => {
        const [, status, retry] = /^\/(\d+)(?:-(\w+))?/.exec(url)!
        response.writeHead(Number(status), retry === undefined ? {} : { 'retry-after': retry }).end()
      })
      const answered =
        (path: string): (() => Promise<End>) =>
        () =>
          to({ origin: `${peer.origin}/${path}` })
      const ends = await endsOf({
        ...Object.fromEntries(STATUSES.map((status) => [status, answered(`${status}`)])),
        '429 after 7 s': answered('429-7'),
        '503 after 90 s': answered('503-90'),
        '503 after nonsense': answered('503-soon'),
      })
      expect(ends).toEqual({
        ...Object.fromEntries(STATUSES.map((status) => [status, statuses[status] ?? meaningOf(status)])),
        '429 after 7 s': `${FEWER} 7000`,
        '503 after 90 s': `${AGAIN} 90000`,
        '503 after nonsense': AGAIN,
      })
    })
  },
)
