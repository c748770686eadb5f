import type { LookupAddress } from 'node:dns'
import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { invalidSetting } from './address.js'
import { DeliveryError, type Resolve } from './provider.js'
import { isSpecialAddress, isSpecialName, rangesOf } from './special-addresses.js'

/** What addresses from payloads may be. */
export interface PayloadAddressTerms {
  ports: readonly number[]
  /** Whether `http:` is taken too. */
  http: boolean
  /** Names, and ranges such as `10.0.0.0/8`, that are taken though they are not public. */
  allow: readonly string[]
}

/** Decides over addresses that come from payloads. */
export interface AddressGuard {
  /** What can be said of an address before a connection. @throws DeliveryError `final` ADDRESS_NOT_ALLOWED */
  parse(text: string): URL
  /** Resolves a name for a connection, and refuses it when any of its addresses is special. */
  lookup: LookupFunction
}

const MAX_ADDRESS_LENGTH = 2_048

const notAllowed = (what: string): DeliveryError =>
  new DeliveryError(`The payload's address is refused: ${what}.`, { failure: 'final', code: 'ADDRESS_NOT_ALLOWED' })

/**
 * Guards against requests that a stranger makes us send into our own network. It judges the literal, after WHATWG's URL
 * has folded its odd forms (`0x7f.1`), and each address that a name resolves to at the moment of connecting: the
 * connection is made to these and no others, so a name that changes its mind gains nothing.
 * @throws ActeonError CONFIG_INVALID for an `allow` that is neither a name nor a range
 */
export function addressGuard(
  provider: string,
  { ports, http, allow }: PayloadAddressTerms,
  resolve: Resolve = (name) => dnsLookup(name, { all: true, verbatim: true }),
): AddressGuard {
  const isRange = (entry: string): boolean => entry.includes('/') || isIP(entry) !== 0
  const names = new Set(allow.filter((entry) => !isRange(entry)).map((name) => name.toLowerCase()))
  const allowed = allowedRanges(
    provider,
    allow.filter((entry) => isRange(entry)),
  )
  const mayBeCalled = (address: string): boolean => !isSpecialAddress(address) || allowed(address)

  return {
    parse(text) {
      if (text.length > MAX_ADDRESS_LENGTH) throw notAllowed(`it has more than ${MAX_ADDRESS_LENGTH} characters`)
      if (!URL.canParse(text)) throw notAllowed('expected one such as https://example.com/hook')
      const url = new URL(text)
      const scheme = url.protocol
      if (scheme !== 'https:' && !(http && scheme === 'http:'))
        throw notAllowed(`expected https://${http ? ' or http://' : ''}, found "${scheme}"`)
      if (url.username !== '' || url.password !== '') throw notAllowed('it holds credentials; give them as a header')
      const port = url.port === '' ? (scheme === 'https:' ? 443 : 80) : Number(url.port)
      if (!ports.includes(port)) throw notAllowed(`port ${port} is none of ${ports.join(', ')}`)
      const host = url.hostname.replace(/^\[|\]$/g, '')
      if (isIP(host) === 0 ? isSpecialName(host) && !names.has(host) : !mayBeCalled(host))
        throw notAllowed(`"${host}" is not of the public internet`)
      return url
    },
    lookup(name, options, done) {
      const answered = (addresses: readonly LookupAddress[]): void => {
        const special = names.has(name.toLowerCase()) ? undefined : addresses.find((one) => !mayBeCalled(one.address))
        const first = addresses[0]
        if (first === undefined) done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '')
        // The address is not shown: who sent this must not learn how our network is laid out.
        else if (special !== undefined) done(notAllowed(`"${name}" leads to what is not of the public internet`), '')
        else if (options.all === true) done(null, [...addresses])
        else done(null, first.address, first.family)
      }
      resolve(name).then(answered, (error: NodeJS.ErrnoException) => done(error, ''))
    },
  }
}

function allowedRanges(provider: string, ranges: readonly string[]): (address: string) => boolean {
  try {
    return rangesOf(ranges)
  } catch (error) {
    throw invalidSetting(provider, `payload_url_allow: ${(error as Error).message}`)
  }
}
