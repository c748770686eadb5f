import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeCertificate } from './certificates.fixture.js'

it('every certificate is read again, whatever length its signature happens to have', () => {
  const issuer = makeCertificate('authority')
  for (let made = 0; made < 100; made++) {
    const { cert } = makeCertificate('x'.repeat(made % 48), { issuer })
    expect(new X509Certificate(cert).verify(new X509Certificate(issuer.cert).publicKey)).toBe(true)
  }
}, 30_000)
