/** Holds the tests to the table of what peers offer: each row has a test of its name. The table is not part of the project. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const TABLE = resolve('../shared/reference/peers.md');
const isThere = existsSync(TABLE);
if (!isThere) console.warn('skipped: no table of peers beside the repository');

/** Where rows have their tests. */
const FILES = ['test/activecampaign/features.test.ts', 'test/e2e/feature-rows.test.ts'];

/** First cells of the table in the section of this heading, without its head. */
function rowsOf(text: string): readonly string[] {
  const [, section = ''] = /\n## 1\. Feature table\n(.*?)\n## /s.exec(text) ?? [];
  return [...section.matchAll(/^\| (.+?) \|/gm)]
    .map(([, cell = '']) => cell)
    .filter((cell) => cell !== 'Feature');
}

describe.skipIf(!isThere)('the table of what peers offer', () => {
  const rows = isThere ? rowsOf(readFileSync(TABLE, 'utf8')) : [];
  const tests = FILES.map((file) => readFileSync(file, 'utf8')).join('\n');

  it('has rows', () => expect(rows.length).toBeGreaterThanOrEqual(29));

  it.each(rows)('has a test named %s', (row) => {
    expect(tests).toContain(`describe('${row}'`);
  });
});
