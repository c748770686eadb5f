import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { DeliveryError, type FailureKind } from './provider.js'

/** Where mail is handed in, and as whom. */
export interface SmtpServer {
  host: string
  port: number
  /** `starttls`: in the clear, then TLS before anything else is said, or not at all; `tls`: TLS from the first byte. */
  tls: 'starttls' | 'tls' | 'none'
  login?: { user: string; pass: string } | undefined
  /** Certificates (PEM) to trust instead of the well-known ones. */
  trust?: string | undefined
}

/** A mail as it goes out. */
export interface OutgoingMail {
  from: string
  /** Everyone who gets it, copies and blind copies too. */
  to: string[]
  /** The whole message, RFC 5322. */
  raw: Buffer
}

/** What the server took. At least one recipient was accepted. */
export interface SmtpAnswer {
  accepted: string[]
  refused: { recipient: string; answer: string }[]
  /** The server's last word, which usually has its own id of the mail. */
  answer: string
}

/** A connection, a greeting or a handshake that takes longer is given up; the attempt's own time may end it sooner. */
const CONNECT_TIMEOUT_MS = 10_000
/** What is left of a connection after QUIT is ended after this. */
const CLOSE_TIMEOUT_MS = 1_000
const MAX_ANSWER_BYTES = 65_536
const MAX_EXCERPT = 2_048

/**
 * Hands a mail in, over a connection of its own: an idle one that the server closed meanwhile could not be told from
 * one that broke over this mail.
 * @throws DeliveryError
 */
export function sendMail(
  server: SmtpServer,
  { from, to, raw }: OutgoingMail,
  signal: AbortSignal,
): Promise<SmtpAnswer> {
  const progress = { begun: false }
  // Nothing is read of it before the server has answered DATA with "go on".
  const bytes = function* () {
    progress.begun = true
    yield raw
  }
  return session(server, signal, progress, async (connection) => {
    const message = Readable.from(bytes(), { objectMode: false })
    const sent = await called<Sent>((done) => connection.send({ from, to, size: raw.length }, message, done))
    const refused = (sent.rejectedErrors ?? []).map(({ recipient, response }) => ({
      recipient: recipient ?? '',
      answer: clipped(response ?? ''),
    }))
    return { accepted: sent.accepted, refused, answer: clipped(sent.response ?? '') }
  })
}

/**
 * Connects, secures the connection and logs in, without sending anything.
 * @throws DeliveryError
 */
export const checkServer = (server: SmtpServer, signal: AbortSignal): Promise<void> =>
  session(server, signal, { begun: false }, () => Promise.resolve())

interface Sent {
  accepted: string[]
  rejectedErrors?: { recipient?: string; response?: string }[]
  response?: string
}

type Done<T> = (error?: Error | null, value?: T) => void
const called = <T>(start: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as T)))
  })

function session<T>(
  server: SmtpServer,
  signal: AbortSignal,
  progress: { begun: boolean },
  work: (connection: SMTPConnection) => Promise<T>,
): Promise<T> {
  const connection = new SMTPConnection(optionsOf(server))
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort)
      // First, because closing says "end".
      reject(failureOf(error as SmtpError, { server, begun: progress.begun, aborted: signal.aborted }))
      // At once: bytes that wait in the socket must not leave after the attempt has ended.
      connection.options.socketCloseTimeout = 0
      connection.close()
    }
    const onAbort = (): void => fail(new Error('aborted', { cause: signal.reason }))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    connection.on('error', fail)
    // Also said after everything went well, when rejecting does nothing any more.
    connection.on('end', () => fail(new Error('the connection ended')))
    const steps = async (): Promise<T> => {
      await called((done) => connection.connect(done))
      if (server.login !== undefined) await called((done) => connection.login({ ...server.login }, done))
      return work(connection)
    }
    steps().then((value) => {
      signal.removeEventListener('abort', onAbort)
      resolve(value)
      connection.quit()
      connection.close()
    }, fail)
  })
}

const optionsOf = ({ host, port, tls, trust }: SmtpServer): ConstructorParameters<typeof SMTPConnection>[0] => ({
  host,
  port,
  secure: tls === 'tls',
  requireTLS: tls === 'starttls',
  ignoreTLS: tls === 'none',
  connectionTimeout: CONNECT_TIMEOUT_MS,
  greetingTimeout: CONNECT_TIMEOUT_MS,
  dnsTimeout: CONNECT_TIMEOUT_MS,
  socketCloseTimeout: CLOSE_TIMEOUT_MS,
  maxResponseSize: MAX_ANSWER_BYTES,
  // Verified whatever the environment says.
  tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(trust !== undefined && { ca: trust }) },
})

/** What nodemailer adds to its errors. */
interface SmtpError extends Error {
  code?: string
  originalCode?: string
  command?: string
  response?: string
  responseCode?: number
}

const OF_THE_MAIL = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])
/** RFC 4954: authentication is required, too weak, failed, or needs encryption. */
const NOT_LET_IN = new Set([530, 534, 535, 538])

/** RFC 5321, 4.2.1: 4yz may succeed later, 5yz will not. An answer is certain, whenever it comes; silence is not. */
function failureOf(
  error: SmtpError,
  { server, begun, aborted }: { server: SmtpServer; begun: boolean; aborted: boolean },
): DeliveryError {
  const target = `${server.host}:${server.port}`
  const { responseCode: status, response, command = '' } = error
  const made = (failure: FailureKind, code: string, message: string): DeliveryError =>
    new DeliveryError(message, {
      failure,
      code,
      status,
      cause: error,
      ...(response !== undefined && { excerpt: clipped(response) }),
    })
  if (status !== undefined && status >= 400 && status < 600) {
    const said = `${target} answered ${clipped(response ?? String(status), 300)}`
    const at = command === '' || command === 'CONN' ? '' : ` to ${command}`
    if (status < 500) return made('retryable', 'PROVIDER_ERROR', `${said}${at}; it may take the mail later.`)
    if (NOT_LET_IN.has(status) || error.code === 'EAUTH')
      return made('configuration', 'PROVIDER_CONFIGURATION', `${said}${at}; check username, password and tls.`)
    return OF_THE_MAIL.has(command)
      ? made('final', 'PROVIDER_REJECTED', `${said}${at}.`)
      : made('configuration', 'PROVIDER_CONFIGURATION', `${said}${at}; it does not serve us at all.`)
  }
  if (begun) {
    if (aborted) return made('ambiguous', 'TIMEOUT', `${target} took too long to answer to the mail.`)
    // An answer without a code that SMTP knows is no answer; it came over a connection that holds.
    const code = error.code === 'EPROTOCOL' || response !== undefined ? 'PROVIDER_ERROR' : 'CONNECTION_FAILED'
    return made('ambiguous', code, `${target} did not answer to the mail: ${error.message}.`)
  }
  if (aborted) return made('retryable', 'TIMEOUT', `${target} took too long; the mail was not sent yet.`)
  if (error.code === 'EAUTH')
    return made('configuration', 'PROVIDER_CONFIGURATION', `Cannot log in at ${target}: ${error.message}.`)
  if (error.code === 'EENVELOPE' || error.code === 'EMESSAGE')
    return made('final', 'PROVIDER_REJECTED', `The mail cannot be sent by ${target}: ${error.message}.`)
  return made('retryable', 'CONNECTION_FAILED', `No mail could be sent by ${target}: ${error.message}.`)
}

const clipped = (text: string, limit = MAX_EXCERPT): string => text.replaceAll(/\s*\r?\n\s*/g, ' ').slice(0, limit)
