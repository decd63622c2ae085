/** Where requests may go: a table of hostile URLs, and the decision at the moment of connecting. */

import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSettings } from '../../src/activecampaign/settings.ts';
import { isPublicAddress, type Resolve, refusalOf } from '../../src/destination/address-guard.ts';
import { createFetchTransport } from '../../src/destination/fetch-transport.ts';
import { createUndiciTransport } from '../../src/destination/undici-transport.ts';

/** Each would reach something that is not the vendor, or in a way that anybody could read. */
const HOSTILE: readonly string[] = [
  'http://acme.api-us1.com',
  'http://acme.api-us1.com:443',
  'HTTP://acme.api-us1.com',
  'ftp://acme.api-us1.com',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/plain,x',
  'ws://acme.api-us1.com',
  'gopher://127.0.0.1:70/_',
  '//acme.api-us1.com',
  'acme.api-us1.com',
  'https://',
  '',
  'https://user@acme.api-us1.com',
  'https://user:password@acme.api-us1.com',
  'https://acme.api-us1.com@127.0.0.1',
  'https://acme.api-us1.com?x=1',
  'https://acme.api-us1.com/#x',
  'https://acme.api-us1.com/api/3?api_key=1',
  'https://localhost',
  'https://localhost.',
  'https://LOCALHOST:8443',
  'https://api.localhost',
  'https://intranet',
  'https://router.lan',
  'https://printer.local',
  'https://db.internal',
  'https://metadata.google.internal/computeMetadata/v1/',
  'https://box.home.arpa',
  'https://localhost.localdomain',
  'https://127.0.0.1',
  'https://127.1',
  'https://127.255.255.254',
  'https://2130706433',
  'https://0x7f000001',
  'https://0x7f.0.0.1',
  'https://0177.0.0.1',
  'https://017700000001',
  'https://127.0.0.1.',
  'https://0',
  'https://0.0.0.0',
  'https://0.1.2.3',
  'https://１２７.０.０.１',
  'https://①②⑦.⓪.⓪.①',
  'https://10.0.0.1',
  'https://10.255.255.255',
  'https://167772161',
  'https://172.16.0.1',
  'https://172.31.255.255',
  'https://192.168.1.1',
  'https://0xc0a80101',
  'https://192.168.257',
  'https://169.254.169.254/latest/meta-data/',
  'https://2852039166',
  'https://0xA9FEA9FE',
  'https://100.64.0.1',
  'https://100.100.100.200',
  'https://192.0.0.192',
  'https://192.0.2.1',
  'https://198.18.0.1',
  'https://198.51.100.7',
  'https://203.0.113.9',
  'https://192.88.99.1',
  'https://224.0.0.1',
  'https://240.0.0.1',
  'https://255.255.255.255',
  'https://168.63.129.16',
  'https://[::1]',
  'https://[::]',
  'https://[0:0:0:0:0:0:0:1]',
  'https://[::ffff:127.0.0.1]',
  'https://[::ffff:7f00:1]',
  'https://[::ffff:8.8.8.8]',
  'https://[::127.0.0.1]',
  'https://[64:ff9b::7f00:1]',
  'https://[64:ff9b:1::1]',
  'https://[2002:7f00:1::]',
  'https://[2002:a9fe:a9fe::1]',
  'https://[2001::1]',
  'https://[2001:db8::1]',
  'https://[2001:10::1]',
  'https://[3fff::1]',
  'https://[100::1]',
  'https://[fc00::1]',
  'https://[fd00:ec2::254]',
  'https://[fe80::1]',
  'https://[fec0::1]',
  'https://[ff02::1]',
  'https://[5f00::1]',
];

const FINE: readonly string[] = [
  'https://acme.api-us1.com',
  'https://acme.api-us1.com/',
  'https://acme.api-us1.com/api/3',
  'https://acme.api-us1.com/api/3/',
  ' https://acme.activehosted.com ',
  'https://acme.api-us1.com:443',
  'https://ac.example.co.uk',
  'https://8.8.8.8',
  'https://[2606:4700::1111]',
];

const problems = (url: string, allowedOrigins: readonly string[] = []) =>
  checkSettings({ api_url: url, api_key: 'k' }, { allowedOrigins });

describe('an api_url', () => {
  it('has at least 60 hostile forms here', () => expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(60));

  it.each(HOSTILE)('%j is refused', (url) => {
    const found = problems(url);
    expect(found.map(({ path }) => path)).toEqual(['api_url']);
    expect(found[0]?.message.length).toBeGreaterThan(10);
  });

  it.each(FINE)('%j is taken', (url) => expect(problems(url)).toEqual([]));

  it('may be anything that the operator allows, by origin', () => {
    expect(problems('http://127.0.0.1:8090/', ['http://127.0.0.1:8090'])).toEqual([]);
    expect(problems('http://127.0.0.1:8091/', ['http://127.0.0.1:8090'])).toHaveLength(1);
    expect(problems('http://u:p@127.0.0.1:8090/', ['http://127.0.0.1:8090'])).toHaveLength(1);
  });
});

describe.each([
  ['undici', createUndiciTransport()],
  ['fetch', createFetchTransport()],
] as const)('the %s transport', (_, transport) => {
  afterAll(() => transport.close());

  it.each(
    HOSTILE.filter(
      (url) =>
        URL.canParse(url) &&
        /^https?:/i.test(url) &&
        refusalOf(new URL(url), []) !== undefined &&
        !url.includes('@'),
    ),
  )('does not connect to %s', async (url) => {
    // Names are left to the resolver, which must not be asked here; the literal addresses are decided before it.
    if (/[g-z]/i.test(new URL(url).hostname) && new URL(url).protocol === 'https:') return;
    const error: unknown = await transport
      .send({ method: 'GET', url, headers: {}, timeoutMs: 1_000 })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ phase: 'connect', reason: 'ADDRESS_REFUSED', mayHaveArrived: false });
  });
});

describe('a name', () => {
  const server = createServer((_, response) => void response.end('secret'));
  let port = 0;
  let arrivals = 0;
  beforeAll(async () => {
    server.on('connection', () => {
      arrivals += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** A resolver that gives these addresses, one set for each question. */
  const resolver = (
    answers: readonly (readonly string[])[],
  ): { readonly resolve: Resolve; asked(): number } => {
    let asked = 0;
    return {
      asked: () => asked,
      resolve(_hostname, _options, callback) {
        const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
        asked += 1;
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      },
    };
  };
  const attempt = async (answers: readonly (readonly string[])[]) => {
    const names = resolver(answers);
    const transport = createUndiciTransport({ resolve: names.resolve, connectTimeoutMs: 300 });
    const error: unknown = await transport
      .send({ method: 'GET', url: `https://acme.example.com:${port}/`, headers: {}, timeoutMs: 500 })
      .catch((thrown: unknown) => thrown);
    await transport.close();
    return { error, asked: names.asked() };
  };

  it.each([
    ['loopback', ['127.0.0.1']],
    ['the metadata address', ['169.254.169.254']],
    ['IPv6 loopback', ['::1']],
    ['a mapped address', ['::ffff:127.0.0.1']],
    ['one private address among public ones', ['93.184.216.34', '10.0.0.1']],
    ['nothing', []],
  ])('that resolves to %s is refused when connecting', async (_, addresses) => {
    const { error, asked } = await attempt([addresses]);
    expect(error).toMatchObject({ phase: 'connect', reason: 'ADDRESS_REFUSED' });
    expect(asked).toBe(1);
    expect(arrivals).toBe(0);
  });

  it('is resolved once, and connected to what was checked: a second answer changes nothing', async () => {
    const { asked } = await attempt([['192.0.2.1'], ['127.0.0.1']]);
    expect(asked).toBe(1);
    expect(arrivals).toBe(0);
  });
});

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
  it.each(['', 'acme.com', '1.2.3', '::ffff:8.8.8.8', 'fe80::1%eth0', '2606:4700::1111%eth0'])(
    '%j is not',
    (address) => expect(isPublicAddress(address)).toBe(false),
  );
});
