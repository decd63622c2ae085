/** Holds the import table of the rooms: who may know whom. It must not know what any room does. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';

/** What each room may import. `types` rooms may be imported for their types only. */
const ROOMS: Record<string, { readonly may: readonly string[]; readonly types?: readonly string[] }> = {
  event: { may: [] },
  blueprint: { may: ['event'] },
  destination: { may: ['event', 'clock', 'blueprint'] },
  activecampaign: { may: ['event', 'clock', 'destination'] },
  store: { may: ['event', 'clock'] },
  intake: { may: ['event', 'clock', 'store'] },
  processing: { may: ['event', 'clock', 'blueprint', 'store'], types: ['destination'] },
  delivery: { may: ['event', 'clock', 'destination', 'store'] },
  inbound: { may: ['event', 'clock', 'store', 'intake'], types: ['destination'] },
  server: {
    may: [
      'event',
      'clock',
      'blueprint',
      'destination',
      'store',
      'intake',
      'processing',
      'delivery',
      'inbound',
    ],
  },
  sandbox: { may: [] },
  sdk: { may: [], types: ['event'] },
  console: { may: [], types: ['event', 'blueprint', 'destination', 'store'] },
};
const OPEN = ['cli', 'main', 'config', 'clock', 'index', 'runtime', 'tour'];

const place = (room: string): string => `^src/${room}(/|\\.ts$)`;

function rules(): IForbiddenRuleType[] {
  const forbidden: IForbiddenRuleType[] = [];
  for (const [room, { may, types = [] }] of Object.entries(ROOMS)) {
    forbidden.push({
      name: `${room} imports only its own table row`,
      severity: 'error',
      from: { path: place(room) },
      to: { path: '^src/', pathNot: [room, ...may, ...types].map(place) },
    });
    for (const other of types) {
      forbidden.push({
        name: `${room} imports only types of ${other}`,
        severity: 'error',
        from: { path: place(room) },
        to: { path: place(other), dependencyTypesNot: ['type-only'] },
      });
    }
  }
  forbidden.push({
    name: 'no cycles',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  });
  return forbidden;
}

async function violations(): Promise<string[]> {
  const result = await cruise(['src'], {
    ruleSet: { forbidden: rules() },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'node_modules' },
    outputType: 'json',
  });
  const output: ICruiseResult = typeof result.output === 'string' ? JSON.parse(result.output) : result.output;
  return output.summary.violations.map((found) => `${found.rule.name}: ${found.from} -> ${found.to}`);
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? sources(join(folder, entry.name))
      : /\.tsx?$/.test(entry.name)
        ? [join(folder, entry.name)]
        : [],
  );
}

describe('the rooms', () => {
  it('import only what the table allows, without cycles', async () => {
    expect(await violations()).toEqual([]);
  });

  it('are all in the table', () => {
    const known = new Set([...Object.keys(ROOMS), ...OPEN]);
    const found = readdirSync('src').map((name) => name.replace(/\.ts$/, ''));
    expect(found.filter((name) => !known.has(name))).toEqual([]);
  });

  it('keep the vendor in its own room, the sandbox, the composition root', async () => {
    const allowed =
      /^src\/(activecampaign|sandbox|cli|console)\/|^src\/(main|config|index|runtime|tour)\.ts$/;
    const guilty: string[] = [];
    for (const file of sources('src')) {
      if (allowed.test(file) || /\/generated\//.test(file)) continue;
      if (/activecampaign/i.test(await readFile(file, 'utf8'))) guilty.push(file);
    }
    expect(guilty).toEqual([]);
  });

  it('have no folder or file for odds and ends', () => {
    const odd = /(^|\/)(utils?|helpers?|common|shared|lib|misc)(\/|\.ts|$)/;
    expect(existsSync('src') && sources('src').filter((file) => odd.test(file))).toEqual([]);
  });
});
