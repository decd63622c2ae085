/** The built service on a disk that fails for real (faulty-disk.c): it refuses, ends with a sentence where it must, and goes on from there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { buildFaultyDisk, type FaultyDisk, faultyDisk, HAS_COMPILER } from '../store/sqlite/faulty-disk.ts';
import { CLIENTS, Clients } from './clients.ts';
import { eventually } from './harness.ts';
import { Arrivals, account, type Served, serve } from './served.ts';

const SEED = Number(process.env['SOAK_SEED'] ?? Date.now() % 1e9);
const REFUSALS = 10;

describe.skipIf(!HAS_COMPILER)(`on a disk that fails (SOAK_SEED=${SEED})`, () => {
  let sandbox: Sandbox;
  let dataDir: string;
  let disk: FaultyDisk;
  let service: Served | undefined;

  beforeEach(async () => {
    sandbox = await startSandbox({ settings: { rate_limit_per_second: 1_000 } });
    dataDir = mkdtempSync(join(tmpdir(), 'signal-failing-'));
    disk = faultyDisk(buildFaultyDisk(dataDir), join(dataDir, 'signal.db'));
  });
  afterEach(async () => {
    await service?.end('SIGKILL');
    service = undefined;
    await sandbox.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('the service refuses, ends with a sentence where it must, and started again has lost nothing', async () => {
    const begin = (): Promise<Served> => serve({ dataDir, sandbox, environment: disk.environment });
    service = await begin();
    await service.install('hold');
    const arrivals = new Arrivals(sandbox);
    const clients = new Clients(service, { arrivals });

    disk.fail({ writesOfFile: 100, writesOfLog: 20 }, SEED);
    await eventually(() => expect(clients.refusals.length).toBeGreaterThan(REFUSALS));
    const taken = clients.acknowledged.size;
    await eventually(() => expect(clients.acknowledged.size).toBeGreaterThan(taken + REFUSALS));

    disk.fail({ syncsOfFile: 1_000, syncsOfLog: 1_000 }, SEED);
    expect(await service.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(service.complaints).toHaveLength(1);
    expect(service.complaints[0]).toMatch(/did not confirm .* Check the disk, then start again\.$/);

    // What the clients heard until they found nobody.
    const before = clients.acknowledged.size;
    disk.fail({}, SEED);
    service = await begin();
    clients.turnTo(service);
    await eventually(() => expect(clients.acknowledged.size).toBeGreaterThan(before + REFUSALS));
    clients.stop();
    await clients.ended;
    const { lost, twice, held, delivered } = await account(service, clients.acknowledged, arrivals);
    expect({ lost, twice }).toEqual({ lost: [], twice: [] });
    // What was under way when it ended is unknown, one request per contact at most.
    expect(held).toBeLessThanOrEqual(CLIENTS);
    expect(delivered + held).toBeGreaterThanOrEqual(clients.acknowledged.size);
  });
});
