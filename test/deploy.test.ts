import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { ROOT, startServer } from './server.js'

const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

interface Compose {
  services: Record<string, { command?: string[]; profiles?: string[]; build?: string; volumes?: string[] }>
}

describe('what a deployment is made of', () => {
  it('the compose file starts Redis by default, so that nothing acknowledged is lost or evicted', () => {
    const { services } = parse(text('docker-compose.yml')) as Compose
    expect(services['redis']!.profiles).toBeUndefined()
    expect(services['redis']!.command!.join(' ')).toBe('redis-server --appendonly yes --maxmemory-policy noeviction')
    expect(services['postgres']!.profiles).toEqual(['postgres'])
    const bound = services['acteon']!.volumes!.flatMap((volume) => /^\.\/([^:]+)/.exec(volume)?.[1] ?? [])
    for (const path of bound) expect(existsSync(join(ROOT, path)), path).toBe(true)
  })

  it('the Dockerfile copies what is there, and does not run as root', () => {
    const lines = text('Dockerfile').split('\n')
    const copied = lines.flatMap((line) => /^COPY (?!--from)(.+) \S+$/.exec(line)?.[1]?.split(' ') ?? [])
    expect(copied).toContain('package-lock.json')
    for (const path of copied) expect(existsSync(join(ROOT, path)), path).toBe(true)
    expect(lines).toContain('USER node')
    const built = lines.flatMap((line) => /^COPY --from=build \/build\/(\S+)/.exec(line)?.[1] ?? [])
    expect(built).toContain('dist')
  })

  it('the dashboard asks for metrics that the gateway has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'acteon-deploy-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const server = await startServer({
      cwd: ROOT,
      config: 'examples/first-steps/acteon.toml',
      env: {
        ACTEON_STATE__PATH: join(folder, 'data'),
      },
    })
    const metrics = await (await fetch(`${server.url}/metrics/prometheus`)).text()
    await server.stop()
    const known = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!))
    const asked = [...text('deploy/grafana-dashboard.json').matchAll(/(?:acteon|nodejs)_[a-z0-9_]+/g)].map(([name]) =>
      name.replace(/_bucket$/, ''),
    )
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter((name) => !known.has(name))).toEqual([])
  })

  it('the dashboard is what its script makes', async () => {
    const { dashboard } = (await import(join(ROOT, 'scripts', 'dashboard.mjs'))) as { dashboard: () => unknown }
    expect(JSON.parse(text('deploy/grafana-dashboard.json'))).toEqual(dashboard())
  })
})
