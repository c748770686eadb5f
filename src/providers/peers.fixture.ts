import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'

/** A request as a peer received it. */
export interface Received {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

export interface Peer {
  port: number
  /** `http://127.0.0.1:PORT` (`https://localhost:PORT`). */
  origin: string
  received: Received[]
  /** Connections that were taken. */
  connections: number
}

const open: Server[] = []
const sockets = new Set<Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function listen(server: Server, scheme: string, peer: Peer): Promise<Peer> {
  server.on('connection', (socket: Socket) => {
    peer.connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(server)
  peer.port = (server.address() as AddressInfo).port
  peer.origin = scheme === 'https' ? `https://localhost:${peer.port}` : `http://127.0.0.1:${peer.port}`
  return peer
}

type Respond = (request: Received, response: ServerResponse, index: number) => void

const handler =
  (peer: Peer, respond: Respond) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const received = {
        method,
        url,
        headers: headers as Record<string, string>,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      peer.received.push(received)
      respond(received, response, peer.received.length - 1)
    })
  }

const newPeer = (): Peer => ({ port: 0, origin: '', received: [], connections: 0 })

/** A real HTTP server on loopback; closed after the test. */
export function httpPeer(respond: Respond): Promise<Peer> {
  const peer = newPeer()
  return listen(createHttpServer(handler(peer, respond)), 'http', peer)
}

/** The same over TLS, with a certificate that nobody knows. */
export function httpsPeer(respond: Respond): Promise<Peer> {
  const peer = newPeer()
  return listen(createHttpsServer({ key: KEY, cert: CERTIFICATE }, handler(peer, respond)), 'https', peer)
}

/** A raw TCP server: what it says is what is on the wire. */
export function tcpPeer(onSocket: (socket: Socket, peer: Peer) => void): Promise<Peer> {
  const peer = newPeer()
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy())
    onSocket(socket, peer)
  })
  return listen(server, 'http', peer)
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Self-signed, for localhost and 127.0.0.1; of use in these tests only. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUB3jV9t4Ux0JjWUoO/khBvnIj4tMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE2MjIwMFoYDzIxMjYxMTAx
MTYyMjAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASmUM1bMKb2EoEt+YUB7Tg0s1C1UiKIJoWg4vZnZJVDM9PoJK79bg5o
j39RzIhFfU+BZLqVPl5tEqEfazOxQ93qo28wbTAdBgNVHQ4EFgQUB+Ns49TDZFgC
6OTiu9S39MuVRs0wHwYDVR0jBBgwFoAUB+Ns49TDZFgC6OTiu9S39MuVRs0wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgXspIznwpSt2NHsAhi18FDAkrZbEGJJTGP+++J2NXWYwCIC1G
p4d5HbDBj6QNziidE2niJ5GWZM2XTrzHa8YiVPUL
-----END CERTIFICATE-----
`

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwDV/ffkrUDvlvxMp
0I6exXi5wJJBijQRo58egWivOa2hRANCAASmUM1bMKb2EoEt+YUB7Tg0s1C1UiKI
JoWg4vZnZJVDM9PoJK79bg5oj39RzIhFfU+BZLqVPl5tEqEfazOxQ93q
-----END PRIVATE KEY-----
`
