import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from './server.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'acteon-hardening-'))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(
    join(folder, 'acteon.toml'),
    '[state]\npath = "./data"\n[log]\nformat = "json"\n[[providers]]\nname = "shown"\ntype = "log"\n',
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const config = (): string => join(folder, 'acteon.toml')
/** Code that runs in the process before Acteon does. */
const first = (code: string): Record<string, string> => ({
  NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(code)}"`,
})
const dispatch = (url: string, body: string): Promise<Response> => fetch(`${url}/v1/dispatch`, { method: 'POST', body })
const ACTION = '{"namespace":"n","tenant":"t","provider":"shown","action_type":"x"}'

describe('the process', () => {
  it('has no way from an object to what all objects inherit, and works without it', async () => {
    const server = await startServer({
      cwd: folder,
      config: config(),
      env: first(`process.on('exit', () => console.error('has __proto__:', '__proto__' in Object.prototype))`),
    })
    expect((await dispatch(server.url, ACTION)).status).toBe(200)
    const polluting =
      '{"namespace":"n","tenant":"t","provider":"shown","action_type":"x","payload":{"__proto__":{"a":1}}}'
    expect((await dispatch(server.url, polluting)).status).toBe(400)
    for (const path of ['/', '/openapi.json', '/metrics/prometheus', '/v1/audit', '/docs'])
      expect([path, (await fetch(server.url + path)).status]).toEqual([path, 200])
    expect(await server.stop()).toBe(0)
    expect(server.log()).toContain('has __proto__: false')
  }, 60_000)

  it.skipIf(process.platform === 'win32')('writes files that its own user alone can read', () => {
    const data = join(folder, 'data')
    for (const path of [data, ...readdirSync(data).map((name) => join(data, name))])
      expect([path, (statSync(path).mode & 0o077).toString(8)]).toEqual([path, '0'])
  })

  // A signal is what makes the fault.
  it.skipIf(process.platform === 'win32').each([
    ['thrown', `process.on('SIGUSR2', () => { throw new Error('boom-4711') })`],
    ['rejected', `process.on('SIGUSR2', () => void Promise.reject(new Error('boom-4711')))`],
  ])(
    'after a fault that nobody caught (%s) says so in its log, ends what it has in hand, and then itself',
    async (_, code) => {
      const server = await startServer({ cwd: folder, config: config(), env: first(code) })
      const ended = new Promise<number | null>((resolve) => server.child.once('exit', resolve))
      expect((await dispatch(server.url, ACTION)).status).toBe(200)
      server.child.kill('SIGUSR2')
      expect(await ended).toBe(70)
      const fatal = server
        .log()
        .split('\n')
        .filter((line) => line.includes('"level":"fatal"'))
      expect(fatal).toHaveLength(1)
      expect(fatal[0]).toContain('boom-4711')
    },
    90_000,
  )
})
