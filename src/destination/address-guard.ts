/** Decides which addresses requests may go to: public ones, over https, unless the operator allows an origin. It must not know what is sent. */
import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Ranges of IANA's special-purpose registries, and one cloud's metadata address that lies in public space. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['168.63.129.16', 32],
];

/** Inside 2000::/3, the only global unicast space; all else (mapped, NAT64, link-local, unique local …) is refused as a whole. */
const PRIVATE_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refusedV4 = new BlockList();
for (const [address, bits] of PRIVATE_V4) refusedV4.addSubnet(address, bits, 'ipv4');
const refusedV6 = new BlockList();
for (const [address, bits] of PRIVATE_V6) refusedV6.addSubnet(address, bits, 'ipv6');
const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');

/** True for an address of the public internet. The text must be an IP address; anything else is not public. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !refusedV4.check(address, 'ipv4');
  if (family !== 6 || address.includes('%')) return false;
  return globalV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
}

/** Thrown where an address is refused. `code` tells it from failures of the network. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';

  constructor() {
    super('The address is not a public one.');
    this.name = 'AddressRefused';
  }
}

/** Names that never leave a machine or its own network, whatever a resolver says. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|localdomain)\.?$/i;

/** The host of a URL without the brackets of IPv6. */
export function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * Why a URL may not be called, or undefined. Judges what the text alone shows; names are judged again, by what they resolve
 * to, when the connection is made.
 */
export function refusalOf(url: URL, allowedOrigins: readonly string[]): string | undefined {
  if (url.username !== '' || url.password !== '') return 'It must not hold a user name or password.';
  if (allowedOrigins.includes(url.origin)) return undefined;
  if (url.protocol !== 'https:') return 'It must begin with https://.';
  const host = bareHost(url.hostname);
  if (isIP(host) !== 0)
    return isPublicAddress(host) ? undefined : 'It must not name a private or reserved address.';
  if (LOCAL_NAME.test(host) || !host.replace(/\.$/, '').includes('.'))
    return 'It must name a host of the public internet.';
  return undefined;
}

/** Gives every address of a name, as `dns.lookup` does when asked for all. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A lookup for `net.connect` that fails when any address of the name is not public: the decision is made on the very
 * addresses that are connected to, so that a name that changes its answer between check and use gains nothing.
 */
export function guardedLookup(resolve: Resolve = dnsLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const first = addresses[0];
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address)))
        return callback(new AddressRefused(), '', 0);
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
