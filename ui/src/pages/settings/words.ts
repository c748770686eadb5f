import type { Shape } from '../../api/client.ts'
import { count, duration, plural } from '../../lib/formats.ts'

type Me = Shape['Me']
type Value = Shape['ConfigValue']

/** How the server knows the caller. */
export const HOW: Record<Me['auth_method'], string> = {
  none: 'nothing: access control is off',
  api_key: 'an API key',
  jwt: 'a token',
  session: 'having signed in with this browser',
}

/** `acme, all namespaces, email and slack, all action types`. */
export function grantText({ tenants, namespaces, providers, actions }: Me['grants'][number]): string {
  const parts: [names: string[], all: string][] = [
    [tenants, 'tenants'],
    [namespaces, 'namespaces'],
    [providers, 'providers'],
    [actions, 'action types'],
  ]
  if (parts.every(([names]) => names.includes('*'))) return 'everything'
  return parts.map(([names, all]) => (names.includes('*') ? `all ${all}` : names.join(' and '))).join(', ')
}

/** As much of the configuration as is told in words. */
interface KeptBy {
  state?: { backend?: string; id_retention_seconds?: number }
  audit?: {
    enabled?: boolean
    backend?: string
    ttl_seconds?: number
    store_payload?: boolean
    redact?: { enabled?: boolean; fields?: string[] }
  }
  templates?: { directory?: string }
}
const BACKENDS: Readonly<Record<string, string>> = {
  embedded: 'one directory on this machine',
  memory: 'memory, gone at the end',
  redis: 'Redis, shared by all nodes',
  postgres: 'PostgreSQL, shared by all nodes',
}
const days = (seconds: number | undefined): string => (seconds === undefined ? 'always' : duration(seconds * 1_000))

/** What stays where, and for how long. */
export function keptOf(config: unknown): [label: string, text: string][] {
  const { state, audit, templates } = config as KeptBy
  const { redact } = audit ?? {}
  const where = [...new Set([state?.backend, audit?.backend].filter((name) => name !== undefined))]
  const masked = redact?.enabled === true && (redact.fields ?? []).length > 0
  return [
    [
      'Records',
      audit?.enabled === false
        ? 'None: the audit trail is off.'
        : `For ${days(audit?.ttl_seconds)}, then they are removed.`,
    ],
    ['Payloads', audit?.store_payload === false ? 'Not kept in records.' : 'Kept in records, masked.'],
    ['Masked', masked ? `${redact!.fields!.join(', ')}, at any depth.` : 'Nothing is masked.'],
    ['Ids', `Each answers its first outcome again for ${days(state?.id_retention_seconds)}.`],
    ['Kept in', where.map((name) => BACKENDS[name] ?? name).join('; records in ')],
    [
      'Messages',
      templates?.directory === undefined
        ? 'Made by the templates that are built in.'
        : `Made by the templates of ${templates.directory}.`,
    ],
  ]
}

/** What is written above the values of a table: `[server]`, or `[[providers]] email`. */
export interface ValueGroup {
  title: string
  values: { name: string; text: string; value: Value }[]
}

/** The values in groups, as the file has them; the rest of a key is its name in the group. */
export function groupsOf(values: readonly Value[]): ValueGroup[] {
  const groups = new Map<string, ValueGroup>()
  for (const value of values) {
    const [table = value.key, name, index] = /^([^.[]+)(?:\[(\d+)\])?/.exec(value.key) ?? []
    // A list of tables that is empty is a value itself.
    const isList = index !== undefined || value.key === table
    const fresh = { title: isList ? `[[${name}]]` : `[${name}]`, values: [] }
    const group = groups.get(table) ?? fresh
    groups.set(table, group)
    const called = index === undefined ? undefined : nameIn(value, table)
    if (called !== undefined) group.title += ` ${called}`
    group.values.push({ ...namedIn(value, table), value })
  }
  return [...groups.values()]
}

/** What a value is called in its group. A state machine is one value, of which the states are told. */
function namedIn({ key, value }: Value, table: string): { name: string; text: string } {
  if (key !== table) return { name: key.slice(table.length + 1), text: valueText(value) }
  if (Array.isArray(value)) return { name: 'tables', text: valueText(value) }
  return { name: 'states', text: valueText(Object.keys((value as { states?: object }).states ?? {})) }
}

/** The name that an entry of a list of tables has: a value of its own, or in the value that is the whole entry. */
function nameIn({ key, value }: Value, table: string): string | undefined {
  const name = key === `${table}.name` ? value : key === table ? (value as { name?: unknown }).name : undefined
  return typeof name === 'string' ? name : undefined
}

/** A value as it is read: texts without quotes, lists with commas. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.map(valueText).join(', ')
  return JSON.stringify(value)
}

/** What of the values was set, and by whom, in a sentence or two. */
export function setText({ file, values }: Shape['ConfigValues']): string {
  const from = (kind: Value['from']): number => values.filter((value) => value.from === kind).length
  if (from('program') > 0)
    return 'A program gave this configuration when it started the server, so which values it set is not known.'
  const set = values.length - from('default')
  const read = file === null ? 'No file was read.' : `It was read from ${file}.`
  if (set === 0) return `${read} Every value is at its default.`
  const parts = [
    ...(from('file') > 0 ? [`${count(from('file'))} in the file`] : []),
    ...(from('environment') > 0 ? [`${count(from('environment'))} by the environment`] : []),
  ]
  return `${read} Of ${plural(values.length, 'value')} ${count(set)} are set: ${parts.join(', ')}. The others are at their default.`
}
