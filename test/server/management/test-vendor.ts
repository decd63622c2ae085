/** The real destination behind the management API's Vendor port; its account is only noted when it is asked for. */
import { readFileSync } from 'node:fs';
import { activecampaign } from '../../../src/activecampaign/destination.ts';
import { compileBlueprint } from '../../../src/blueprint/index.ts';
import { compileDestination } from '../../../src/destination/compile.ts';
import { Failure } from '../../../src/event/failure.ts';
import { isJsonObject, type Vendor } from '../../../src/server/management/vendor.ts';

const shipped: unknown = JSON.parse(readFileSync('blueprints/activecampaign/default.json', 'utf8'));

export function testVendor(contacted: string[]): Vendor {
  const destination = compileDestination(activecampaign);
  const { catalog } = destination.definition;
  if (catalog === undefined) throw new Error('no catalog entry');
  const actions = Object.fromEntries(
    Object.entries(destination.actions).map(([slug, action]) => [slug, action.definition]),
  );
  return {
    catalog,
    secrets: new Set(destination.secrets),
    connection: new Set(['api_url', 'event_tracking_account_id', ...destination.secrets]),
    checkSettings: (settings) => {
      const checked = destination.checkSettings(settings, { allowedOrigins: [] });
      return checked.ok ? [] : checked.problems;
    },
    account: (settings) => destination.definition.account?.(settings) ?? '',
    blueprint: (variant) => (variant === 'default' && isJsonObject(shipped) ? shipped : undefined),
    checkBlueprint: (document) => {
      try {
        compileBlueprint(document, { actions });
        return [];
      } catch (error) {
        if (error instanceof Failure) return error.details ?? [];
        throw error;
      }
    },
    diffBlueprints: (from, to) =>
      JSON.stringify(from) === JSON.stringify(to) ? [] : ['The blueprint differs'],
    testConnection: async (settings) => {
      contacted.push(String(settings['api_url']));
      return [{ name: 'credentials', ok: true, message: 'The key is accepted.' }];
    },
  };
}
