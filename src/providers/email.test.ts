import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { simpleParser, type ParsedMail } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import { systemClock, systemEntropy } from '../lib/clock.js'
import type { JsonObject } from '../lib/json.js'
import { compile } from '../lib/validate.js'
import { createRenderer } from '../messages/render.js'
import { email, EmailConfig } from './email.js'
import { CERTIFICATE, deadPort, KEY, tcpPeer } from './peers.fixture.js'
import { DeliveryError, type DeliveryContext } from './provider.js'

interface Mailed {
  from: string
  to: string[]
  raw: string
  secure: boolean
  user: string | undefined
}
interface MailPeer {
  port: number
  mails: Mailed[]
  connections: number
}

const servers: SMTPServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise<void>((done) => server.close(done)))))

/** A real mail server on loopback. Without other wishes it takes everything, and offers STARTTLS. */
async function mailPeer(options: SMTPServerOptions = {}): Promise<MailPeer> {
  const peer: MailPeer = { port: 0, mails: [], connections: 0 }
  const server = new SMTPServer({
    key: KEY,
    cert: CERTIFICATE,
    authOptional: true,
    closeTimeout: 50,
    disableReverseLookup: true,
    onConnect(_session, done) {
      peer.connections++
      done()
    },
    onData(stream, { envelope, secure, user }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        const to = envelope.rcptTo.map(({ address }) => address)
        peer.mails.push({ from, to, raw: Buffer.concat(chunks).toString('utf8'), secure, user: user as string })
        done(null, 'queued as 42')
      })
    },
    ...options,
  })
  // What a client does to its connection is looked at by its own result.
  server.on('error', () => {})
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  peer.port = (server.server.address() as AddressInfo).port
  return peer
}

const base = { smtp_host: 'localhost', tls_ca: CERTIFICATE, from_address: 'Acme Alerts <alerts@example.com>' }
const machine = { clock: systemClock, entropy: systemEntropy, log: () => {}, render: createRenderer() }
const make = (port: number, config: Partial<EmailConfig> = {}) =>
  email.create('mail', { ...base, smtp_port: port, ...config }, machine)
const action = (payload: Action['payload'], more: Partial<Action> = {}): Action => ({
  id: 'act-1',
  namespace: 'shop',
  tenant: 'acme',
  provider: 'mail',
  action_type: 'order_shipped',
  payload,
  metadata: {},
  created_at: '2026-01-01T00:00:00.000Z',
  ...more,
})
const context = (given: Partial<DeliveryContext> = {}): DeliveryContext => ({
  signal: AbortSignal.timeout(5_000),
  attempt: 1,
  idempotency_key: 'key-1',
  trace_headers: {},
  ...given,
})
const failed = async (promise: Promise<unknown>): Promise<DeliveryError> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(DeliveryError)
  return error as DeliveryError
}
const reply = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode })
const letter = { to: 'ada@example.com', subject: 'Your order is on its way', text: 'Hello Ada,\n\nit left today.\n' }
const textsOf = (parsed: ParsedMail, name: 'to' | 'cc'): string[] =>
  [parsed[name] ?? []].flat().flatMap(({ value }) => value.map(({ address = '' }) => address))

describe('the mail that is sent', () => {
  it('has the same bytes at each attempt', async () => {
    const peer = await mailPeer()
    const files = [{ filename: 'a.bin', content_type: 'application/pdf', data_base64: 'AAEC/w==' }]
    const wanted = action({ ...letter, html: '<p>Hello</p>', attachments: files })
    for (const attempt of [1, 2])
      await make(peer.port).deliver(wanted, context({ attempt, dispatched_at: Date.UTC(2026, 0, 2, 3, 4, 5) }))
    expect(peer.mails).toHaveLength(2)
    expect(peer.mails[1]!.raw).toBe(peer.mails[0]!.raw)
    expect(peer.mails[0]!.raw).toContain('Date: Fri, 02 Jan 2026 03:04:05 +0000')
  })

  it('has the words, recipients, files and headers that the action asks for', async () => {
    const peer = await mailPeer()
    const payload = {
      to: ['Ada Lovelace <ada@example.com>', 'bob@example.com'],
      cc: [{ name: 'Cleo', address: 'cleo@example.com' }],
      bcc: 'dan@example.com, eve@example.com',
      reply_to: 'help@example.com',
      subject: 'Grüße – 注文',
      body: 'Line one\n.\nLine – three',
      html: '<p>Line <b>one</b></p>',
      attachments: [{ filename: 'ü.pdf', content_type: 'application/pdf', data_base64: 'AAEC/w==' }],
    }
    const file = { id: '1', name: 'n', filename: 'a.txt', content_type: 'text/plain', data_base64: 'aGk=' }
    const response = await make(peer.port).deliver(action(payload, { attachments: [file] }), context())
    const everyone = ['ada', 'bob', 'cleo', 'dan', 'eve'].map((name) => `${name}@example.com`)
    expect(response).toMatchObject({ status: 'success', body: { accepted: everyone } })
    expect(response.body?.answer).toContain('queued as 42')

    const [mail] = peer.mails
    expect(mail).toMatchObject({ from: 'alerts@example.com', to: everyone, secure: true })
    const parsed = await simpleParser(mail!.raw)
    expect(parsed.subject).toBe('Grüße – 注文')
    expect(parsed.text?.trim()).toBe('Line one\n.\nLine – three')
    expect(parsed.html).toContain('<p>Line <b>one</b></p>')
    expect(parsed.from?.value).toEqual([{ name: 'Acme Alerts', address: 'alerts@example.com' }])
    expect(textsOf(parsed, 'to')).toEqual(['ada@example.com', 'bob@example.com'])
    expect(textsOf(parsed, 'cc')).toEqual(['cleo@example.com'])
    expect(parsed.replyTo?.value[0]?.address).toBe('help@example.com')
    expect(mail!.raw).not.toMatch(/dan@|eve@/)
    expect(
      parsed.attachments.map(({ filename, contentType, content }) => [filename, contentType, [...content]]),
    ).toEqual([
      ['a.txt', 'text/plain', [104, 105]],
      ['ü.pdf', 'application/pdf', [0, 1, 2, 255]],
    ])
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated')
  })

  it('has the same Message-ID at each attempt, and another one for another action', async () => {
    const peer = await mailPeer()
    const provider = make(peer.port)
    const sent = [context(), context({ attempt: 2 }), context({ idempotency_key: 'key-2' })]
    for (const given of sent) await provider.deliver(action(letter), given)
    const ids = await Promise.all(peer.mails.map(async ({ raw }) => (await simpleParser(raw)).messageId))
    expect(ids[0]).toMatch(/^<[0-9a-f]{40}@example\.com>$/)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
  })

  it('is made by the built-in message, in text and HTML, for an alert without words for a mail', async () => {
    const peer = await mailPeer()
    const alert = action(
      { severity: 'critical', title: 'Disk <full>', host: 'db-1' },
      { metadata: { cluster: 'prod' } },
    )
    await make(peer.port, { to: ['oncall@example.com'] }).deliver(alert, context())
    expect(peer.mails[0]!.to).toEqual(['oncall@example.com'])
    const parsed = await simpleParser(peer.mails[0]!.raw)
    const expected = machine.render('email', alert).content
    expect(parsed.subject).toBe(expected.subject)
    expect(parsed.text?.trim()).toBe(expected.text.trim())
    expect(parsed.html).toContain('Disk &lt;full&gt;')
  })

  it('stands in one thread with the others of its event', async () => {
    const peer = await mailPeer()
    const event = {
      fingerprint: 'f',
      state_machine: 'alert',
      previous_state: null,
      new_state: 'firing',
      occurrence: 1,
      version: 1,
      started_at: '2026-01-01T00:00:00.000Z',
    }
    const provider = make(peer.port)
    await provider.deliver(action(letter), context({ event }))
    await provider.deliver(action(letter), context({ event: { ...event, version: 2, new_state: 'resolved' } }))
    await provider.deliver(action(letter), context({ event: { ...event, occurrence: 2 } }))
    const threads = await Promise.all(peer.mails.map(async ({ raw }) => (await simpleParser(raw)).references))
    expect(threads[0]).toBeDefined()
    expect(threads[1]).toEqual(threads[0])
    expect(threads[2]).not.toEqual(threads[0])
  })
})

describe('what a payload cannot do', () => {
  const breaks = ['\r\n', '\n', '\r', '\0', '\u2028', '\x0b']
  const injected: JsonObject[] = breaks.flatMap((line): JsonObject[] => [
    { to: `ada@example.com${line}Bcc: mallory@example.com` },
    { to: [`Ada${line}Bcc: mallory@example.com <ada@example.com>`] },
    { to: { name: `Ada${line}X: y`, address: 'ada@example.com' } },
    { to: { name: 'Ada', address: `ada@example.com>${line}RCPT TO:<mallory@example.com` } },
    { cc: `ada@example.com${line}DATA` },
    { bcc: `ada@example.com${line}DATA` },
    { reply_to: `ada@example.com${line}Bcc: mallory@example.com` },
    { attachments: [{ filename: `a${line}X: y`, data_base64: 'aGk=' }] },
    { attachments: [{ content_type: `text/plain${line}X: y`, data_base64: 'aGk=' }] },
  ])

  it('begins no header and no command by a line break, wherever it stands', async () => {
    const peer = await mailPeer()
    const provider = make(peer.port)
    for (const vector of injected) {
      const error = await failed(provider.deliver(action({ ...letter, ...vector }), context()))
      expect([error.failure, error.code]).toEqual(['final', 'PROVIDER_REJECTED'])
    }
    expect(peer.connections).toBe(0)
    for (const line of breaks)
      await provider.deliver(action({ ...letter, subject: `Hi${line}Bcc: mallory@example.com` }), context())
    expect(peer.mails).toHaveLength(breaks.length)
    for (const { to, raw } of peer.mails) {
      expect(to).toEqual(['ada@example.com'])
      const parsed = await simpleParser(raw)
      expect(parsed.bcc).toBeUndefined()
      expect(parsed.subject).toMatch(/^Hi ?Bcc: mallory@example.com$/)
    }
  })

  it('has no file read and no address fetched for an attachment or its words', async () => {
    const peer = await mailPeer()
    const provider = make(peer.port)
    const files: JsonObject[] = [
      { path: '/etc/passwd' },
      { filename: 'a', href: 'http://127.0.0.1/' },
      { content: { path: '/etc/passwd' } },
    ]
    for (const file of files) {
      const error = await failed(provider.deliver(action({ ...letter, attachments: [file] }), context()))
      expect(error.message).toContain('never read from a path or address')
    }
    await provider.deliver(
      action({ ...letter, html: { path: '/etc/passwd' }, text: { href: 'file:///etc/passwd' } }),
      context(),
    )
    expect(peer.mails[0]!.raw).not.toContain('root:')
  })

  it('names more than 50 recipients, none, or one that is no address', async () => {
    const peer = await mailPeer()
    const provider = make(peer.port)
    const many = (count: number) => Array.from({ length: count }, (_, i) => `u${i}@example.com`)
    const refused: [Action['payload'], string][] = [
      [{ ...letter, to: many(30), cc: many(21) }, '51 recipients'],
      [{ ...letter, to: many(51).join(', ') }, '51 recipients'],
      [{ subject: 'x' }, 'no recipient'],
      [{ ...letter, to: 'ada' }, 'expected an address'],
      [{ ...letter, to: 7 }, 'expected an address'],
      [{ ...letter, to: '"a b"@example.com' }, 'expected an address'],
    ]
    for (const [payload, says] of refused)
      expect((await failed(provider.deliver(action(payload), context()))).message).toContain(says)
    expect((await provider.deliver(action({ ...letter, to: many(50) }), context())).status).toBe('success')
  })
})

describe('how a mail server answers', () => {
  const login = { username: 'acme', password: 'right horse' }
  const guarded = (): Promise<MailPeer> =>
    mailPeer({
      authOptional: false,
      onAuth: ({ username, password }, _session, done) =>
        username === 'acme' && password === login.password
          ? done(null, { user: username })
          : done(reply(535, 'authentication failed')),
    })

  it('lets in who knows the password; a wrong or missing one is a matter of configuration', async () => {
    const peer = await guarded()
    await make(peer.port, login).deliver(action(letter), context())
    expect(peer.mails[0]).toMatchObject({ user: 'acme', secure: true })
    await make(peer.port, login).check!(context())
    for (const wrong of [{ ...login, password: 'wrong' }, {}]) {
      const error = await failed(make(peer.port, wrong).deliver(action(letter), context()))
      expect([error.failure, error.code]).toEqual(['configuration', 'PROVIDER_CONFIGURATION'])
      expect([530, 535]).toContain(error.status)
      expect(`${error.message}${error.excerpt}`).not.toContain('wrong')
    }
    const checked = await failed(make(peer.port, { ...login, password: 'wrong' }).check!(context()))
    expect(checked.failure).toBe('configuration')
    expect(peer.mails).toHaveLength(1)
  })

  it.each([
    [450, 'retryable', 'PROVIDER_ERROR'],
    [451, 'retryable', 'PROVIDER_ERROR'],
    [550, 'final', 'PROVIDER_REJECTED'],
    [553, 'final', 'PROVIDER_REJECTED'],
  ])('%i to a recipient is %s', async (status, failure, code) => {
    const peer = await mailPeer({ onRcptTo: (_address, _session, done) => done(reply(status, 'not now or never')) })
    const error = await failed(make(peer.port).deliver(action(letter), context()))
    expect(error).toMatchObject({ failure, code, status })
    expect(error.excerpt).toContain('not now or never')
  })

  it.each([
    [452, 'retryable'],
    [554, 'final'],
  ])('%i to the mail itself is %s, because it is an answer', async (status, failure) => {
    const peer = await mailPeer({
      onData(stream, _session, done) {
        stream.resume()
        stream.on('end', () => done(reply(status, 'no')))
      },
    })
    expect(await failed(make(peer.port).deliver(action(letter), context()))).toMatchObject({ failure, status })
  })

  it('takes a mail for some recipients and not for others: partial, with those it refused', async () => {
    const peer = await mailPeer({
      onRcptTo: ({ address }, _session, done) =>
        address.startsWith('gone') ? done(reply(550, 'no such user')) : done(),
    })
    const to = ['ada@example.com', 'gone@example.com']
    const { status, body } = await make(peer.port).deliver(action({ ...letter, to }), context())
    expect(status).toBe('partial')
    expect(body).toMatchObject({ accepted: ['ada@example.com'], refused: [{ recipient: 'gone@example.com' }] })
    expect(JSON.stringify(body)).toContain('550 no such user')
    expect(peer.mails[0]!.to).toEqual(['ada@example.com'])
  })

  it('does not get a mail in the clear that should be encrypted, nor by a certificate that nobody knows', async () => {
    const plain = await mailPeer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] })
    const unknown = await mailPeer()
    const { tls_ca: _trusted, ...untrusting } = { ...base, smtp_port: unknown.port }
    for (const provider of [make(plain.port), email.create('mail', untrusting, machine)]) {
      const error = await failed(provider.deliver(action(letter), context()))
      expect([error.failure, error.code]).not.toContain('ambiguous')
    }
    expect([...plain.mails, ...unknown.mails]).toEqual([])
  })

  it('is spoken to by TLS from the first byte, or in the clear, when told so', async () => {
    const secure = await mailPeer({ secure: true })
    await make(secure.port, { tls: 'tls' }).deliver(action(letter), context())
    const plain = await mailPeer()
    await make(plain.port, { tls: 'none' }).deliver(action(letter), context())
    expect([secure.mails[0]!.secure, plain.mails[0]!.secure]).toEqual([true, false])
  })
})

describe('a mail server that fails', () => {
  const plain = { tls: 'none', smtp_host: '127.0.0.1' } as const
  /** Speaks SMTP until the mail is there; then `atEnd`. */
  const scripted = (atData: (socket: Socket) => void, atEnd: (socket: Socket) => void) =>
    tcpPeer((socket) => {
      let mail = false
      socket.write('220 ready\r\n')
      socket.on('data', (chunk) => {
        if (mail) return void (chunk.toString().endsWith('\r\n.\r\n') && atEnd(socket))
        mail = chunk.toString().startsWith('DATA')
        if (mail) atData(socket)
        else socket.write('250 ok\r\n')
      })
    })
  const goOn = (socket: Socket): void => void socket.write('354 go on\r\n')

  it('is tried again when nothing listens, or it closes or falls silent before the mail', async () => {
    const closing = await tcpPeer((socket) => socket.end())
    const silent = await tcpPeer(() => {})
    const atData = await scripted((socket) => socket.destroy(), goOn)
    for (const port of [await deadPort(), closing.port, atData.port])
      expect(await failed(make(port, plain).deliver(action(letter), context()))).toMatchObject({
        failure: 'retryable',
        code: 'CONNECTION_FAILED',
      })
    const signal = AbortSignal.timeout(100)
    expect(await failed(make(silent.port, plain).deliver(action(letter), context({ signal })))).toMatchObject({
      failure: 'retryable',
      code: 'TIMEOUT',
    })
    const early = context({ signal: AbortSignal.abort() })
    expect((await failed(make(silent.port, plain).deliver(action(letter), early))).failure).toBe('retryable')
  })

  it('may have taken the mail when it breaks after it', async () => {
    const peer = await scripted(goOn, (socket) => socket.resetAndDestroy())
    expect(await failed(make(peer.port, plain).deliver(action(letter), context()))).toMatchObject({
      failure: 'ambiguous',
      code: 'CONNECTION_FAILED',
    })
  })

  it('may have taken the mail when it hangs after it; the connection is ended at once with the attempt', async () => {
    let closed = (): void => {}
    const ended = new Promise<void>((resolve) => (closed = resolve))
    const attempt = new AbortController()
    const peer = await scripted(goOn, (socket) => {
      socket.on('close', closed)
      attempt.abort()
    })
    const { signal } = attempt
    expect(await failed(make(peer.port, plain).deliver(action(letter), context({ signal })))).toMatchObject({
      failure: 'ambiguous',
      code: 'TIMEOUT',
    })
    await ended
  })

  it('is at fault for all mails when it greets with a refusal', async () => {
    const peer = await tcpPeer((socket) => socket.end('554 no service for you\r\n'))
    expect(await failed(make(peer.port, plain).check!(context()))).toMatchObject({
      failure: 'configuration',
      status: 554,
    })
  })
})

describe('the configuration of a mail provider', () => {
  it('says what is wrong', () => {
    const wrong: [Partial<EmailConfig>, string][] = [
      [{ from_address: 'nobody' }, 'from_address: expected an address'],
      [{ from_address: 'a@example.com, b@example.com' }, 'expected one address'],
      [{ to: ['x'] }, 'to: expected an address'],
      [{ username: 'u' }, '"password" is missing'],
      [{ password: 'p' }, '"username" is missing'],
      [{ smtp_host: 'smtp.example.com', tls: 'none', username: 'u', password: 'p' }, 'in the clear'],
    ]
    for (const [config, says] of wrong) expect(() => make(25, config)).toThrow(says)
    const checked = compile(EmailConfig)({ ...base, smtp_host: 'a b', tls: 'ssl' })
    expect(checked.ok ? 0 : checked.issues.length).toBe(2)
  })
})
