/** What delivery is given of templates whose settings cannot be used. On the real store, in memory. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { systemClock } from '../../src/clock.ts';
import { compileDestination } from '../../src/destination/compile.ts';
import type { Transport } from '../../src/destination/transport.ts';
import { TargetDirectory } from '../../src/runtime/targets.ts';
import { settingAad } from '../../src/server/management/settings.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import { createVault } from '../../src/store/vault.ts';
import { newIntegration, newRevision, newTemplate } from '../store/samples.ts';

const vault = createVault(new Uint8Array(32).fill(1));
const otherVault = createVault(new Uint8Array(32).fill(2));

let store: SqliteStore;
let sent: string[];
let timeoutsMs: number[];
let targets: TargetDirectory;

beforeEach(async () => {
  sent = [];
  timeoutsMs = [];
  store = openSqliteStore({
    path: ':memory:',
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
  });
  const transport: Transport = {
    send: async ({ url, headers, timeoutMs }) => {
      timeoutsMs.push(timeoutMs);
      sent.push(`${url} ${headers['api-token'] ?? ''}`);
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"contact":{"id":"1"}}',
      };
    },
    close: async () => {},
  };
  targets = new TargetDirectory({
    config: store.config,
    vault,
    destinations: new Map([['activecampaign', compileDestination(activecampaign)]]),
    transport,
    clock: systemClock,
    allowedOrigins: [],
  });
  await install('sound', vault);
});
afterEach(() => store.close());

async function install(name: string, sealer: typeof vault, catalogVendorKey = 'activecampaign') {
  const templateId = `it_${name}`;
  const revisionId = `rev_${name}`;
  await store.config.install(
    newTemplate(templateId, { catalogVendorKey }),
    newRevision(revisionId, {
      templateId,
      sealed: { api_key: sealer.seal(`key-${name}`, settingAad(templateId, 'api_key')) },
    }),
    newIntegration(`pi_${name}`, { templateId, revisionId }),
  );
}

async function sync(templateId: string) {
  const target = await targets.target(templateId);
  if (target === undefined) throw new Error('The template is gone.');
  return target.perform({
    action: 'syncContact',
    payload: { email: 'ann@example.com' },
    beforeSend: async () => {},
  });
}

describe.each([
  ['whose secrets another key sealed', () => install('bad', otherVault), 'another ENCRYPTION_KEY'],
  [
    'whose destination this program does not have',
    () => install('bad', vault, 'gone'),
    'the destination gone',
  ],
])('a template %s', (_name, installBad, reason) => {
  beforeEach(async () => {
    await installBad();
  });

  it('answers every call with the stop of its own integration, and sends nothing', async () => {
    const stop = {
      kind: 'stop',
      scope: 'integration',
      code: 'SETTINGS_UNREADABLE',
      message: expect.stringContaining(reason),
    };
    const target = await targets.target('it_bad');
    const call = { action: 'syncContact', beforeSend: async () => {}, payloads: [{}, {}] };
    expect(await target?.perform({ ...call, payload: {} })).toMatchObject({ outcome: stop });
    expect(await target?.performBatch(call)).toMatchObject({ outcomes: [stop, stop] });
    expect(await target?.poll({ ...call, batchId: 'b' })).toMatchObject({ pending: true, outcomes: [stop] });
    expect(await target?.probe('api', call.beforeSend)).toEqual(stop);
    expect(sent).toEqual([]);
  });

  it('leaves the others alone', async () => {
    expect(await sync('it_sound')).toMatchObject({ outcome: { kind: 'delivered' } });
    expect(sent).toEqual(['https://acme.api-us1.com/api/3/contact/sync key-sound']);
    expect(await targets.templatesOf('acme.api-us1.com')).toContain('it_sound');
  });
});
