/** The built service with a disk that is full (a limit on the size of its files), and with room again: nothing is restarted. SOAK_FILE_BYTES sets the size. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { Clients } from './clients.ts';
import { eventually } from './harness.ts';
import { Arrivals, account, type Served, serve } from './served.ts';

const FILE_BYTES = Number(process.env['SOAK_FILE_BYTES'] ?? 1_500_000);
/** So many refusals in a row, of all clients together, and the disk counts as full: checkpoints may make room until then. */
const REFUSALS = 80;

/** An event is some KiB, so that the disk fills soon. */
const PADDING = 4_000;

/** prlimit is part of util-linux. */
const HAS_PRLIMIT = spawnSync('prlimit', ['--version']).status === 0;
if (!HAS_PRLIMIT)
  console.log('Skipped: there is no prlimit (util-linux) on this machine, so no disk can be made full.');

describe.skipIf(!HAS_PRLIMIT && process.env['CI'] !== 'true')('a disk that is full', () => {
  let sandbox: Sandbox;
  let dataDir: string;
  let service: Served | undefined;

  beforeEach(async () => {
    sandbox = await startSandbox({ settings: { rate_limit_per_second: 1_000 } });
    dataDir = mkdtempSync(join(tmpdir(), 'signal-full-'));
  });
  afterEach(async () => {
    await service?.end('SIGKILL');
    service = undefined;
    await sandbox.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('is answered with 503 and loses nothing; with room again the same process goes on', async () => {
    service = await serve({ dataDir, sandbox, under: ['prlimit', `--fsize=${FILE_BYTES}:`] });
    await service.install('hold');
    const arrivals = new Arrivals(sandbox);
    const clients = new Clients(service, { arrivals, padding: PADDING });
    await eventually(() => expect(clients.refusedInARow).toBeGreaterThan(REFUSALS));
    await saysWhatIsWrong(service);
    expect(clients.refusals.at(-1)?.body.error.message).toMatch(/SQLITE_(FULL|IOERR_WRITE)/);

    const whileFull = clients.acknowledged.size;
    execFileSync('prlimit', ['--fsize=unlimited:', '--pid', String(service.pid)]);
    await eventually(() => expect(clients.acknowledged.size).toBeGreaterThan(whileFull + REFUSALS));
    await saysOfItself(service, 200, 1);
    clients.stop();
    await clients.ended;
    const result = await account(service, clients.acknowledged, arrivals);
    console.log(
      `full at ${FILE_BYTES} bytes: acknowledged ${clients.acknowledged.size} (${whileFull} before), refused ${clients.refusals.length}, lost ${result.lost.length}, sent twice ${result.twice.length}, delivered ${result.delivered}`,
    );
    // Every job was settled by the process that sent it, so none is unknown either.
    expect(result).toEqual({ lost: [], twice: [], held: 0, delivered: clients.acknowledged.size });
  });
});

/** Health is asked of the disk once a second, with a write so small that it may still fit where an event does not. */
async function saysOfItself(service: Served, health: number, writable: number): Promise<void> {
  await eventually(async () => {
    expect((await fetch(`${service.ingestUrl}/healthz`)).status).toBe(health);
    expect(await service.metrics()).toContain(`\nsignal_store_writable ${writable}\n`);
  });
}

/** While the disk is full: in its health, its metrics and its log, with what can be read readable. */
async function saysWhatIsWrong(service: Served): Promise<void> {
  await saysOfItself(service, 503, 0);
  const metrics = await service.metrics();
  expect(metrics).toMatch(/^signal_store_refused_total\{of="commit",code="SQLITE_\w+"\} \d+$/m);
  const refused = service.lines.filter((line) => line.includes('"store.refused"'));
  expect(refused.join('\n')).toMatch(/"code":"SQLITE_(FULL|IOERR_WRITE)"/);
  // Of each trouble one line in ten seconds, whatever the number of requests and workers.
  expect(service.lines.length).toBeLessThan(40);
  expect((await service.rows('/deliveries?')).length).toBeGreaterThan(0);
  expect((await service.admin('GET', '/pipeline-integrations')).data).toHaveLength(1);
}
