import { isAbsolute, resolve } from 'node:path'
import { Type, type TSchema } from 'typebox'
import { breakerProblems } from '../delivery/circuit-terms.js'
import { checkMachine } from '../events/machine.js'
import { isObject } from '../lib/json.js'
import { keyFromText } from '../lib/seal.js'
import { nearest } from '../lib/suggest.js'
import { compile, describe, type Issue } from '../lib/validate.js'
import type { MachineTable } from '../state/plan.js'
import { CATCH_ALL } from '../providers/lookup.js'
import { PROVIDER_TYPES, type ProviderEntry } from '../providers/registry.js'
import type { Problem } from './problems.js'
import { providerCheck, withDefaults } from './providers.js'
import { isSection, SECTIONS, type Sections } from './schema.js'
import { hide, masked, showAs } from './secrets.js'

/** The configuration as the rest of the program reads it: defaults filled in, paths absolute. */
export interface Config extends Sections {
  providers: ProviderEntry[]
  /** `[[state_machines]]` as written. */
  state_machines: unknown[]
  /** The same, checked and compiled. */
  machines: MachineTable[]
}

const LISTS = ['providers', 'state_machines'] as const
const checkSections = compile(Type.Object({ ...SECTIONS }))

/** Checks a parsed file, environment applied; the configuration is there when nothing is wrong. */
export function checkConfig(raw: Record<string, unknown>, folder: string): { config?: Config; problems: Problem[] } {
  const problems: Problem[] = []
  const say = (issues: Issue[], base: (string | number)[]): void => {
    for (const { path, message } of issues) problems.push({ kind: 'invalid', path: [...base, ...path], message })
  }
  for (const name of Object.keys(raw)) if (!isTopLevel(name)) say([unknownSection(name)], [])

  const filled = withDefaults(Type.Object({ ...SECTIONS }), pick(raw, Object.keys(SECTIONS)))
  const sections = checkSections(filled)
  if (!sections.ok) say(sections.issues.map(discreetly), [])

  const checkProvider = providerCheck()
  const providers = entriesOf(raw, 'providers', say, checkProvider, ({ entry }) => entry)
  const machines = entriesOf(raw, 'state_machines', say, checkMachine, ({ machine }) => machine)
  if (problems.length > 0 || !sections.ok) return { problems }

  const written = raw['state_machines'] as unknown[] | undefined
  const config: Config = { ...sections.value, providers, state_machines: written ?? [], machines }
  say(contradictions(config), [])
  if (problems.length > 0) return { problems }
  return { config: hidden(absolute(config, folder)), problems }
}

/** What an unset variable counts as where a configuration is only checked; nothing can be sealed with it. */
const STAND_IN = /^http:\/\/[a-z0-9_]+\.unset\.invalid$/

/** A key that is wrong is still a key: what was found is not repeated. */
const discreetly = (issue: Issue): Issue =>
  issue.path[0] === 'encryption'
    ? { ...issue, message: issue.message.replace(/, found .*$/s, ', found something else (not shown)') }
    : issue

const isTopLevel = (name: string): boolean =>
  Object.hasOwn(SECTIONS, name) || (LISTS as readonly string[]).includes(name)

function unknownSection(name: string): Issue {
  const sections = [...Object.keys(SECTIONS), ...LISTS]
  const near = nearest(name, sections)
  const hint = near === undefined ? `; known here: ${sections.join(', ')}` : `; did you mean "${near}"?`
  return { path: [name], message: `unknown name "${name}"${hint}` }
}

const pick = (raw: Record<string, unknown>, names: string[]): Record<string, unknown> =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(raw, name)).map((name) => [name, raw[name]]))

/** Checks each table of a list; names must differ. */
function entriesOf<Checked extends { issues: Issue[] }, Entry extends { name: string }>(
  raw: Record<string, unknown>,
  list: (typeof LISTS)[number],
  say: (issues: Issue[], base: (string | number)[]) => void,
  check: (entry: unknown) => Checked,
  entryOf: (checked: Checked) => Entry | undefined,
): Entry[] {
  const tables = raw[list] ?? []
  if (!Array.isArray(tables)) {
    say([{ path: [], message: `expected tables that begin with [[${list}]], found ${describe(tables)}` }], [list])
    return []
  }
  const found: Entry[] = []
  for (const [i, table] of tables.entries()) {
    const checked = check(table)
    say(checked.issues, [list, i])
    const entry = entryOf(checked)
    if (entry === undefined) continue
    const first = found.findIndex(({ name }) => name === entry.name)
    if (first >= 0)
      say(
        [{ path: ['name'], message: `the name "${entry.name}" is taken by ${list}[${first}]; names must differ` }],
        [list, i],
      )
    found.push(entry)
  }
  return found
}

/** What is wrong with values that are each right for themselves. */
function contradictions({ state, audit, providers, circuit_breaker, machines, encryption, alerts }: Config): Issue[] {
  const names = new Set(providers.map(({ name }) => name))
  const known = names.has(CATCH_ALL) ? undefined : names
  const issues: Issue[] = breakerProblems(circuit_breaker, known, (name) => nearest(name, names)).map(
    ({ path, message }) => ({ path: ['circuit_breaker', ...path], message }),
  )
  for (const [i, { terms }] of providers.entries()) {
    if (terms.retry_schedule === undefined || terms.deliver_within_seconds !== undefined) continue
    if (terms.ordering_key === undefined && machines.length === 0) continue
    const who = terms.ordering_key === undefined ? "an event's notifications" : 'actions with an ordering_key'
    issues.push({
      path: ['providers', i, 'retry_schedule'],
      message: `needs deliver_within_seconds beside it: ${who} go out one after the other, and one that is tried again for hours would hold back those behind it`,
    })
  }
  if (alerts.provider !== undefined && known !== undefined && !known.has(alerts.provider)) {
    const near = nearest(alerts.provider, names)
    const hint = near === undefined ? `known are ${[...names].join(', ') || 'none'}` : `did you mean "${near}"?`
    issues.push({ path: ['alerts', 'provider'], message: `there is no provider "${alerts.provider}"; ${hint}` })
  }
  for (const [section, { backend, url }] of Object.entries({ state, audit }))
    if (
      (backend === 'redis' || backend === 'postgres') &&
      url === undefined &&
      !(section === 'audit' && state.backend === 'postgres' && state.url !== undefined)
    )
      issues.push({ path: [section, 'url'], message: `is missing; backend "${backend}" needs the server's address` })
  if (state.backend === 'redis' && audit.enabled && audit.backend === undefined)
    issues.push({
      path: ['audit', 'backend'],
      message:
        'is missing; state on Redis keeps no records: name "postgres" for several nodes, or "embedded", which keeps those of one node',
    })
  if (
    state.tls !== undefined &&
    !(state.backend === 'redis' && (/^rediss/.test(state.url ?? 'rediss') || STAND_IN.test(state.url ?? '')))
  )
    issues.push({
      path: ['state', 'tls'],
      message:
        state.backend === 'redis'
          ? 'is there, and url does not begin with rediss, so nothing would be encrypted; write rediss instead of redis'
          : 'is for Redis; PostgreSQL takes sslmode, sslrootcert, sslcert and sslkey in its url',
    })
  if ((state.tls?.cert === undefined) !== (state.tls?.key === undefined))
    issues.push({ path: ['state', 'tls'], message: 'needs both cert and key, or neither' })
  for (const [i, key] of encryption.keys.entries())
    if (keyFromText(key) === null && !STAND_IN.test(key))
      issues.push({
        path: ['encryption', 'keys', i],
        message: 'is no key: expected 32 bytes as 64 hex digits or as base64; `openssl rand -hex 32` makes one',
      })
  if (new Set(encryption.keys.map((key) => keyFromText(key)?.toString('hex') ?? key)).size < encryption.keys.length)
    issues.push({ path: ['encryption', 'keys'], message: 'has the same key twice; each must differ' })
  if (state.require_durable && state.backend === 'memory')
    issues.push({
      path: ['state', 'require_durable'],
      message:
        'the memory backend loses everything when the process ends; use backend = "embedded" or set this to false',
    })
  return issues
}

/** Relative paths become absolute, from the folder of the file. */
function absolute(config: Config, folder: string): Config {
  const walk = (schema: TSchema, value: unknown): unknown => {
    if ((schema as { path?: boolean }).path === true && typeof value === 'string')
      return isAbsolute(value) ? value : resolve(folder, value)
    if (!isSection(schema) || !isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, walk(schema.properties[name]!, member)]),
    )
  }
  const sections = Object.entries(SECTIONS).map(([name, schema]) => [
    name,
    walk(schema, config[name as keyof Sections]),
  ])
  return { ...config, ...(Object.fromEntries(sections) as unknown as Sections) }
}

/** Printing or serialising the configuration, or any part of it, shows `[secret]` for its secrets. */
function hidden(config: Config): Config {
  for (const [name, schema] of Object.entries(SECTIONS)) hide(config[name as keyof Sections], schema)
  for (const entry of config.providers) {
    const { name, type, settings, terms } = entry
    const schema = PROVIDER_TYPES.get(type)!.schema
    hide(settings, schema)
    showAs(entry, () => ({ name, type, ...(masked(settings, schema) as object), ...terms }))
  }
  return config
}
