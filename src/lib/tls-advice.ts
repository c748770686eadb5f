/** What Node and OpenSSL say of a certificate that they do not take, by what helps. */
const UNKNOWN_AUTHORITY = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

/**
 * What to do about an error of TLS, as a sentence; null: it is another error.
 * @param where where the authority is named, `name the authority that signed it in …`
 */
export function tlsAdvice(error: unknown, where: string): string | null {
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string') return null
  if (UNKNOWN_AUTHORITY.has(code)) return `This machine does not know who signed its certificate: ${where}.`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'Its certificate is of another name: use the name that it was made for.'
  if (code === 'CERT_HAS_EXPIRED') return 'Its certificate has expired: renew it there.'
  if (code.startsWith('ERR_SSL_') && /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/.test(code))
    return 'It wants a certificate of this client.'
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'There is no TLS at this port.'
  return null
}
