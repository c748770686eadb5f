import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { email, type EmailConfig } from './email.js'
import { drip, endOf, endsOf, pour, type End } from './faults.fixture.js'
import { CERTIFICATE, deadPort, tcpPeer } from './peers.fixture.js'
import { alert, context, machine } from './services.fixture.js'

// A mail server that fails in every way that SMTP has, at every step.

/** The steps of handing a mail in; `mail` is when all of it is there. */
type Step = 'greeting' | 'EHLO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'mail'
type Act = (socket: Socket) => void

const say =
  (text: string): Act =>
  (socket) =>
    void socket.write(`${text}\r\n`)
const GOOD: Record<Step, Act> = {
  greeting: say('220 ready'),
  EHLO: say('250-mail\r\n250 AUTH PLAIN'),
  STARTTLS: say('502 no such command'),
  AUTH: say('235 welcome'),
  MAIL: say('250 ok'),
  RCPT: say('250 ok'),
  DATA: say('354 go on'),
  mail: say('250 queued as 42'),
}

/** Speaks SMTP in the clear, but for the steps that are given. */
const server = (steps: Partial<Record<Step, Act>>) =>
  tcpPeer((socket) => {
    const act = (step: Step): void => (steps[step] ?? GOOD[step])(socket)
    let read = ''
    let inMail = false
    act('greeting')
    socket.on('data', (chunk) => {
      read += chunk.toString('latin1')
      for (;;) {
        const end = read.indexOf(inMail ? '\r\n.\r\n' : '\r\n')
        if (end < 0) return
        const line = read.slice(0, end)
        read = read.slice(end + (inMail ? 5 : 2))
        const step = inMail ? 'mail' : (line.split(' ')[0]!.toUpperCase() as Step)
        inMail = step === 'DATA'
        if (step in GOOD) act(step)
        else say('250 bye')(socket)
      }
    })
  })

const PLAIN: Partial<EmailConfig> = { tls: 'none', username: 'ada', password: 'secret' }
const PLENTY_MS = 20_000
const SHORT_MS = 400

async function to(peer: { port: number } | Promise<{ port: number }>, withinMs = PLENTY_MS, config = PLAIN) {
  const { port } = await peer
  const base = { smtp_host: '127.0.0.1', smtp_port: port, from_address: 'a@example.com', tls_ca: CERTIFICATE }
  const provider = email.create('mail', { ...base, ...config }, machine)
  const action = alert({ payload: { to: ['ada@example.com', 'bob@example.com'], subject: 's', text: 't' } })
  return endOf((signal) => provider.deliver(action, context({ signal })), withinMs)
}

const hang: Act = () => {}
const reset: Act = (socket) => socket.resetAndDestroy()
const end: Act = (socket) => void socket.end()
/** Accepts the first recipient, and answers so to the second. */
const secondly = (text: string): Act => {
  let count = 0
  return (socket) => (++count === 1 ? GOOD.RCPT : say(text))(socket)
}

const BEFORE: Step[] = ['greeting', 'EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA']
const LOST: End = 'retryable CONNECTION_FAILED'
const LATE: End = 'retryable TIMEOUT'
const LATER: End = 'retryable PROVIDER_ERROR'
const NEVER: End = 'final PROVIDER_REJECTED'
const CONFIGURATION: End = 'configuration PROVIDER_CONFIGURATION'
const byStep = <T>(of: (step: Step) => T, what: string): Record<string, T> =>
  Object.fromEntries(BEFORE.map((step) => [`${what} at ${step}`, of(step)]))

it('a mail that was not handed in is tried again, wherever the server falls silent or breaks off', async () => {
  const ends = await endsOf({
    'all is well': () => to(server({})),
    'no listener': async () => to({ port: await deadPort() }),
    ...byStep((step) => () => to(server({ [step]: hang }), SHORT_MS), 'silence'),
    ...byStep((step) => () => to(server({ [step]: (socket: Socket) => drip(socket, '2') }), SHORT_MS), 'drips'),
    ...byStep((step) => () => to(server({ [step]: end })), 'an end'),
  })
  expect(ends).toEqual({
    'all is well': 'success',
    'no listener': LOST,
    ...byStep(() => LATE, 'silence'),
    ...byStep(() => LATE, 'drips'),
    ...byStep(() => LOST, 'an end'),
  })
})

it('an answer without end is not read to its end', async () => {
  const endless: Act = (socket) => pour(socket, `250-${'x'.repeat(500)}\r\n`.repeat(100))
  const ends = await endsOf({
    ...byStep((step) => () => to(server({ [step]: endless })), 'too much'),
    'too much after the mail': () => to(server({ mail: endless })),
  })
  for (const step of BEFORE) expect(ends[`too much at ${step}`]).toMatch(/^retryable|^configuration/)
  expect(ends['too much after the mail']).toMatch(/^ambiguous (PROVIDER_ERROR|CONNECTION_FAILED)$/)
})

it('a mail that was handed in may have been taken, unless the server says otherwise', async () => {
  expect(
    await endsOf({
      silence: () => to(server({ mail: hang }), SHORT_MS),
      drips: () => to(server({ mail: (socket) => drip(socket, '2') }), SHORT_MS),
      reset: () => to(server({ mail: reset })),
      end: () => to(server({ mail: end })),
      'no SMTP': () => to(server({ mail: say('HTTP/1.1 200 OK') })),
      'not now': () => to(server({ mail: say('451 not now') })),
      never: () => to(server({ mail: say('554 spam') })),
    }),
  ).toEqual({
    silence: 'ambiguous TIMEOUT',
    drips: 'ambiguous TIMEOUT',
    reset: 'ambiguous CONNECTION_FAILED',
    end: 'ambiguous CONNECTION_FAILED',
    'no SMTP': 'ambiguous PROVIDER_ERROR',
    'not now': LATER,
    never: NEVER,
  })
})

it('what the server answers is taken at its word', async () => {
  expect(
    await endsOf({
      'too busy to greet': () => to(server({ greeting: say('421 too many connections') })),
      'no service': () => to(server({ greeting: say('554 no service') })),
      'login refused': () => to(server({ AUTH: say('535 5.7.8 authentication failed') })),
      'login too weak': () => to(server({ AUTH: say('534 too weak') })),
      'login not now': () => to(server({ AUTH: say('454 4.7.0 temporary failure') })),
      'login needed': () => to(server({ MAIL: say('530 5.7.0 authentication required') })),
      greylisting: () => to(server({ RCPT: say('451 4.7.1 greylisted, try again') })),
      'sender refused': () => to(server({ MAIL: say('553 not you') })),
      'nobody there': () => to(server({ RCPT: say('550 no such user') })),
      'one not there': () => to(server({ RCPT: secondly('550 no such user') })),
      'one not now': () => to(server({ RCPT: secondly('450 greylisted') })),
      'no STARTTLS': () => to(server({}), PLENTY_MS, { tls: 'starttls', smtp_host: 'localhost' }),
      'STARTTLS refused': () =>
        to(server({ EHLO: say('250-mail\r\n250 STARTTLS') }), PLENTY_MS, { tls: 'starttls', smtp_host: 'localhost' }),
    }),
  ).toEqual({
    'too busy to greet': LATER,
    'no service': CONFIGURATION,
    'login refused': CONFIGURATION,
    'login too weak': CONFIGURATION,
    'login not now': LATER,
    'login needed': CONFIGURATION,
    greylisting: LATER,
    'sender refused': NEVER,
    'nobody there': NEVER,
    'one not there': 'partial',
    'one not now': 'partial',
    'no STARTTLS': CONFIGURATION,
    'STARTTLS refused': CONFIGURATION,
  })
})
