import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openPostgresAudit } from '../../audit/postgres/audit.js'
import { makeCertificate } from '../../lib/certificates.fixture.js'
import { completing, deliver, joined } from '../talk.fixture.js'
import { openPostgresState } from './open.js'
import { ownServer, type OwnServer } from './servers.fixture.js'

const authority = makeCertificate('authority')
const ofServer = makeCertificate('server', { issuer: authority })
const ofClient = makeCertificate('certified', { issuer: authority })

let server: OwnServer
let file: (name: string, text: string) => string
beforeAll(async () => {
  // Only what comes by TLS is let in, and one user only with a certificate of that name.
  const hba = [`hostssl all ${ofClient.name} all cert`, 'hostssl all all all trust', 'hostnossl all all all reject']
  server = await ownServer({
    settings: ['ssl=on', 'ssl_cert_file=server.pem', 'ssl_key_file=server.key', 'ssl_ca_file=ca.pem'],
    files: { 'server.pem': ofServer.cert, 'server.key': ofServer.key, 'ca.pem': authority.cert },
    hba,
  })
  file = server.write
  const client = new pg.Client({ connectionString: withParameters({ sslmode: 'no-verify' }) })
  await client.connect()
  await client.query(`CREATE ROLE ${ofClient.name} LOGIN SUPERUSER`)
  await client.end()
})
afterAll(() => server.remove())

const withParameters = (parameters: Record<string, string>, host = '127.0.0.1'): string => {
  const url = new URL(server.url)
  url.hostname = host
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}
async function worksOn(url: string): Promise<void> {
  const audit = await openPostgresAudit({ url, ttlMs: null })
  const store = await openPostgresState({ url, audit: { prefix: 'acteon', ttlMs: null } })
  try {
    const owner = await joined(store)
    const admission = await deliver(store, owner, { id: `a${Math.random()}` })
    expect(await store.complete(completing(admission))).toMatchObject({ kind: 'done' })
  } finally {
    await store.close()
    await audit.close()
  }
}

describe('state and records on PostgreSQL over TLS', () => {
  for (const sslmode of ['require', 'verify-ca', 'verify-full'])
    it(`with sslmode=${sslmode} are kept where an authority of one’s own signed the certificate, and nowhere else`, async () => {
      const warned = vi.spyOn(process, 'emitWarning')
      await worksOn(withParameters({ sslmode, sslrootcert: file('root.pem', authority.cert) }))
      const unknown = { code: 'STATE_UNAVAILABLE', message: expect.stringMatching(/who signed.*sslrootcert/) as string }
      await expect(openPostgresState({ url: withParameters({ sslmode }) })).rejects.toMatchObject(unknown)
      await expect(openPostgresAudit({ url: withParameters({ sslmode }), ttlMs: null })).rejects.toMatchObject(unknown)
      const other = file('other.pem', makeCertificate('another authority').cert)
      await expect(openPostgresState({ url: withParameters({ sslmode, sslrootcert: other }) })).rejects.toMatchObject({
        code: 'STATE_UNAVAILABLE',
      })
      expect(warned).not.toHaveBeenCalled()
      warned.mockRestore()
    })

  it('are not kept on a server whose certificate has another name', async () => {
    const url = withParameters({ sslmode: 'require', sslrootcert: file('root.pem', authority.cert) }, '127.0.0.2')
    await expect(openPostgresState({ url })).rejects.toMatchObject({
      message: expect.stringMatching(/certificate is of another name/) as string,
    })
  })

  it('are encrypted and no more with sslmode=no-verify, and refused without TLS where the server asks for it', async () => {
    await worksOn(withParameters({ sslmode: 'no-verify' }))
    await expect(openPostgresState({ url: withParameters({}) })).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' })
  })

  it('show a certificate instead of a password where the server takes one', async () => {
    const asOwn = (more: Record<string, string>): string => {
      const url = new URL(
        withParameters({ sslmode: 'require', sslrootcert: file('root.pem', authority.cert), ...more }),
      )
      url.username = ofClient.name
      return url.href
    }
    await worksOn(asOwn({ sslcert: file('client.pem', ofClient.cert), sslkey: file('client.key', ofClient.key) }))
    await expect(openPostgresState({ url: asOwn({}) })).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' })
  })
})
