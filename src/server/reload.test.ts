import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseConfig, type LoadedConfig } from '../config/load.js'
import type { Config } from '../config/check.js'
import { createGateway } from '../gateway/create.js'
import type { Gateway } from '../gateway/gateway.js'
import { systemClock, systemEntropy } from '../lib/clock.js'
import { openTemplates, type Templates } from '../messages/templates.js'
import { createProviders } from '../providers/registry.js'
import { memoryState } from '../state/memory/open.js'
import { createLog } from './log.js'
import { createReload, type Reload } from './reload.js'

const log = createLog({ level: 'silent', format: 'json' }, () => undefined)
const makeProviders = (entries: Config['providers']) =>
  createProviders(entries, { clock: systemClock, entropy: systemEntropy, log: () => undefined })
const provider = (name: string, more = ''): string => `[[providers]]\nname = "${name}"\ntype = "log"\n${more}`
const machine = (state: string): string =>
  `[[state_machines]]\nname = "alert"\ninitial_state = "${state}"\nstates = ["${state}"]\n`

describe('a reload', () => {
  let folder: string
  let gateway: Gateway
  let templates: Templates
  let reload: Reload
  let text: string

  const configOf = async (): Promise<LoadedConfig> => {
    const { config, origins, problems } = await parseConfig({ text, file: 'acteon.toml', folder }, { SECRET: 'new' })
    if (config === undefined || origins === undefined)
      throw new Error(problems.map(({ message }) => message).join('; '))
    return { config, origins }
  }
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'acteon-reload-'))
    mkdirSync(join(folder, 'templates'))
    writeFileSync(join(folder, 'templates', 'log.liquid'), 'first')
    text = `[templates]\ndirectory = "templates"\n${provider('a')}${provider('b')}${machine('open')}`
    const first = await configOf()
    templates = await openTemplates(join(folder, 'templates'))
    gateway = await createGateway({
      state: memoryState({ clock: systemClock }),
      rules: {
        texts: [{ path: 'r.yaml', text: 'rules:\n  - { name: r, action: { type: reroute, target_provider: b } }\n' }],
      },
      providers: makeProviders(first.config.providers),
      machines: first.config.machines,
    })
    reload = createReload({ first, read: configOf, gateway, makeProviders, templates, log })
  })
  afterEach(async () => {
    await gateway.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('exchanges providers, state machines and templates, and names what needs a restart', async () => {
    writeFileSync(join(folder, 'templates', 'log.liquid'), 'second')
    writeFileSync(join(folder, 'templates', 'other.log.liquid'), 'more')
    text = `[server]\nport = 9\n[executor]\nmax_retries = 7\n[templates]\ndirectory = "templates"\n${provider('b', 'keep = 3\n')}${provider('c')}${machine('new')}`
    const before = templates.current().version
    expect(await reload.now()).toEqual({
      reloaded: true,
      providers: { total: 2, added: ['c'], changed: ['b'], removed: ['a'] },
      state_machines: { total: 1, added: [], changed: ['alert'], removed: [] },
      templates: 2,
      needs_restart: ['server.port', 'executor.max_retries'],
    })
    expect([...gateway.providers.keys()]).toEqual(['b', 'c'])
    expect(templates.current().version).not.toBe(before)
    expect(reload.config().providers.map(({ name }) => name)).toEqual(['b', 'c'])
    expect(reload.config().executor.max_retries).not.toBe(7)
    const { of } = reload.origins()
    const line = text.split('\n').indexOf('directory = "templates"') + 1
    expect(await of(['templates', 'directory'])).toEqual({ from: 'file', line })
    expect(await of(['providers', 0, 'keep'])).toEqual({ from: 'file', line: line + 4 })
    expect(await of(['executor', 'max_retries'])).toEqual({ from: 'default', needs_restart: true })
  })

  it.each([
    ['the file is wrong', () => (text = text.replace('type = "log"', 'type = "lug"'))],
    ['a rule names a provider that would be gone', () => (text = text.replace(provider('b'), ''))],
    ['a template is wrong', () => writeFileSync(join(folder, 'templates', 'log.liquid'), '{% if %}')],
  ])('changes nothing when %s, and says why until it succeeds', async (_, spoil) => {
    const sound = text
    spoil()
    const { version } = templates.current()
    const origins = reload.origins()
    await expect(reload.now()).rejects.toThrow()
    expect(reload.origins()).toBe(origins)
    expect(reload.problem()).toContain('the configuration was refused when it was reread')
    expect([...gateway.providers.keys()]).toEqual(['a', 'b'])
    expect(templates.current().version).toBe(version)
    expect((await gateway.dispatch({ namespace: 'n', tenant: 't', provider: 'a', action_type: 'x' })).type).toBe(
      'Rerouted',
    )
    text = sound
    writeFileSync(join(folder, 'templates', 'log.liquid'), 'first')
    await reload.now()
    expect(reload.problem()).toBeNull()
  })

  it('one after the other, and each reads what is there then', async () => {
    const results = await Promise.all([reload.now(), reload.now(), reload.now()])
    expect(results.map(({ providers }) => providers.total)).toEqual([2, 2, 2])
  })

  it('a server that a program started says that it has no file', async () => {
    const without = createReload({ first: await configOf(), read: null, gateway, makeProviders, templates, log })
    await expect(without.now()).rejects.toThrow('there is no file to reread')
  })
})
