import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.js'
import { makeCertificate, type Certificate } from '../lib/certificates.fixture.js'
import { createLog } from './log.js'
import { startServer, type RunningServer } from './start.js'
import { readTls } from './tls.js'

const folder = mkdtempSync(join(tmpdir(), 'acteon-tls-'))
const file = (name: string): string => join(folder, name)
const authority = makeCertificate('Test authority')
const first = makeCertificate('first', { issuer: authority })
const client = makeCertificate('client', { issuer: authority })
const stranger = makeCertificate('stranger', { issuer: makeCertificate('Another authority') })
let server: RunningServer | undefined
const lines: string[] = []

function write({ cert, key }: Certificate): void {
  writeFileSync(file('key.pem'), key)
  writeFileSync(file('cert.pem'), cert)
}
beforeAll(() => {
  mkdirSync(file('rules'))
  write(first)
  writeFileSync(file('ca.pem'), authority.cert)
})
afterEach(async () => {
  await server?.stop()
  server = undefined
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start(more = ''): Promise<number> {
  const text = `[server]\nport = 0\n[server.tls]\ncert = "cert.pem"\nkey = "key.pem"\n${more}[state]\nbackend = "memory"\n`
  const { config, problems } = await parseConfig({ text, file: 'acteon.toml', folder }, {})
  if (config === undefined) throw new Error(JSON.stringify(problems))
  server = await startServer(config, { log: createLog({ level: 'info', format: 'json' }, (line) => lines.push(line)) })
  expect(server.url).toMatch(/^https:/)
  return Number(new URL(server.url).port)
}

interface Answer {
  status: number
  headers: Record<string, unknown>
  body: string
}
const get = (port: number, options: object = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false })
    request({ host: '127.0.0.1', port, path: '/health', ca: authority.cert, agent, ...options }, (answer) => {
      let body = ''
      answer.on('data', (chunk) => (body += String(chunk)))
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body }))
    })
      .on('error', reject)
      .end()
  })
const subjectOf = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })

describe('a server with [server.tls]', () => {
  it('serves HTTPS, tells browsers to stay there, and speaks nothing older than TLS 1.2', async () => {
    const port = await start()
    const { status, headers } = await get(port)
    expect([status, headers['strict-transport-security']]).toEqual([200, 'max-age=31536000'])
    await expect(
      get(port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    ).rejects.toThrow()
    await expect(get(port, { ca: stranger.cert })).rejects.toThrow()
    const plain = new Promise((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', port, path: '/health' }, resolve).on('error', reject).end()
    })
    await expect(plain).rejects.toThrow()
  }, 30_000)

  it('exchanges its certificate when the files change, without a restart, and keeps it when they are wrong', async () => {
    const port = await start()
    expect(await subjectOf(port)).toBe('first')
    write(makeCertificate('second', { issuer: authority }))
    await expect.poll(() => subjectOf(port), { timeout: 15_000 }).toBe('second')
    writeFileSync(file('cert.pem'), 'no certificate')
    await expect.poll(() => lines.some((line) => line.includes('were refused')), { timeout: 15_000 }).toBe(true)
    expect(await subjectOf(port)).toBe('second')
    write(makeCertificate('third', { issuer: authority }))
    await server!.reload()
    expect(await subjectOf(port)).toBe('third')
    write(first)
  }, 60_000)

  it('with client_ca lets in who shows a certificate of that authority, and nobody else', async () => {
    const port = await start('client_ca = "ca.pem"\n')
    expect(await get(port, { cert: client.cert, key: client.key })).toMatchObject({ status: 200 })
    await expect(get(port)).rejects.toThrow()
    await expect(get(port, { cert: stranger.cert, key: stranger.key })).rejects.toThrow()
    await server!.reload()
    await expect(get(port)).rejects.toThrow()
  }, 30_000)

  it('says when the certificate soon ends', async () => {
    write(makeCertificate('short', { issuer: authority, validForMs: 3_600_000 }))
    lines.length = 0
    await start()
    expect(lines.some((line) => line.includes('ends within two weeks'))).toBe(true)
    write(first)
  }, 30_000)
})

describe('files that do not fit are refused at start, by name, without what is in them', () => {
  it.each<[string, Partial<Record<'cert' | 'key' | 'client_ca', string>>, RegExp]>([
    ['no such file', { cert: 'nowhere.pem' }, /^server\.tls\.cert: .*nowhere\.pem cannot be read \(ENOENT\)$/],
    ['no certificate', { cert: 'key.pem' }, /^server\.tls\.cert: .*key\.pem holds no certificate/],
    ['no key', { key: 'cert.pem' }, /^server\.tls\.key: .*cert\.pem is no private key/],
    ['another key', { key: 'other.pem' }, /^server\.tls\.key: .*other\.pem is not the key of the certificate/],
    ['no authority', { client_ca: 'key.pem' }, /^server\.tls\.client_ca: .*holds no certificate/],
  ])('%s', (_what, change, message) => {
    writeFileSync(file('other.pem'), client.key)
    const files = { cert: 'cert.pem', key: 'key.pem', ...(change as { client_ca?: string }) }
    const { cert, key, client_ca } = files
    const paths = { cert: file(cert), key: file(key), ...(client_ca !== undefined && { client_ca: file(client_ca) }) }
    const error = (() => {
      try {
        readTls(paths)
      } catch (thrown) {
        return thrown as Error
      }
      throw new Error('was taken')
    })()
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('BEGIN PRIVATE')
  })
})
