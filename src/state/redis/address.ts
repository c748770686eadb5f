import { withoutPassword } from '../../lib/addresses.js'
import { ActeonError } from '../../lib/errors.js'

/** What `[state] url` names, with who logs in there. */
export type RedisAddress = {
  tls: boolean
  username?: string
  password?: string
} & (
  | { kind: 'server'; url: string }
  | { kind: 'cluster'; hosts: Host[] }
  /** The primary that sentinels (`hosts`) know under `name`. */
  | { kind: 'sentinel'; hosts: Host[]; name: string; db: number; sentinelPassword?: string }
)
export interface Host {
  host: string
  port: number
}

const SEVERAL = /^(rediss?)\+(cluster|sentinel):\/\/(?:([^@/]*)@)?([^/?]+)(?:\/([^/?]*)(?:\/(\d+))?)?(?:\?(.*))?$/
const PORTS = { cluster: 6379, sentinel: 26379 }

/**
 * Reads an address: `redis://host`, `redis+cluster://h1:6379,h2:6379`, `redis+sentinel://h1:26379,h2:26379/NAME`; with
 * `rediss` for TLS.
 * @throws ActeonError CONFIG_INVALID when it names none of them
 */
export function parseAddress(url: string): RedisAddress {
  if (/^rediss?:\/\/./.test(url)) return { kind: 'server', url, tls: url.startsWith('rediss') }
  const [, scheme, kind, login, list, name = '', db = '0', query = ''] = SEVERAL.exec(url) ?? []
  const hosts = list === undefined ? null : hostsOf(list, PORTS[kind as keyof typeof PORTS])
  const isCluster = kind === 'cluster'
  if (hosts === null || (isCluster ? name !== '' || query !== '' : name === '')) throw invalid(url)
  const [username, password] = (login ?? '').split(':').map(decodeURIComponent)
  const common = {
    hosts,
    tls: scheme === 'rediss',
    ...(username !== undefined && username !== '' && { username }),
    ...(password !== undefined && { password }),
  }
  if (isCluster) return { kind: 'cluster', ...common }
  const sentinelPassword = new URLSearchParams(query).get('sentinel_password')
  return {
    kind: 'sentinel',
    ...common,
    name: decodeURIComponent(name),
    db: Number(db),
    ...(sentinelPassword !== null && { sentinelPassword }),
  }
}

function hostsOf(list: string, port: number): Host[] | null {
  try {
    return list.split(',').map((text) => {
      const { hostname, port: named } = new URL(`redis://${text}`)
      return { host: hostname.replace(/^\[|\]$/g, ''), port: named === '' ? port : Number(named) }
    })
  } catch {
    return null
  }
}

const invalid = (url: string): ActeonError =>
  new ActeonError(
    'CONFIG_INVALID',
    `[state] url "${withoutPassword(url)}" names no Redis; write redis://host:6379, redis+cluster://host1:6379,host2:6379, or redis+sentinel://host1:26379,host2:26379/NAME for the primary that sentinels call NAME; rediss for TLS.`,
  )
