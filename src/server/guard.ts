import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { ActeonError } from '../lib/errors.js'

/** Headers of every answer. The page needs nothing from elsewhere and nothing inline, so everything else is refused. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
}

/** What else answers are given that must not be kept: all but the page's own files. */
export const NO_STORE = 'no-store'

/** Sent once the request came by TLS: ours, or a proxy's in front of us, as that says. */
export const STRICT_TRANSPORT = 'max-age=31536000'
export const cameByTls = ({ headers, raw }: { headers: IncomingHttpHeaders; raw: IncomingMessage }): boolean =>
  (raw.socket as Partial<TLSSocket>).encrypted === true ||
  String(headers['x-forwarded-proto'] ?? '')
    .split(',')[0]!
    .trim() === 'https'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses what a browser sends on behalf of another site's page. A body is taken as JSON whatever its Content-Type
 * says, so a form on any page could otherwise hand in actions; programs send neither of these headers. Sec-Fetch-Site is
 * believed first: no page can set it, and it is right behind a proxy that changes Host too. Browsers leave it out on
 * plain HTTP, where Origin is held against Host.
 * @throws ActeonError CROSS_SITE
 */
export function refuseCrossSite(method: string, headers: IncomingHttpHeaders): void {
  if (SAFE.has(method)) return
  const site = headers['sec-fetch-site']
  const { origin } = headers
  const foreign =
    site === undefined
      ? origin !== undefined && hostOf(origin) !== headers.host?.toLowerCase()
      : site !== 'same-origin' && site !== 'none'
  if (!foreign) return
  throw new ActeonError(
    'CROSS_SITE',
    `A browser sent this from ${origin === undefined ? 'another site' : `the page of ${JSON.stringify(String(origin).slice(0, 200))}`}; only this server's own pages and programs may change anything here.`,
  )
}

/** Host and port of an Origin; undefined for `null` and what is none. */
function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host
  } catch {
    return undefined
  }
}
