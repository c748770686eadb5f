import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as the receiver got it, whole. */
export interface Call {
  key: string
  path: string
  /** SHA-256 of the bytes. */
  hash: string
  body: {
    id: string
    action_type: string
    payload: Record<string, unknown> & { ref?: string; group_id?: string; events?: { id: string }[] }
    event?: { fingerprint: string; version: number; new_state: string }
  }
  /** When its last byte came, and when it was answered; milliseconds. */
  arrivedAt: number
  answeredAt: number | null
}

export interface Receiver {
  port: number
  calls: Call[]
  close(): Promise<void>
}

/** A provider's other side, in this process: remembers all that it got, and takes its time over the answer. */
export async function startReceiver(random: () => number): Promise<Receiver> {
  const calls: Call[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const call: Call = {
        key: String(request.headers['idempotency-key']),
        path: request.url ?? '',
        hash: createHash('sha256').update(bytes).digest('hex'),
        body: JSON.parse(bytes.toString()) as Call['body'],
        arrivedAt: Date.now(),
        answeredAt: null,
      }
      calls.push(call)
      setTimeout(() => {
        call.answeredAt = Date.now()
        response.setHeader('content-type', 'application/json').end('{"ok":true}')
      }, random() * 25)
    })
    // A killed sender leaves half a request; it was never received.
    request.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
