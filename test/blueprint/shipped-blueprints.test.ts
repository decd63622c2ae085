/** The blueprints that ship are without a mistake, fit the real actions, and do what their cases say. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { checkBlueprint, compileBlueprint, type PayloadCheck, runCases } from '../../src/blueprint/index.ts';
import { compileDestination } from '../../src/destination/compile.ts';
import type { JsonObject } from '../../src/event/json.ts';
import { schemaAccepts } from './schema.ts';

const folder = new URL('../../blueprints/activecampaign/', import.meta.url);
const files = readdirSync(folder).filter((name) => !name.endsWith('.cases.json'));
const { actions: compiled } = compileDestination(activecampaign);
const actions = Object.fromEntries(
  Object.entries(compiled).map(([slug, { definition }]) => [slug, definition]),
);
const check: PayloadCheck = (action, payload) => {
  const result = compiled[action]?.check(payload);
  return result?.ok ? { ok: true, payload: result.payload as JsonObject } : { ok: false };
};
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

describe('the blueprints that ship', () => {
  it('are the four that the catalog offers', () => {
    expect(files.toSorted()).toEqual([
      'contacts_only.json',
      'default.json',
      'lead_capture.json',
      'retail.json',
    ]);
  });
});

describe.each(files)('%s', (name) => {
  const blueprint = compileBlueprint(JSON.parse(read(name)), { actions });
  const cases = JSON.parse(read(name.replace('.json', '.cases.json')));

  it('is without a mistake', () => {
    expect(checkBlueprint(read(name), { actions }).problems).toEqual([]);
    expect(schemaAccepts(JSON.parse(read(name)))).toEqual([]);
  });

  it.each(runCases(blueprint, cases, check))('$name', ({ differences }) => {
    expect(differences).toEqual([]);
  });
});
