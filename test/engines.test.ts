import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import semver from 'semver'
import { describe, expect, it } from 'vitest'

interface Locked {
  version: string
  engines?: { node?: string }
  license?: string
  dev?: boolean
  hasInstallScript?: boolean
  resolved?: string
  integrity?: string
  optional?: boolean
  link?: boolean
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }
const own = JSON.parse(readFileSync('package.json', 'utf8')) as {
  engines: { node: string }
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
const packages = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ path, name: path.slice(path.lastIndexOf('node_modules/') + 13), ...entry }))

describe('the packages that are installed', () => {
  it('all take the oldest Node that we promise', () => {
    const oldest = semver.minVersion(own.engines.node)!.version
    expect(oldest).toBe('20.20.0')
    const refusing = packages.filter(({ engines }) => !semver.satisfies(oldest, engines?.node ?? '*'))
    expect(refusing.map(({ name, version, engines }) => `${name}@${version} wants ${engines?.node}`)).toEqual([])
  })

  it('may be used under Apache-2.0 terms where they ship with us', () => {
    const free = /^\(?(MIT|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|BlueOak-1\.0\.0|0BSD)\b/
    const shipped = packages.filter(({ dev }) => dev !== true)
    expect(shipped.length).toBeGreaterThan(20)
    expect(
      shipped.filter(({ license }) => !free.test(license ?? 'none')).map((p) => `${p.name}: ${p.license}`),
    ).toEqual([])
  })

  // .npmrc forbids install scripts; what has one must be known to work without it.
  it('do not need an install script', () => {
    const scripted = packages.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name)
    const known = [
      '@photostructure/sqlite', // the script would rebuild what the package brings as binaries
      '@scarf/scarf', // usage statistics of swagger-ui-dist; nothing is missing without them
      'fsevents', // macOS only, brings its binary
    ]
    expect(scripted.filter((name) => !known.includes(name))).toEqual([])
  })

  it('are few where they ship with us', () => {
    // What is optional are binaries for other platforms; no machine has more than one of them.
    const shipped = packages.filter(({ dev, optional }) => dev !== true && optional !== true)
    expect(shipped.length).toBeGreaterThan(20)
    expect(shipped.length).toBeLessThanOrEqual(115)
  })

  it('are the bytes that were once looked at: each has its hash in the lockfile', () => {
    const unhashed = packages.filter(({ integrity, link }) => link !== true && !/^sha512-/.test(integrity ?? ''))
    expect(unhashed.map(({ name }) => name)).toEqual([])
    expect(readFileSync('.npmrc', 'utf8')).toContain('ignore-scripts=true')
  })

  it('can be listed for others, as a bill of materials', () => {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const said = execFileSync(npm, ['run', '--silent', 'sbom'], { encoding: 'utf8', maxBuffer: 64 * 1_024 * 1_024 })
    const { bomFormat, components } = JSON.parse(said) as { bomFormat: string; components: { name: string }[] }
    expect(bomFormat).toBe('CycloneDX')
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['fastify', 'undici']))
  }, 120_000)

  it('are pinned to one version each, and come from the registry that npm is set to', () => {
    const ranges = Object.entries({ ...own.dependencies, ...own.devDependencies })
    expect(ranges.filter(([, version]) => semver.valid(version) === null)).toEqual([])
    const elsewhere = packages.filter(
      ({ resolved }) => !(resolved ?? 'https://registry.npmjs.org/').startsWith('https://registry.npmjs.org/'),
    )
    expect(elsewhere.map(({ name }) => name)).toEqual([])
  })
})
