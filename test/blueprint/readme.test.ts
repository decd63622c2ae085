/** The guide to blueprints tells what the program does: its tables are complete, its examples run. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  checkBlueprint,
  compileBlueprint,
  parseBlueprintText,
  runCases,
  TRANSFORMS,
} from '../../src/blueprint/index.ts';
import { ACTIONS } from './actions.ts';
import { schemaAccepts } from './schema.ts';

const text = readFileSync(new URL('../../blueprints/README.md', import.meta.url), 'utf8');
/** Columns may be padded to line up. */
const tables = text.replace(/ +/g, ' ').replaceAll('\\|', '|');
const schema = JSON.parse(
  readFileSync(new URL('../../schemas/blueprint.schema.json', import.meta.url), 'utf8'),
);

/** The first fenced block of a language. */
function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text)?.[1];
  return found ?? expect.unreachable(`no ${language} example`);
}

/** The names in the first column of the table under a heading row. */
function names(heading: string): string[] {
  const [, table = ''] = tables.split(`| ${heading} |`);
  return [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `([^`]+)` \|/gm)].flatMap(([, name]) => name ?? []);
}

describe('the guide to blueprints', () => {
  const { properties, definitions } = schema;

  it.each([
    ['key', Object.keys(properties).filter((key) => key !== '$schema')],
    ['key of a rule', Object.keys(definitions.rule.properties)],
    ['key of a mapping', Object.keys(definitions.mapping.properties)],
    ['name', [...TRANSFORMS.keys()]],
  ])('lists every %s', (heading, all) => {
    expect(names(heading).toSorted()).toEqual(all.toSorted());
  });

  it('says of each transform what the program says', () => {
    for (const { name, doc, format } of TRANSFORMS.values())
      expect(tables).toContain(`| \`${name}\` | ${doc} | ${format?.doc ?? ''} |`.replace('|  |', '| |'));
  });

  it('has an example without a mistake, whose cases pass', () => {
    const document = parseBlueprintText(block('yaml'));
    expect(checkBlueprint(block('yaml'), { actions: ACTIONS }).problems).toEqual([]);
    expect(schemaAccepts(document)).toEqual([]);
    const results = runCases(compileBlueprint(document, { actions: ACTIONS }), JSON.parse(block('json')));
    expect(results.flatMap(({ differences }) => differences)).toEqual([]);
    expect(results).toHaveLength(2);
  });
});
