import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { virtualClock } from '../testing/clock.js'
import { limitConnections } from './connections.js'

it('an address has no more connections than one may; when it closes one, it may open another', async () => {
  const clock = virtualClock(0)
  const said: unknown[] = []
  const server = createServer()
  limitConnections(server, 2, clock, { warn: (fields: unknown) => said.push(fields) } as never)
  server.on('connection', (socket) => {
    if (!socket.destroyed) socket.on('error', () => {}).write('hello')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const sockets: Socket[] = []
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const opened = (): Promise<'greeted' | 'ended'> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      sockets.push(socket)
      socket.once('data', () => resolve('greeted'))
      socket.once('error', () => resolve('ended')).once('close', () => resolve('ended'))
    })
  expect([await opened(), await opened(), await opened(), await opened()]).toEqual([
    'greeted',
    'greeted',
    'ended',
    'ended',
  ])
  expect(said).toEqual([{ address: '127.0.0.1', connections: 2 }])
  sockets[0]!.destroy()
  await expect.poll(opened).toBe('greeted')
  await clock.advance(60_000)
  expect(await opened()).toBe('ended')
  expect(said).toHaveLength(2)
})
