/** Which pipeline integrations vendors may post to, as the configuration changes. On the real store, in memory. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { systemClock } from '../../src/clock.ts';
import { createCache } from '../../src/destination/cache.ts';
import { compileDestination } from '../../src/destination/compile.ts';
import { createInboundDirectory } from '../../src/runtime/inbound.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import { newIntegration, newPipeline, newRevision, newTemplate } from '../store/samples.ts';

const { inbound: _, ...silent } = activecampaign;
const destinations = new Map([
  ['vendor', compileDestination(activecampaign)],
  ['silent', compileDestination(silent)],
]);
const pipeline = newPipeline('pl_1');
const integration = newIntegration('pi_1', { pipelineId: 'pl_1', templateId: 'it_1', enabled: true });

let store: SqliteStore;
let asked: string[];
let endpoint: ReturnType<typeof createInboundDirectory>;

beforeEach(async () => {
  asked = [];
  store = openSqliteStore({
    path: ':memory:',
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
  });
  endpoint = createInboundDirectory(store.config, destinations, (lane) => {
    asked.push(lane);
    return createCache(systemClock);
  });
  await store.config.putPipeline(pipeline);
  await store.config.install(newTemplate('it_1'), newRevision('rev_1'), integration);
});
afterEach(() => store.close());

it('an attached integration is there, with its pipeline and account; another is not', async () => {
  const found = await endpoint('pi_1');
  expect([found?.pipeline.id, found?.account]).toEqual(['pl_1', 'acme.api-us1.com']);
  expect(await endpoint('pi_2')).toBeUndefined();
  found?.forget({ type: 'unsubscribe', event: 'x', contactId: '3', properties: {} });
  expect(asked).toEqual(['acme.api-us1.com']);
});

it('the account is that of the newest settings', async () => {
  await endpoint('pi_1');
  const moved = { api_url: 'https://other.api-us1.com' };
  await store.config.addRevision(newRevision('rev_2', { number: 2, settings: moved }), []);
  expect((await endpoint('pi_1'))?.account).toBe('other.api-us1.com');
});

it('what is switched off or detached is not there, and what is switched on again is', async () => {
  await store.config.putIntegration({ ...integration, enabled: false });
  expect(await endpoint('pi_1')).toBeUndefined();
  await store.config.putIntegration(integration);
  expect(await endpoint('pi_1')).toBeDefined();
  await store.config.putPipeline({ ...pipeline, enabled: false });
  expect(await endpoint('pi_1')).toBeUndefined();
  await store.config.putPipeline(pipeline);
  await store.config.deleteIntegration('pi_1', 0);
  expect(await endpoint('pi_1')).toBeUndefined();
});

it('a vendor that posts nothing, or that this program does not have, spoils it for nobody', async () => {
  for (const key of ['silent', 'gone']) {
    const template = newTemplate(`it_${key}`, { catalogVendorKey: key });
    const revision = newRevision(`rev_${key}`, { templateId: template.id });
    const attached = newIntegration(`pi_${key}`, {
      pipelineId: 'pl_1',
      templateId: template.id,
      revisionId: revision.id,
      enabled: true,
    });
    await store.config.install(template, revision, attached);
    expect(await endpoint(attached.id)).toBeUndefined();
  }
  expect(await endpoint('pi_1')).toBeDefined();
});
