/** Runs the README's examples as they stand, with only addresses, keys and tokens changed. */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium, openContext } from '../chromium.ts';
import { eventually, type Service, startService } from './harness.ts';

const readme = readFileSync('README.md', 'utf8');
const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** The fenced block of that language which holds the words. */
function example(language: string, words: string): string {
  const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  const found = blocks.find(([, kind, text]) => kind === language && text?.includes(words));
  if (found?.[2] === undefined) throw new Error(`The README has no ${language} example with ${words}.`);
  return found[2];
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn('The signed curl example is skipped: there is no openssl.');

// Importing nock turns it on; only the library's example wants it.
nock.restore();

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  nock.cleanAll();
  nock.restore();
  await service.close();
});

const arrived = (): string[] =>
  service.sandbox
    .account()
    .contacts.map(({ email, firstName, lastName }) => `${email} ${firstName} ${lastName}`);

// npx gives a program leave to run only when it first links it; a program that was built anew since needs its own.
it.skipIf(process.platform === 'win32')('the built program runs by its name', () => {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  expect(spawnSync(`${dist}main.js`, ['--version'], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stdout: `${version}\n`,
  });
});

describe('the README', () => {
  it('installs by curl', async () => {
    const command = example('sh', 'integration-catalog/activecampaign/install')
      .replace('http://localhost:8084', service.adminUrl)
      .replace('YOUR_TOKEN', service.secrets.adminToken)
      .replace('curl ', 'curl -s -w "%{http_code}" ');
    const { stdout } = await promisify(execFile)('bash', ['-c', command]);
    expect(stdout).toMatch(/201$/);
    expect(JSON.parse(stdout.slice(0, -3))).toMatchObject({
      template: { name: 'ActiveCampaign' },
      revision: { revision_number: 1 },
    });
    expect((await promisify(execFile)('bash', ['-c', command])).stdout).toMatch(/409$/);
  });

  it('sends from a server', async () => {
    await service.install();
    const file = `${dist}readme-example-${process.pid}.mjs`;
    const code = example('ts', "'datafly-activecampaign/node'")
      .replace('dk_live_…', service.secrets.pipelineKey)
      .replace('http://localhost:8080', service.ingestUrl);
    writeFileSync(file, code);
    try {
      await promisify(execFile)(process.execPath, [file]);
    } finally {
      rmSync(file);
    }
    await eventually(() => expect(arrived()).toEqual(['jane@example.com Jane Doe']));
    await eventually(() =>
      expect(service.sandbox.account().events.map(({ event }) => event)).toEqual(['purchase']),
    );
  });

  it.skipIf(!hasOpenssl)('sends by curl, unsigned and signed', async () => {
    await service.install();
    const { pipelineKey, pipelineSecret } = service.secrets;
    for (const words of ['/v1/identify', 'X-Signature']) {
      const command = example('sh', words)
        .replace('http://localhost:8080', service.ingestUrl)
        .replace('dk_live_…', pipelineKey)
        .replace('sk_live_…', pipelineSecret)
        .replace('curl ', 'curl -s -w "%{http_code}" ');
      const { stdout } = await promisify(execFile)('bash', ['-c', command]);
      expect(stdout).toBe('{"success":true}200');
    }
    await eventually(() => expect(arrived()).toEqual(['jane@example.com Jane Doe']));
    await eventually(() =>
      expect(service.sandbox.account().events.map(({ event }) => event)).toEqual(['purchase']),
    );
  });

  it('runs the destination as a library', async () => {
    nock.activate();
    const scope = nock('https://your-account.api-us1.com')
      .post('/api/3/contact/sync', { contact: { email: 'jane@example.com', firstName: 'Jane' } })
      .reply(200, { contact: { id: '1', email: 'jane@example.com' } });
    const file = `${dist}readme-library-${process.pid}.mjs`;
    writeFileSync(file, `${example('ts', "'datafly-activecampaign/destination'")}\nexport { results };\n`);
    try {
      const { results } = await import(/* @vite-ignore */ pathToFileURL(file).href);
      expect(JSON.stringify(results)).not.toContain('error');
    } finally {
      rmSync(file);
    }
    scope.done();
  });

  it.skipIf(!hasChromium)('sends from a page', async () => {
    await service.install();
    const html = example('html', '/d.js')
      .replace('http://localhost:8080', service.ingestUrl)
      .replace('dk_live_…', service.secrets.pipelineKey)
      .replace('"pipelineKey"', '"skipBots":false,"pipelineKey"');
    const server = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Shop</title>${html}`),
    ).listen(0, '127.0.0.1');
    const browser = await launchChromium();
    try {
      const page = await (await openContext(browser)).newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await eventually(() => expect(arrived()).toEqual(['jane@example.com Jane Doe']));
    } finally {
      await browser.close();
      server.close();
    }
  });
});
