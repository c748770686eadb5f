import { once } from 'node:events'
import { createServer } from 'node:net'

const FIRST = 10_000
const LAST = 29_999
const MOST_TRIES = 100

/**
 * A port on 127.0.0.1 that nobody listens on, for a server that starts there later, perhaps not for the first time. It is
 * below those that a system gives out by itself: there, a connection of any program may take it before the server does.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1))
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
  throw new Error(`None of ${MOST_TRIES} ports between ${FIRST} and ${LAST} is free.`)
}
