import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A port of this machine that leads to one server, and can be made to lead to another, as the name of a primary does. */
export interface MovingAddress {
  readonly port: number
  /** From now on it leads there; connections are cut, unless they are `kept`. */
  moveTo(server: { port: number }, options?: { kept: boolean }): void
  close(): void
}

export async function movingAddress(first: { port: number }): Promise<MovingAddress> {
  let { port } = first
  const sockets = new Set<Socket>()
  const proxy = createServer((from) => {
    const to = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (proxy.address() as AddressInfo).port,
    moveTo(server, { kept } = { kept: false }) {
      port = server.port
      if (!kept) cut()
    },
    close() {
      proxy.close()
      cut()
    },
  }
}
