/** Writes what derives from the schemas: types and schema constants per room, and catalog.json. `--check` only names what is stale. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

/** Schema file → the module that exports its types and the schema itself. */
const MODULES = [
  { schema: 'activecampaign-config', room: 'activecampaign', type: 'ActiveCampaignConfig' },
  { schema: 'catalog', room: 'destination', type: 'Catalog' },
  { schema: 'blueprint', room: 'blueprint', type: 'BlueprintDocument' },
  { schema: 'event', room: 'event', type: 'EventDocument' },
  { schema: 'install', room: 'server', type: 'InstallRequest' },
] as const;

const ROOT = join(import.meta.dirname, '..');

interface Output {
  readonly path: string;
  readonly text: string;
}

async function moduleOf({ schema, room, type }: (typeof MODULES)[number]): Promise<Output | undefined> {
  const source = join(ROOT, 'schemas', `${schema}.schema.json`);
  if (!existsSync(source)) return undefined;
  const text = await readFile(source, 'utf8');
  const types = await compile(namedByTable(text), type, {
    bannerComment: '',
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
  });
  const constant = `${schema.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}Schema`;
  return {
    path: join('src', room, 'generated', `${schema}.ts`),
    text: [
      `/** Types and schema of schemas/${schema}.schema.json. Written by \`npm run generate\`; do not edit. */`,
      types.trim(),
      '',
      `export const ${constant} = ${JSON.stringify(JSON.parse(text), null, 2)} as const;`,
      '',
    ].join('\n'),
  };
}

/** Titles and ids are for people and tools; as names of types they would be noise. */
function namedByTable(text: string): JSONSchema {
  return JSON.parse(text, (key, value) =>
    (key === 'title' || key === '$id') && typeof value === 'string' ? undefined : value,
  );
}

/** The catalog derives from the plug-in, which derives from the generated modules: those must be written before. */
async function catalogOutput(): Promise<Output> {
  const { catalogVendor } = await import(
    pathToFileURL(join(ROOT, 'src', 'activecampaign', 'catalog.ts')).href
  );
  return { path: 'catalog.json', text: `${JSON.stringify({ vendors: [catalogVendor] }, null, 2)}\n` };
}

async function isStale({ path, text }: Output): Promise<boolean> {
  const file = join(ROOT, path);
  return !existsSync(file) || (await readFile(file, 'utf8')) !== text;
}

async function write({ path, text }: Output): Promise<void> {
  await mkdir(dirname(join(ROOT, path)), { recursive: true });
  await writeFile(join(ROOT, path), text);
}

async function run(checkOnly: boolean): Promise<number> {
  const modules = (await Promise.all(MODULES.map(moduleOf))).filter((output) => output !== undefined);
  if (checkOnly) {
    const stale: string[] = [];
    for (const output of [...modules, await catalogOutput()]) {
      if (await isStale(output)) stale.push(output.path);
    }
    if (stale.length > 0) console.error(`Stale, run \`npm run generate\`: ${stale.join(', ')}`);
    return stale.length > 0 ? 1 : 0;
  }
  for (const output of modules) await write(output);
  await write(await catalogOutput());
  return 0;
}

process.exitCode = await run(process.argv.includes('--check'));
