import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { ActeonError } from './errors.js'

/**
 * Where a sealed text belongs. It opens only there: a text that was moved to another tenant, kind or id does not.
 * `kind` and `id` are the code's words (`action` and an action's id, `label` and nothing).
 */
export interface Place {
  namespace: string
  tenant: string
  kind: string
  id: string
}

/**
 * Seals texts with AES-256-GCM. The first key seals, all open. Subkeys are derived by HKDF-SHA-256, so the configured
 * key is never used itself. What comes out is a text of its own, `~sealed:1:KID:BASE64URL`, made of the SHA-256 over the
 * length-prefixed place (which is the additional authenticated data), a random 96-bit IV, the ciphertext and the tag.
 */
export interface Sealer {
  /** False: there is no key. Nothing is sealed, and whatever is found sealed is refused. */
  readonly seals: boolean
  /** Names of the keys, 8 hex digits each; the first seals. They tell nothing of the keys. */
  readonly kids: readonly string[]
  /** @throws ActeonError SEAL_FAILED; nothing is ever stored open instead */
  seal(text: string, place: Place): string
  /** @throws ActeonError SEALED_UNREADABLE: which key is missing, or that it belongs elsewhere or was changed */
  open(sealed: string, place: Place): string
  /**
   * Seals so that equal texts of a tenant look equal: what stores look up and compare by. The IV is a keyed hash of place
   * and text (a synthetic IV), so it repeats only with both.
   */
  sealSame(text: string, place: Place): string
  /** Every form that `sealSame` may have given a text, one for each key. */
  sameForms(text: string, place: Place): string[]
  /**
   * Seals anew whatever an older key sealed in a text (JSON for example), leaving all else as it is; null: there was
   * nothing to do. What cannot be opened stays, and is refused where it is read.
   */
  reseal(text: string): string | null
}

interface Key {
  kid: string
  seal: Buffer
  same: Buffer
  sameIv: Buffer
}

const TOKEN = /^~(sealed|same):1:([0-9a-f]{8}):([A-Za-z0-9_-]+)$/
const TOKENS = /~(sealed|same):1:([0-9a-f]{8}):([A-Za-z0-9_-]+)/g
const PLACE_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

/** Whether a value is a sealed text. */
export const isSealed = (value: unknown): value is string =>
  typeof value === 'string' && value.startsWith('~s') && TOKEN.test(value)

/** A sealer of raw keys, 32 bytes each; without any, one that seals nothing and refuses what is sealed. */
export function createSealer(secrets: readonly Uint8Array[]): Sealer {
  const keys = secrets.map(keyOfSecret)
  const byKid = new Map(keys.map((key) => [key.kid, key]))

  const keyNamed = (kid: string, where: string): Key => {
    const key = byKid.get(kid)
    if (key !== undefined) return key
    throw unreadable(
      `${where} was sealed with key ${kid}, which is ${keys.length === 0 ? 'needed and there is no [encryption] keys' : `not among [encryption] keys (${[...byKid.keys()].join(', ')})`}. Add that key to the list, behind the first.`,
      { kid },
    )
  }

  return {
    seals: keys.length > 0,
    kids: keys.map(({ kid }) => kid),
    seal: (text, place) => guarded(() => sealed('sealed', keys[0]!, randomBytes(IV_BYTES), text, placeHash(place))),
    open(token, place) {
      const where = placeText(place)
      const found = TOKEN.exec(token)
      if (found === null) throw unreadable(`${where} is not a sealed text of this version.`)
      const key = keyNamed(found[2]!, where)
      const bytes = Buffer.from(found[3]!, 'base64url')
      const hash = placeHash(place)
      if (bytes.length < PLACE_BYTES + IV_BYTES + TAG_BYTES || !bytes.subarray(0, PLACE_BYTES).equals(hash))
        throw unreadable(`What is stored as ${where} was sealed for another place: it was moved or exchanged.`)
      try {
        return opened(found[1] as Form, key, bytes, hash)
      } catch (cause) {
        throw unreadable(`What is stored as ${where} (key ${key.kid}) is damaged or was changed.`, {}, cause)
      }
    },
    sealSame: (text, place) => guarded(() => sameForm(keys[0]!, text, place)),
    sameForms: (text, place) => keys.map((key) => sameForm(key, text, place)),
    reseal(text) {
      const first = keys[0]
      if (first === undefined) return null
      let changed = false
      const after = text.replace(TOKENS, (token, form: Form, kid: string, content: string) => {
        const key = kid === first.kid ? undefined : byKid.get(kid)
        if (key === undefined) return token
        const bytes = Buffer.from(content, 'base64url')
        const hash = bytes.subarray(0, PLACE_BYTES)
        let plain: string
        try {
          plain = opened(form, key, bytes, hash)
        } catch {
          // Damaged, or never ours: whoever reads it is told.
          return token
        }
        changed = true
        const iv = form === 'same' ? sameIv(first, plain, hash) : randomBytes(IV_BYTES)
        return sealed(form, first, iv, plain, hash)
      })
      return changed ? after : null
    },
  }
}

type Form = 'sealed' | 'same'

function keyOfSecret(secret: Uint8Array): Key {
  if (secret.length !== 32)
    throw new ActeonError('CONFIG_INVALID', `A key for sealing has 32 bytes; found ${secret.length}.`)
  const derived = (purpose: string, size = 32): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `acteon ${purpose} v1`, size))
  return {
    kid: derived('kid', 4).toString('hex'),
    seal: derived('seal'),
    same: derived('same'),
    sameIv: derived('same iv'),
  }
}

const placeHash = ({ namespace, tenant, kind, id }: Place): Buffer => {
  const hash = createHash('sha256')
  for (const part of [namespace, tenant, kind, id]) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest()
}

const placeText = ({ namespace, tenant, kind, id }: Place): string =>
  `${kind}${id === '' ? '' : ` "${id}"`} of ${tenant}/${namespace}`

function sealed(form: Form, key: Key, iv: Buffer, text: string, hash: Buffer): string {
  const cipher = createCipheriv('aes-256-gcm', form === 'same' ? key.same : key.seal, iv)
  cipher.setAAD(hash)
  const content = [hash, iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return `~${form}:1:${key.kid}:${Buffer.concat(content).toString('base64url')}`
}

function opened(form: Form, key: Key, bytes: Buffer, hash: Buffer): string {
  const from = PLACE_BYTES + IV_BYTES
  const decipher = createDecipheriv(
    'aes-256-gcm',
    form === 'same' ? key.same : key.seal,
    bytes.subarray(PLACE_BYTES, from),
    { authTagLength: TAG_BYTES },
  )
  decipher.setAAD(hash)
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
  return Buffer.concat([decipher.update(bytes.subarray(from, bytes.length - TAG_BYTES)), decipher.final()]).toString(
    'utf8',
  )
}

const sameIv = (key: Key, text: string, hash: Uint8Array): Buffer =>
  createHmac('sha256', key.sameIv).update(hash).update(text).digest().subarray(0, IV_BYTES)

function sameForm(key: Key, text: string, place: Place): string {
  const hash = placeHash(place)
  return sealed('same', key, sameIv(key, text, hash), text, hash)
}

function guarded(seal: () => string): string {
  try {
    return seal()
  } catch (cause) {
    throw new ActeonError(
      'SEAL_FAILED',
      `The payload could not be sealed (${cause instanceof Error ? cause.message : String(cause)}), so nothing was stored. Try again.`,
      {},
      { cause, retryAfterMs: 1_000 },
    )
  }
}

const unreadable = (sentence: string, details: Record<string, unknown> = {}, cause?: unknown): ActeonError =>
  new ActeonError('SEALED_UNREADABLE', sentence, details, { cause })

/** A configured key, 32 bytes as 64 hex digits or as base64; null when it is neither. */
export function keyFromText(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 32 ? bytes : null
}
