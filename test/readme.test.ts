/** Holds the README to the program: its variables, its files, its examples. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentSchema, loadConfig } from '../src/config.ts';

const readme = readFileSync('README.md', 'utf8');
const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.*?) \|/gm)].map(([, name = '', value = '']) => ({
  name,
  value,
}));

describe('the README', () => {
  it('has every variable of the environment, and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(environmentSchema.shape).sort());
  });

  it.each(rows.filter(({ value }) => value.startsWith('`')))(
    'names the default of $name',
    ({ name, value }) => {
      const config: Record<string, unknown> = { ...loadConfig({}) };
      const actual = config[name];
      expect(Array.isArray(actual) ? actual.join(',') : String(actual)).toBe(value.replaceAll('`', ''));
    },
  );

  it('links only to files that are there', () => {
    for (const [, target = ''] of readme.matchAll(/\]\(([^)#]+)\)/g))
      expect(existsSync(target), target).toBe(true);
  });

  it('maps every room', () => {
    for (const room of [
      'event',
      'blueprint',
      'destination',
      'activecampaign',
      'store',
      'intake',
      'processing',
      'delivery',
      'inbound',
      'server',
      'sdk',
      'sandbox',
      'console',
    ]) {
      expect(readme).toContain(`| \`${room}/\` |`);
    }
  });

  it('defends every dependency', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const decisions = readme.slice(readme.indexOf('## Decisions'));
    for (const name of Object.keys(dependencies)) expect(decisions, name).toContain(name);
  });
});
