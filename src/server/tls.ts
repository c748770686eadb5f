import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server as HttpsServer } from 'node:https'
import { createSecureContext, type ConnectionOptions, type SecureContextOptions } from 'node:tls'
import { configError } from '../config/problems.js'
import type { Clock } from '../lib/clock.js'
import { watchFiles } from '../lib/watch.js'
import type { Logger } from './log.js'

/** `[server.tls]`: paths of PEM files. */
export interface TlsFiles {
  cert: string
  key: string
  client_ca?: string | undefined
}

/** What a listening server is made with. */
export type TlsTerms = SecureContextOptions & { requestCert: boolean; rejectUnauthorized: boolean }

/** So long before the end of a certificate it is time to see to the next. */
const SOON_MS = 14 * 86_400_000

/**
 * Reads the files of `[server.tls]` and checks that they fit each other. TLS 1.2 is the least; with `client_ca` a
 * connection without a certificate of that authority ends in the handshake.
 * @throws ActeonError CONFIG_INVALID that names the key of the configuration and the file, and never what is in it
 */
export function readTls(files: TlsFiles): TlsTerms {
  const read = (name: keyof TlsFiles): string => {
    try {
      return readFileSync(files[name]!, 'utf8')
    } catch (error) {
      throw refused(name, `${files[name]} cannot be read (${(error as NodeJS.ErrnoException).code})`)
    }
  }
  const cert = read('cert')
  const key = read('key')
  const ca = files.client_ca === undefined ? undefined : read('client_ca')
  for (const [name, pem] of [
    ['cert', cert],
    ['client_ca', ca],
  ] as const)
    if (pem !== undefined && firstCertificate(pem) === null)
      throw refused(name, `${files[name]} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`)
  const terms: TlsTerms = {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    minVersion: 'TLSv1.2',
    requestCert: ca !== undefined,
    rejectUnauthorized: ca !== undefined,
  }
  try {
    createSecureContext(terms)
  } catch (error) {
    const why = /key values mismatch/.test(String(error))
      ? `is not the key of the certificate in ${files.cert}`
      : 'is no private key in PEM form without a passphrase, or one that OpenSSL does not take'
    throw refused('key', `${files.key} ${why}`)
  }
  return terms
}

/**
 * Reads the files of `[state.tls]`.
 * @throws ActeonError CONFIG_INVALID that names the key of the configuration and the file
 */
export function readStateTls(files: {
  ca?: string | undefined
  cert?: string | undefined
  key?: string | undefined
}): ConnectionOptions {
  const terms: ConnectionOptions = {}
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = files[name]
    if (path === undefined) continue
    try {
      terms[name] = readFileSync(path, 'utf8')
    } catch (error) {
      throw refused(name, `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`, 'state')
    }
  }
  return terms
}

const refused = (name: string, message: string, section = 'server') =>
  configError([{ kind: 'invalid', path: [section, 'tls', name], message }])

function firstCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

/** Says in the log when a certificate has ended or soon will. */
export function tellOfEnd({ cert }: TlsTerms, clock: Clock, log: Logger): void {
  const certificate = firstCertificate(String(cert))
  if (certificate === null) return
  const ends = Date.parse(certificate.validTo)
  const fields = { subject: certificate.subject, valid_to: certificate.validTo }
  if (ends <= clock.now()) log.error(fields, 'tls: the certificate has ended; clients will refuse it')
  else if (ends - clock.now() < SOON_MS) log.warn(fields, 'tls: the certificate ends within two weeks')
}

/** Certificates that are exchanged while the server runs. */
export interface TlsReload {
  /** Reads the files again; what is wrong is logged, and the certificates in use stay. */
  now(): void
  close(): Promise<void>
}

/** Follows the files: new connections get the new certificate, those that are open go on. */
export function followTls(server: HttpsServer, files: TlsFiles, clock: Clock, log: Logger): TlsReload {
  let used = JSON.stringify(readTls(files))
  const now = (): void => {
    try {
      const terms = readTls(files)
      if (JSON.stringify(terms) === used) return
      server.setSecureContext(terms)
      used = JSON.stringify(terms)
      log.info('tls: the certificate was exchanged')
      tellOfEnd(terms, clock, log)
    } catch (error) {
      log.error({ err: error }, 'tls: the files were refused, those that are in use stay')
    }
  }
  const ends = Object.values(files)
    .filter((path) => path !== undefined)
    .map((path: string) => watchFiles(path, clock, now))
  return {
    now,
    async close() {
      await Promise.all(ends.map((end) => end()))
    },
  }
}
