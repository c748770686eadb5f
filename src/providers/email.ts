import MailComposer from 'nodemailer/lib/mail-composer'
import { Type, type Static } from 'typebox'
import type { Action } from '../action/action.js'
import { ActeonError } from '../lib/errors.js'
import { keyOf, sha256 } from '../lib/ids.js'
import { createRenderer, type Render } from '../messages/render.js'
import { filesOf, mailboxes, recipientsOf, type Mailbox } from './email-parts.js'
import { DeliveryError, type DeliveryContext, type ProviderType } from './provider.js'
import { contentOf } from './service.js'
import { checkServer, sendMail, type OutgoingMail, type SmtpServer } from './smtp.js'

/** Fields of a `[[providers]]` entry of type `email`. */
export const EmailConfig = Type.Object({
  smtp_host: Type.String({
    pattern: '^[A-Za-z0-9._:-]{1,253}$',
    errorMessage: 'expected the name or address of a mail server, such as smtp.example.com',
    description: 'The server that mail is handed to.',
  }),
  smtp_port: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 65535,
      description: 'Absent: 587 for `starttls`, 465 for `tls`, 25 for `none`.',
    }),
  ),
  tls: Type.Optional(
    Type.Enum(['starttls', 'tls', 'none'], {
      default: 'starttls',
      description:
        '`starttls`: encrypted before anything else is said, or not sent; `tls`: encrypted from the first byte; `none`: in the clear.',
    }),
  ),
  tls_ca: Type.Optional(
    Type.String({
      pattern: '-----BEGIN CERTIFICATE-----',
      errorMessage: 'expected certificates in PEM, which begin with -----BEGIN CERTIFICATE-----',
      description: 'Certificates (PEM) to trust instead of the well-known ones, for a server with one of its own.',
    }),
  ),
  username: Type.Optional(Type.String({ minLength: 1, description: 'With `password`: who logs in.' })),
  password: Type.Optional(Type.String({ minLength: 1, secret: true, description: 'With `username`.' })),
  from_address: Type.String({
    minLength: 3,
    description: 'Who it is from: `alerts@example.com` or `Acme Alerts <alerts@example.com>`.',
  }),
  to: Type.Optional(
    Type.Union(
      [Type.String({ minLength: 3 }), Type.Array(Type.String({ minLength: 3 }), { minItems: 1, maxItems: 50 })],
      {
        description: 'Who gets what names no recipient in its payload.',
      },
    ),
  ),
})
export type EmailConfig = Static<typeof EmailConfig>

const PORTS = { starttls: 587, tls: 465, none: 25 } as const
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i

/** Sends mail by SMTP, as text and HTML. */
export const email: ProviderType<EmailConfig> = {
  type: 'email',
  describes: 'Sends a mail with text and HTML by an SMTP server.',
  schema: EmailConfig,
  create(name, config, machine) {
    const server = serverOf(name, config)
    const from = configured(name, 'from_address', config.from_address)
    if (from.length !== 1) throw invalid(name, 'from_address: expected one address')
    const defaults = configured(name, 'to', config.to)
    const render = machine.render ?? createRenderer()
    return {
      name,
      type: 'email',
      async deliver(action, context) {
        const { mail, messageId } = await mailOf(action, context, {
          from: from[0]!,
          defaults,
          render,
        })
        const { accepted, refused, answer } = await sendMail(server, mail, context.signal)
        return {
          status: refused.length === 0 ? 'success' : 'partial',
          body: { message_id: messageId, accepted, ...(refused.length > 0 && { refused }), answer },
          headers: {},
        }
      },
      check: ({ signal }) => checkServer(server, signal),
    }
  },
}

interface Letterhead {
  from: Mailbox
  defaults: Mailbox[]
  render: Render
}

/** @throws DeliveryError `final` for an action that no mail can be made of */
async function mailOf(
  action: Action,
  context: DeliveryContext,
  { from, defaults, render }: Letterhead,
): Promise<{ mail: OutgoingMail; messageId: string }> {
  const recipients = recipientsOf(action, defaults)
  const attachments = filesOf(action)
  const { subject, text, html } = contentOf(render, 'email', action, context)
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  // The same over all attempts, so that whoever gets it twice can tell.
  const messageId = `<${sha256(context.idempotency_key).slice(0, 40)}@${domain}>`
  const node = new MailComposer({
    from,
    ...recipients,
    messageId,
    // Neither the moment nor chance: each attempt sends the same bytes.
    date: new Date(context.dispatched_at ?? Date.parse(action.created_at)),
    ...{ baseBoundary: sha256(`boundary ${context.idempotency_key}`).slice(0, 40) },
    subject,
    text,
    html,
    attachments,
    ...threadOf(action, context, domain),
    headers: {
      // RFC 3834: no out-of-office answers to a machine.
      'Auto-Submitted': 'auto-generated',
      'X-Acteon-Action': encodeURIComponent(action.id).slice(0, 800),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  const envelope = node.getEnvelope()
  return { messageId, mail: { from: envelope.from || from.address, to: envelope.to, raw: await node.build() } }
}

/** What is said of one event stands together in a mail program. */
function threadOf({ namespace, tenant }: Action, { event }: DeliveryContext, domain: string): { references?: string } {
  if (event === undefined) return {}
  const occurrence = keyOf(namespace, tenant, event.state_machine, event.fingerprint, String(event.occurrence))
  return { references: `<event.${sha256(occurrence).slice(0, 40)}@${domain}>` }
}

const invalid = (provider: string, problem: string): ActeonError =>
  new ActeonError('CONFIG_INVALID', `Provider "${provider}": ${problem}.`, { provider })

function configured(provider: string, field: string, given: string | string[] | undefined): Mailbox[] {
  try {
    return mailboxes(field, given)
  } catch (error) {
    if (error instanceof DeliveryError) throw invalid(provider, error.message.replace(/\.$/, ''))
    throw error
  }
}

function serverOf(provider: string, config: EmailConfig): SmtpServer {
  const { smtp_host: host, tls = 'starttls', username, password, tls_ca: trust } = config
  if ((username === undefined) !== (password === undefined))
    throw invalid(
      provider,
      `"${username === undefined ? 'username' : 'password'}" is missing, which the other one needs`,
    )
  if (password !== undefined && tls === 'none' && !LOOPBACK.test(host))
    throw invalid(provider, 'tls = "none" would send the password in the clear; use "starttls" or "tls"')
  const login = username === undefined ? undefined : { user: username, pass: password! }
  return { host, port: config.smtp_port ?? PORTS[tls], tls, login, trust }
}
