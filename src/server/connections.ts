import type { Server } from 'node:net'
import type { Clock } from '../lib/clock.js'
import type { Logger } from './log.js'

/** So often at most it is said that an address has too many. */
const TELL_MS = 60_000

/**
 * Ends what an address opens beyond `most` connections at the same time, before anything is read from it, so that one
 * address alone cannot take all that the server has. Behind a proxy all callers come from its address.
 */
export function limitConnections(server: Server, most: number, clock: Clock, log?: Pick<Logger, 'warn'>): void {
  const open = new Map<string, number>()
  let toldAt = -Infinity
  server.on('connection', (socket) => {
    const address = socket.remoteAddress
    if (address === undefined) return
    const others = open.get(address) ?? 0
    if (others >= most) {
      socket.destroy()
      if (clock.monotonic() - toldAt < TELL_MS) return
      toldAt = clock.monotonic()
      log?.warn(
        { address, connections: others },
        'an address has as many connections open as one may; what it opens beyond is ended. Behind a proxy, raise [limits] connections_per_address',
      )
      return
    }
    open.set(address, others + 1)
    socket.once('close', () => {
      const left = open.get(address)! - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
  })
}
