import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate, type Certificate } from '../../lib/certificates.fixture.js'
import type { StateStore } from '../store.js'
import { completing, deliver, joined } from '../talk.fixture.js'
import { openRedisState, type RedisOptions } from './open.js'
import { freePort } from '../../lib/ports.fixture.js'
import { ownCluster, ownServer, type OwnServer } from './servers.fixture.js'

const authority = makeCertificate('authority')
const ofServer = makeCertificate('server', { issuer: authority })
const ofClient = makeCertificate('client', { issuer: authority })

const opened: StateStore[] = []
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'acteon-redis-tls-'))
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const written = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** A server that also listens with TLS, and the address of that. */
async function secured(of: Certificate, ...more: string[]): Promise<{ server: OwnServer; url: string }> {
  const port = await freePort()
  const server = await ownServer('--appendonly', 'yes', '--tls-port', String(port), ...certificatesOf(of), ...more)
  return { server, url: `rediss://127.0.0.1:${port}` }
}
function certificatesOf({ name, cert, key }: Certificate): string[] {
  const files = {
    cert: written(`${name}.pem`, cert),
    key: written(`${name}.key`, key),
    ca: written('ca.pem', authority.cert),
  }
  return ['--tls-cert-file', files.cert, '--tls-key-file', files.key, '--tls-ca-cert-file', files.ca]
}

async function open(options: RedisOptions): Promise<StateStore> {
  const store = await openRedisState({ partitions: 2, ...options })
  opened.push(store)
  return store
}
const worksOn = async (store: StateStore): Promise<void> => {
  const owner = await joined(store)
  expect(await store.complete(completing(await deliver(store, owner, { id: 'a1' })))).toMatchObject({ kind: 'done' })
}

describe('state on Redis over TLS', () => {
  it('is kept where an authority of one’s own signed the certificate, with a user and a password', async () => {
    const { server, url } = await secured(ofServer, '--tls-auth-clients', 'no')
    await server.send('ACL', 'SETUSER', 'acteon', 'on', '>secret', '~*', '&*', '+@all')
    await server.send('ACL', 'SETUSER', 'default', 'off')
    await worksOn(await open({ url: url.replace('//', '//acteon:secret@'), tls: { ca: authority.cert } }))
  })

  it('is not kept where nobody who is known signed it, and the answer says what to do', async () => {
    const { url } = await secured(ofServer, '--tls-auth-clients', 'no')
    await expect(openRedisState({ url })).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      message: expect.stringMatching(/does not know who signed.*\[state\.tls\] ca/) as string,
    })
    const other = makeCertificate('another authority')
    await expect(openRedisState({ url, tls: { ca: other.cert } })).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' })
  })

  it('is not kept on a server whose certificate has another name, or where there is no TLS', async () => {
    const { server, url } = await secured(ofServer, '--bind', '127.0.0.1', '127.0.0.2', '--tls-auth-clients', 'no')
    const tls = { ca: authority.cert }
    await expect(openRedisState({ url: url.replace('127.0.0.1', '127.0.0.2'), tls })).rejects.toMatchObject({
      message: expect.stringMatching(/certificate is of another name/) as string,
    })
    await expect(openRedisState({ url: server.url.replace('redis:', 'rediss:'), tls })).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    })
  })

  it('shows a certificate of its own to a server that asks for one', async () => {
    const { url } = await secured(ofServer)
    await expect(openRedisState({ url, tls: { ca: authority.cert } })).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    })
    await worksOn(await open({ url, tls: { ca: authority.cert, cert: ofClient.cert, key: ofClient.key } }))
  })

  it('lies in a cluster whose servers talk by TLS as well', async () => {
    const { url, servers } = await ownCluster([...certificatesOf(ofServer), '--tls-auth-clients', 'no'])
    expect(url).toMatch(/^rediss\+cluster:/)
    await worksOn(await open({ url, tls: { ca: authority.cert } }))
    for (const server of servers) await server.kill()
  }, 60_000)
})
