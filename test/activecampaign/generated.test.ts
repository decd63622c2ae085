/** What derives from the schemas is not stale, and says of each setting what people need. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { settingSchemas } from '../../src/activecampaign/settings.ts';
import { catalogSchema } from '../../src/destination/generated/catalog.ts';
import { compileSchema } from '../../src/destination/validator.ts';
import { destination } from './world.ts';

describe('generated files', () => {
  it('are what the generator would write now', async () => {
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', 'schemas/generate.ts', '--check']);
    await expect(run).resolves.toMatchObject({ stderr: '' });
  });

  it('hold a catalog that fits its schema', () => {
    const catalog = JSON.parse(readFileSync('catalog.json', 'utf8'));
    expect(compileSchema(catalogSchema, { unknownKeys: 'problem', useDefaults: false })(catalog)).toEqual([]);
    expect(catalog.vendors).toEqual([JSON.parse(JSON.stringify(activecampaign.catalog))]);
  });
});

describe('every setting', () => {
  it.each(settingSchemas.map((schema) => [schema.key, schema] as const))(
    '%s has label, help and, unless it is needed or a credential, a default',
    (key, schema) => {
      expect(schema.title.length).toBeGreaterThan(3);
      expect(schema.description.length).toBeGreaterThan(20);
      const isCredential = key.startsWith('api_') || key.startsWith('event_tracking_');
      expect(schema.default !== undefined).toBe(!isCredential);
    },
  );

  it('is the same in schema, authentication fields, catalog and mask', () => {
    const keys = settingSchemas.map(({ key }) => key);
    expect(keys.slice(0, 4)).toEqual([
      'api_url',
      'api_key',
      'event_tracking_account_id',
      'event_tracking_key',
    ]);
    expect(Object.keys(activecampaign.authentication?.fields ?? {})).toEqual(keys);
    expect(activecampaign.catalog?.config_fields.map(({ key }) => key)).toEqual(keys);
    expect(destination.secrets).toEqual(['api_key', 'event_tracking_key']);
    expect(
      activecampaign.catalog?.config_fields.filter(({ type }) => type === 'secret').map(({ key }) => key),
    ).toEqual(destination.secrets);
  });

  it.each([
    [{ api_url: 'https://a.api-us1.com' }, ['api_key']],
    [{ api_url: 'https://a.api-us1.com', api_key: '' }, ['api_key']],
    [
      { api_url: 'https://a.api-us1.com', api_key: 'k', event_tracking_key: 'e' },
      ['event_tracking_account_id'],
    ],
    [
      { api_url: 'https://a.api-us1.com', api_key: 'k', event_tracking_account_id: '1' },
      ['event_tracking_key'],
    ],
    [
      {
        api_url: 'https://a.api-us1.com',
        api_key: 'k',
        event_tracking_account_id: 'x',
        event_tracking_key: 'e',
      },
      ['event_tracking_account_id'],
    ],
    [{ api_url: 'https://a.api-us1.com', api_key: 'k', apikey: 'k' }, ['apikey']],
    [{ api_url: 'https://a.api-us1.com', api_key: 'k', missing_consent: 'maybe' }, ['missing_consent']],
    [{ api_url: 5, api_key: {} }, ['api_key', 'api_url']],
    [{}, ['api_url', 'api_key']],
    [
      { api_url: 'http://a.api-us1.com', api_key: '', event_tracking_key: 'e' },
      ['api_key', 'api_url', 'event_tracking_account_id'],
    ],
  ])('%j has one problem for each wrong field', (config, paths) => {
    const checked = destination.checkSettings(config);
    expect(checked.ok ? [] : checked.problems.map(({ path }) => path)).toEqual(paths);
  });

  it('is filled in from the page’s four alone', () => {
    const checked = destination.checkSettings({
      api_url: 'https://a.api-us1.com',
      api_key: 'k',
      event_tracking_account_id: 12345,
      event_tracking_key: 'e',
    });
    expect(checked).toMatchObject({
      ok: true,
      settings: {
        event_tracking_account_id: '12345',
        consent_categories: ['marketing'],
        missing_consent: 'deny',
        unknown_outcome: 'hold',
        resubscribe: false,
      },
    });
  });
});
