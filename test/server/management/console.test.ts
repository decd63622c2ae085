/** The web console as files: who gets the page, how long browsers may keep what, and that nothing else is reachable. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { at, startManagement } from './fixture.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function built(): string {
  const outer = mkdtempSync(join(tmpdir(), 'signal-console-'));
  folders.push(outer);
  const folder = join(outer, 'console');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(outer, 'secret.txt'), 'nobody');
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Signal</title>');
  writeFileSync(join(folder, 'assets', 'index-abc.js'), 'export const mug = 1;'.repeat(50));
  writeFileSync(join(folder, 'assets', 'index-abc.css'), 'p { color: red }');
  writeFileSync(join(folder, 'assets', 'inter-abc.woff2'), 'font');
  writeFileSync(join(folder, 'assets', 'mark-abc.svg'), '<svg/>');
  return folder;
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const browser = { accept: 'text/html,application/xhtml+xml' };

describe('the page', () => {
  it.each(['/', '/events', '/integrations/tmpl_1?tab=blueprint', '/eventsource'])(
    'is what a browser gets at %s',
    async (url) => {
      const { app } = await startManagement({ consoleFolder: built() });
      const response = await app.inject({ url, headers: browser });
      expect(response.statusCode).toBe(200);
      expect(response.body).toContain('<title>Signal</title>');
      expect(response.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
    },
  );

  it.each([
    '/v1/admin/nothing',
    '/v1',
    '/api/v1/x',
    '/metrics/x',
    '/healthz/x',
    '/openapi.json/x',
    '/assets/x',
  ])('is not what a browser gets at %s', async (url) => {
    const { app } = await startManagement({ consoleFolder: built() });
    const response = await app.inject({ url, headers: browser });
    expect(response.statusCode).toBeGreaterThanOrEqual(400);
    expect(response.headers['content-type']).toContain('application/json');
  });

  it('is not what a program gets for an address that there is not', async () => {
    const { app } = await startManagement({ consoleFolder: built() });
    expect((await app.inject('/events')).statusCode).toBe(404);
    expect((await app.inject({ method: 'POST', url: '/events', headers: browser })).statusCode).toBe(404);
  });

  it('is asked for again, and not sent again while it is the same', async () => {
    const folder = built();
    const { app } = await startManagement({ consoleFolder: folder });
    const tag = String((await app.inject({ url: '/' })).headers.etag);
    const again = { url: '/', headers: { 'if-none-match': tag } };
    expect((await app.inject(again)).statusCode).toBe(304);
    writeFileSync(join(folder, 'index.html'), '<title>Newer</title>');
    expect((await app.inject(again)).body).toBe('<title>Newer</title>');
  });

  it('says how to build it while it is not there', async () => {
    const { app } = await startManagement();
    const response = await app.inject({ url: '/', headers: browser });
    expect(response.statusCode).toBe(404);
    expect(at(response.json(), 'error', 'message')).toContain('npm run build');
  });
});

describe('an asset', () => {
  it.each([
    ['index-abc.js', 'text/javascript; charset=utf-8'],
    ['index-abc.css', 'text/css; charset=utf-8'],
    ['inter-abc.woff2', 'font/woff2'],
    ['mark-abc.svg', 'image/svg+xml'],
  ])('%s has its type and is kept for a year', async (name, type) => {
    const { app } = await startManagement({ consoleFolder: built() });
    const { headers, statusCode } = await app.inject(`/assets/${name}`);
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': POLICY,
    });
  });

  it.each([
    ['gzip, deflate, br', true],
    ['GZIP;q=0.5', true],
    ['br', false],
    ['gzip;q=0', false],
    ['', false],
  ])('comes compressed to one that accepts "%s": %s', async (accepted, isCompressed) => {
    const { app } = await startManagement({ consoleFolder: built() });
    const url = '/assets/index-abc.js';
    const { headers, rawPayload } = await app.inject({ url, headers: { 'accept-encoding': accepted } });
    expect(headers['content-encoding'] === 'gzip').toBe(isCompressed);
    expect((isCompressed ? gunzipSync(rawPayload) : rawPayload).toString()).toContain('export const mug');
    expect(headers.vary).toBe('accept-encoding');
  });

  it('is never compressed where that gains nothing', async () => {
    const { app } = await startManagement({ consoleFolder: built() });
    const request = { url: '/assets/inter-abc.woff2', headers: { 'accept-encoding': 'gzip' } };
    expect((await app.inject(request)).headers['content-encoding']).toBeUndefined();
  });

  it.each([
    '/assets/nothing.js',
    '/assets/..%2Findex.html',
    '/assets/..%2F..%2Fsecret.txt',
    '/assets/.vite',
    '/assets/%00',
    '/assets/',
  ])('%s is not there', async (url) => {
    const { app } = await startManagement({ consoleFolder: built() });
    const { statusCode, body } = await app.inject(url);
    expect(statusCode).toBe(404);
    expect(body).not.toContain('nobody');
  });
});
