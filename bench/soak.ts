/** `npm run soak`: every long check at its full size, one after the other. `--kills N`, `--seeds N`, `--operations N`, `--mappings N`, `--cuts N` change sizes; `--only PART` runs one. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seeds: { type: 'string', default: '10000' },
    operations: { type: 'string', default: '10000' },
    mappings: { type: 'string', default: '1000000' },
    cuts: { type: 'string', default: '1000' },
    only: { type: 'string' },
  },
});

interface Part {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const tsx = (...given: string[]): readonly string[] => ['npx', '--no-install', 'tsx', ...given];
const vitest = (...files: string[]): readonly string[] => [
  ...['npx', '--no-install', 'vitest', 'run'],
  '--testTimeout',
  '86400000',
  ...files,
];

const PARTS: readonly Part[] = [
  { name: 'seeds', command: tsx('test/world/simulate.ts', '--seeds', values.seeds), environment: {} },
  {
    name: 'resending',
    command: tsx(
      'test/world/simulate.ts',
      '--resend',
      '--seeds',
      String(Math.ceil(Number(values.seeds) / 10)),
    ),
    environment: {},
  },
  {
    name: 'acceptance',
    command: vitest('test/world/acceptance.test.ts'),
    environment: { SOAK_OPERATIONS: values.operations },
  },
  {
    name: 'mappings',
    command: vitest(
      'test/blueprint/mapping-properties.test.ts',
      'test/blueprint/fql.test.ts',
      'test/blueprint/peer.test.ts',
    ),
    environment: { SOAK_RUNS: values.mappings },
  },
  { name: 'console', command: vitest('test/console/pages.test.ts'), environment: { SOAK_PAGES: 'all' } },
  { name: 'slow-clients', command: ['npm', 'run', '--silent', 'bench:slow-clients'], environment: {} },
  { name: 'kills', command: vitest('test/e2e/kill.test.ts'), environment: { SOAK_KILLS: values.kills } },
  {
    name: 'disk',
    command: vitest(
      'test/e2e/full-disk.test.ts',
      'test/e2e/failing-disk.test.ts',
      'test/store/sqlite/faulty-disk.test.ts',
    ),
    environment: { SOAK_CUTS: values.cuts, SOAK_FILE_BYTES: '20000000' },
  },
  { name: 'store-kills', command: vitest('test/store'), environment: { SOAK_KILLS: values.kills } },
];

function run({ command, environment }: Part): Promise<number> {
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

const failed: string[] = [];
for (const part of PARTS.filter(({ name }) => values.only === undefined || name === values.only)) {
  const beganMs = performance.now();
  console.log(`— ${part.name}`);
  const code = await run(part);
  console.log(
    `— ${part.name}: ${code === 0 ? 'passed' : 'failed'} in ${Math.round((performance.now() - beganMs) / 1000)} s`,
  );
  if (code !== 0) failed.push(part.name);
}
console.log(failed.length === 0 ? 'Everything passed.' : `Failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
