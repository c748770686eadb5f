import addressparser from 'nodemailer/lib/addressparser'
import type { Action } from '../action/action.js'
import { isObject, type Json } from '../lib/json.js'
import { DeliveryError } from './provider.js'

/** A mail address with the name shown beside it. */
export interface Mailbox {
  name: string
  address: string
}

/** A file as nodemailer takes it: always its bytes, never a path or an address to read it from. */
export interface MailFile {
  filename: string
  contentType: string
  content: Buffer
}

const MAX_RECIPIENTS = 50
const MAX_FILES = 20
const MAX_FILES_BYTES = 20 * 1024 * 1024
const MAX_LIST_LENGTH = 20_000

const refusal = (message: string): DeliveryError =>
  new DeliveryError(message, { failure: 'final', code: 'PROVIDER_REJECTED' })

// Either could end a header line and begin another, or a command.
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/
const ADDRESS = /^[^\s<>()[\]\\,;:@"]{1,64}@[^\s<>()[\]\\,;:@"]{1,253}$/u

/**
 * Reads addresses: a text such as `Ada <ada@example.com>, bob@example.com`, or a list of such texts and of
 * `{name, address}`.
 * @param field where they stand, for the error
 * @throws DeliveryError `final` for what is no address, or has a line break or another control character
 */
export function mailboxes(field: string, given: Json | undefined): Mailbox[] {
  if (given === undefined || given === null || given === '') return []
  const items = Array.isArray(given) ? given : [given]
  if (items.length > MAX_RECIPIENTS) throw tooMany(items.length)
  return items.flatMap((item) => {
    if (isObject(item)) return [checked(field, { name: item.name ?? '', address: item.address })]
    if (typeof item !== 'string') throw refusal(`${field}: expected an address, found ${JSON.stringify(item)}.`)
    if (CONTROL.test(item)) throw refusal(`${field}: an address may not have a line break or control character.`)
    if (item.length > MAX_LIST_LENGTH) throw refusal(`${field}: the list of addresses is too long.`)
    const found = addressparser(item, { flatten: true })
    if (found.length === 0) throw refusal(`${field}: expected an address, found "${item.slice(0, 100)}".`)
    return found.map((mailbox) => checked(field, mailbox))
  })
}

function checked(field: string, { name, address }: { name: unknown; address: unknown }): Mailbox {
  if (typeof name !== 'string' || typeof address !== 'string' || CONTROL.test(name) || !ADDRESS.test(address))
    throw refusal(
      `${field}: expected an address such as ada@example.com, found ${String(JSON.stringify(address)).slice(0, 100)}.`,
    )
  return { name: name.slice(0, 200), address }
}

const tooMany = (count: number): DeliveryError =>
  refusal(`The mail has ${count} recipients; at most ${MAX_RECIPIENTS} are sent to. Split it, or use a mailing list.`)

/** Whom a mail is for. */
interface Recipients {
  to: Mailbox[]
  cc: Mailbox[]
  bcc: Mailbox[]
  replyTo: Mailbox[]
}

/**
 * Whom an action's mail is for: as its payload says, and without `to`, `cc` and `bcc` there, the defaults.
 * @throws DeliveryError `final` for none, too many, or what is no address
 */
export function recipientsOf({ payload }: Action, defaults: Mailbox[]): Recipients {
  const own = (name: string): Mailbox[] => mailboxes(name, fieldOf(payload, name))
  const [to, cc, bcc, replyTo] = [own('to'), own('cc'), own('bcc'), own('reply_to')]
  const count = to.length + cc.length + bcc.length
  if (count > MAX_RECIPIENTS) throw tooMany(count)
  if (count > 0) return { to, cc, bcc, replyTo }
  if (defaults.length === 0)
    throw refusal('The mail has no recipient: set "to" in the payload, or default recipients ("to") for the provider.')
  return { to: defaults, cc, bcc, replyTo }
}

const fieldOf = (payload: Json, name: string): Json | undefined =>
  isObject(payload) && Object.hasOwn(payload, name) ? (payload[name] as Json) : undefined

const CONTENT_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/

/**
 * The files of an action, and of its payload's `attachments`: `{filename, content_type, data_base64}`.
 * @throws DeliveryError `final` for one without data, such as a path or an address, and for too many or too large ones
 */
export function filesOf({ attachments = [], payload }: Action): MailFile[] {
  const given = fieldOf(payload, 'attachments') ?? []
  if (!Array.isArray(given)) throw refusal('attachments: expected a list of {filename, content_type, data_base64}.')
  const all: unknown[] = [...attachments, ...given]
  if (all.length > MAX_FILES) throw refusal(`The mail has ${all.length} attachments; at most ${MAX_FILES} are sent.`)
  const files = all.map(fileOf)
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0)
  if (bytes > MAX_FILES_BYTES)
    throw refusal(`The attachments have ${bytes} bytes together; at most ${MAX_FILES_BYTES} are sent.`)
  return files
}

function fileOf(file: unknown, i: number): MailFile {
  const where = `attachments[${i}]`
  if (!isObject(file) || typeof file.data_base64 !== 'string')
    throw refusal(
      `${where}: "data_base64" is missing; files are sent by their bytes, never read from a path or address.`,
    )
  const { filename = file.name ?? `attachment-${i + 1}`, content_type = 'application/octet-stream', data_base64 } = file
  if (typeof filename !== 'string' || CONTROL.test(filename) || filename.length > 255)
    throw refusal(`${where}: filename: expected at most 255 characters without line breaks or control characters.`)
  if (typeof content_type !== 'string' || !CONTENT_TYPE.test(content_type))
    throw refusal(`${where}: content_type: expected a type such as "application/pdf".`)
  if (!BASE64.test(data_base64)) throw refusal(`${where}: data_base64: expected base64.`)
  return {
    filename: filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1),
    // A message or multipart inside would be taken for parts of this mail.
    contentType: /^(multipart|message)\//i.test(content_type) ? 'application/octet-stream' : content_type,
    content: Buffer.from(data_base64, 'base64'),
  }
}
