/** The environment: what each variable takes, what a wrong value says, which secrets are made and kept. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, loadSecrets } from '../src/config.ts';

describe('a wrong value stops the start with the variable’s name and what it takes', () => {
  it.each([
    ['ADMIN_PORT', 'abc'],
    ['INGEST_PORT', '65536'],
    ['RATE_LIMIT_PER_SECOND', '0'],
    ['RETRY_MAX_ATTEMPTS', '1.5'],
    ['LOG_LEVEL', 'loud'],
    ['STORE_URL', 'postgres://db/signal'],
    ['PIPELINE_KEY', 'key'],
    ['ENCRYPTION_KEY', 'too short'],
    ['CORS_ORIGINS', 'example.com'],
    ['CORS_ORIGINS', '*, https://shop.example.com'],
    ['ALLOWED_API_ORIGINS', 'http://127.0.0.1:8090/'],
    ['EVENT_TRACKING_URL', 'ftp://example.com/event'],
  ])('%s=%j', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(new RegExp(`^${name} takes .+\\.$`));
  });
});

it.each([
  ['CORS_ORIGINS', '*', ['*']],
  [
    'CORS_ORIGINS',
    'https://a.example.com, http://localhost:3000',
    ['https://a.example.com', 'http://localhost:3000'],
  ],
  ['EVENT_TRACKING_URL', 'http://127.0.0.1:8090/event', 'http://127.0.0.1:8090/event'],
  ['LOG_LEVEL', '', 'info'],
  ['ADMIN_PORT', ' ', 8084],
] as const)('%s=%j is taken', (name, value, parsed) => {
  expect(loadConfig({ [name]: value })[name]).toEqual(parsed);
});

describe('secrets', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'signal-config-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));
  const load = (environment: Record<string, string> = {}) =>
    loadSecrets(loadConfig({ SIGNAL_DATA_DIR: dataDir, ...environment }));

  it('are made once, kept for the owner alone, and found again', () => {
    const first = load();
    expect(first.adminTokenFrom).toBe('new');
    expect(statSync(join(dataDir, 'admin-token')).mode & 0o777).toBe(0o600);
    expect(load()).toEqual({ ...first, adminTokenFrom: 'file' });
  });

  it('of the environment are neither written nor shown, whatever else is made', () => {
    const given = load({ ADMIN_TOKEN: 'a-token-of-the-operator' });
    expect(given).toMatchObject({ adminToken: 'a-token-of-the-operator', adminTokenFrom: 'environment' });
    expect(() => readFileSync(join(dataDir, 'admin-token'))).toThrow('ENOENT');
  });
});

describe('a data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterEach(() => void rmSync(folder, { recursive: true }));

  const secretsIn = (path: string) => loadSecrets(loadConfig({ SIGNAL_DATA_DIR: path }));

  it('is made with those above it, for the owner alone', () => {
    secretsIn(join(folder, 'a', 'b'));
    expect(statSync(join(folder, 'a', 'b')).mode & 0o777).toBe(0o700);
  });

  // The system denies that /proc has room for it in a way that node's own `recursive` asks about for ever.
  it.each(['/proc/nowhere/data', 'taken/data', 'taken'])('that cannot be made is named: %s', (path) => {
    writeFileSync(join(folder, 'taken'), '');
    const wanted = resolve(folder, path);
    expect(() => secretsIn(wanted)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(new RegExp(`^The data folder ${wanted} cannot be used \\(E[A-Z]+\\)`)),
      }),
    );
  });

  it('whose secrets cannot be read is named', () => {
    mkdirSync(join(folder, 'admin-token'));
    expect(() => secretsIn(folder)).toThrow(/^The data folder .+ cannot be used \(EISDIR\)/);
  });
});
