import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** A certificate and its key, PEM. */
export interface Certificate {
  cert: string
  key: string
  name: string
  privateKey: KeyObject
}

/** The few forms of DER (X.690) that a certificate (RFC 5280) is made of. */
const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts)
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const oid = (text: string): Buffer => der(0x06, hex(text))
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text))
const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content)
const time = (ms: number): Buffer =>
  der(0x18, Buffer.from(new Date(ms).toISOString().replace(/[-:T]/g, '').replace(/\.\d+/, '')))
const nameOf = (common: string): Buffer => sequence(der(0x31, sequence(oid('550403'), utf8(common))))
const extension = (id: string, value: Uint8Array): Buffer => sequence(oid(id), der(0x01, hex('ff')), der(0x04, value))
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
const pem = (label: string, content: Buffer): string =>
  `-----BEGIN ${label}-----\n${content.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`

/**
 * Makes a certificate over a new P-256 key: an authority that signs itself, or one of `localhost` and 127.0.0.1 that
 * `issuer` signed.
 */
export function makeCertificate(
  name: string,
  { issuer, validForMs = 86_400_000 }: { issuer?: Certificate; validForMs?: number } = {},
): Certificate {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const now = Date.now()
  const alternatives = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([0x01, ...randomBytes(15)])),
    ECDSA_SHA256,
    nameOf(issuer?.name ?? name),
    sequence(time(now - 86_400_000), time(now + validForMs)),
    nameOf(name),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        issuer === undefined
          ? extension('551d13', sequence(der(0x01, hex('ff'))))
          : sequence(oid('551d11'), der(0x04, alternatives)),
      ),
    ),
  )
  const signature = sign('sha256', content, issuer?.privateKey ?? privateKey)
  return {
    cert: pem('CERTIFICATE', sequence(content, ECDSA_SHA256, bits(signature))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    name,
    privateKey,
  }
}
