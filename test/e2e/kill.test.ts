/** The built service on a real disk, killed at random moments while clients send: every acknowledged event is accounted for. SOAK_KILLS sets how often. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { CLIENTS, Clients } from './clients.ts';
import { eventually } from './harness.ts';
import { type Account, Arrivals, account, MAIN, type Served, serve } from './served.ts';

const KILLS = Number(process.env['SOAK_KILLS'] ?? 5);
/** The variant that sends again what is unknown needs fewer to show it. */
const RESEND_KILLS = Math.max(2, Math.ceil(KILLS / 5));
/** Clients wait while more of their events than this have not arrived, so that what is left at the end stays small. */
const MAX_BACKLOG = 300;
/** Everything is accounted for after so many kills, and then it goes on. */
const KILLS_OF_ROUND = 100;

let sandbox: Sandbox;
let arrivals: Arrivals;
let dataDir: string;
let service: Served | undefined;

beforeEach(async () => {
  sandbox = await startSandbox({ settings: { rate_limit_per_second: 1_000 } });
  arrivals = new Arrivals(sandbox);
  dataDir = mkdtempSync(join(tmpdir(), 'signal-kill-'));
});
afterEach(async () => {
  await service?.end('SIGKILL');
  service = undefined;
  await sandbox.close();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Round extends Account {
  /** Of this round and those before it. */
  readonly kills: number;
  readonly acknowledged: number;
}

/** Kills at random moments, measured in requests that reached the account, so that no clock decides; many as soon as it listens. */
async function* streamUnderFire(kills: number, unknownOutcome: 'hold' | 'resend'): AsyncGenerator<Round> {
  service = await serve({ dataDir, sandbox });
  await service.install(unknownOutcome);
  let earlier: ReadonlySet<string> = new Set();
  for (let soFar = 0; soFar < kills; ) {
    const clients = new Clients(service, { arrivals, maxBacklog: MAX_BACKLOG, earlier });
    const last = Math.min(kills, soFar + KILLS_OF_ROUND);
    try {
      for (; soFar < last; soFar += 1) {
        const seen = arrivals.count() + Math.floor(Math.random() ** 2 * 40);
        await eventually(() => expect(arrivals.count()).toBeGreaterThanOrEqual(seen));
        await service.end('SIGKILL');
        service = await serve({ dataDir, sandbox });
        clients.turnTo(service);
      }
    } finally {
      clients.stop();
    }
    await clients.ended;
    earlier = clients.acknowledged;
    yield { kills: soFar, acknowledged: earlier.size, ...(await account(service, earlier, arrivals)) };
  }
}

describe('killed while events stream in', () => {
  it(`loses nothing and sends nothing twice (${KILLS} kills)`, async () => {
    for await (const { kills, acknowledged, lost, twice, delivered, held } of streamUnderFire(
      KILLS,
      'hold',
    )) {
      console.log(
        `kills ${kills}: acknowledged ${acknowledged}, lost ${lost.length}, sent twice ${twice.length}, delivered ${delivered}, shown as unknown ${held}`,
      );
      expect(lost).toEqual([]);
      expect(twice).toEqual([]);
      // What was under way at a kill, at most: one request per contact.
      expect(held).toBeLessThanOrEqual(kills * CLIENTS);
    }
  });

  it(`delivers everything with unknown_outcome: "resend" (${RESEND_KILLS} kills)`, async () => {
    for await (const { kills, acknowledged, lost, held } of streamUnderFire(RESEND_KILLS, 'resend')) {
      console.log(
        `kills ${kills}, sent again: acknowledged ${acknowledged}, lost ${lost.length}, shown as unknown ${held}`,
      );
      expect(lost).toEqual([]);
      expect(held).toBe(0);
    }
  });

  it('lets a second process on the same data fail at once, with a sentence', async () => {
    service = await serve({ dataDir, sandbox });
    const second = spawn(process.execPath, [MAIN, 'serve'], {
      env: { ...process.env, SIGNAL_DATA_DIR: dataDir, ADMIN_PORT: '0', INGEST_PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let message = '';
    second.stderr.on('data', (chunk) => {
      message += chunk;
    });
    const code = await new Promise((resolve) => second.once('close', resolve));
    expect(code).toBe(1);
    expect(message).toMatch(/process/i);
    expect(message.trim().split('\n')).toHaveLength(1);
  });
});
