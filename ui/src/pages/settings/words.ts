import type { Shape } from '../../api/client.ts'
import { duration } from '../../lib/formats.ts'

type Me = Shape['Me']

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
