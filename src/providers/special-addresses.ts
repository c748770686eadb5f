import { BlockList, isIP, isIPv4 } from 'node:net'

// Addresses that no stranger may make us call: those that are not of the public internet, by IANA's registries of
// special-purpose addresses (RFC 6890, as of 2025), and those under which clouds tell machines their secrets.

const SPECIAL_IPV4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carriers' NAT; Tailscale
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's own service
  '169.254.0.0/16', // link-local; metadata of clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // class E and broadcast
]

/** Everything outside is special: loopback, mapped, compatible, NAT64, ULA, link-local, site-local, multicast. */
const GLOBAL_IPV6 = ['2000::/3']
const SPECIAL_IPV6 = [
  '2001::/23', // protocol assignments: Teredo, ORCHID, benchmarks
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
]

const SPECIAL_NAMES = new Set(['localhost', 'metadata', 'instance-data', 'ip6-localhost', 'ip6-loopback'])
const SPECIAL_SUFFIXES = ['.localhost', '.local', '.localdomain', '.internal', '.home.arpa']

/** A list of ranges of addresses, such as `10.0.0.0/8`. @throws RangeError for one that is none */
export function rangesOf(ranges: readonly string[]): (address: string) => boolean {
  const [ipv4, ipv6] = [new BlockList(), new BlockList()]
  for (const range of ranges) {
    const [address = '', bits = '', more] = range.split('/')
    const version = isIP(address)
    const width = version === 4 ? 32 : 128
    const prefix = bits === '' ? width : Number(bits)
    if (version === 0 || more !== undefined || !/^\d{0,3}$/.test(bits) || prefix > width)
      throw new RangeError(`expected a range of addresses such as 10.0.0.0/8, found "${range}"`)
    if (version === 4) ipv4.addSubnet(address, prefix, 'ipv4')
    else ipv6.addSubnet(address, prefix, 'ipv6')
  }
  return (address) => (isIPv4(address) ? ipv4.check(address, 'ipv4') : ipv6.check(address, 'ipv6'))
}

const special = rangesOf([...SPECIAL_IPV4, ...SPECIAL_IPV6])
const globalIpv6 = rangesOf(GLOBAL_IPV6)

/** Whether an IP address is not one of the public internet; what is no IP address is special too. */
export function isSpecialAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 0) return true
  return special(address) || (version === 6 && !globalIpv6(address))
}

/** Whether a name means this machine, its network or its cloud, whatever it resolves to. */
export function isSpecialName(name: string): boolean {
  const plain = name.toLowerCase().replace(/\.+$/, '')
  return plain === '' || SPECIAL_NAMES.has(plain) || SPECIAL_SUFFIXES.some((suffix) => plain.endsWith(suffix))
}
