import { isIPv4, isIPv6 } from 'node:net'
import type { Problem } from './problems.js'

/**
 * Without access control whoever reaches the port may do everything, so only a loopback address is taken unless
 * `[server] allow_unauthenticated` says otherwise.
 * @returns what is wrong with listening there, or null
 */
export function listenProblem(
  host: string,
  { server, auth }: { server: { allow_unauthenticated: boolean }; auth: { enabled: boolean } },
): Problem | null {
  if (auth.enabled || server.allow_unauthenticated || isLoopback(host)) return null
  const message =
    `"${host}" can be reached from other machines, and nobody would have to say who they are. Create a key and turn access control on:\n` +
    '  acteon auth create-key admin --role admin >> auth.toml\n' +
    '  ACTEON_AUTH__ENABLED=true acteon -c acteon.toml      (or [auth] enabled = true)\n' +
    'Or listen on 127.0.0.1; or, where everybody who reaches the port may do everything, set [server] ' +
    'allow_unauthenticated = true (ACTEON_SERVER__ALLOW_UNAUTHENTICATED=true)'
  return { kind: 'invalid', path: ['server', 'host'], message }
}

/** Whether only this machine can reach an address. A name other than `localhost` may lead anywhere. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (isIPv4(bare)) return bare.startsWith('127.')
  if (isIPv6(bare))
    return bare === '::1' || /^(0{1,4}:){7}0{0,3}1$/.test(bare) || /^::ffff:127\.\d+\.\d+\.\d+$/.test(bare)
  return bare === 'localhost'
}
