/** `signal start` as people run it: what it says, and how Ctrl-C ends it. It must not know what the tour sends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { MAIN } from './served.ts';

it('says where to look, and at Ctrl-C what it does until it has stopped', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'start-'));
  const child = spawn(process.execPath, [MAIN, 'start', '--no-tour'], {
    env: { ...process.env, SIGNAL_DATA_DIR: dataDir, ADMIN_PORT: '0', INGEST_PORT: '0', SANDBOX_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const ended = once(child, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (line.startsWith('Ctrl-C')) child.kill('SIGINT');
    }
    expect(await ended).toEqual([0, null]);
    expect(lines[0]).toBe('');
    expect(lines[1]).toMatch(/^Console +http:\/\/127\.0\.0\.1:\d+\/#token=\w+$/);
    expect(lines.slice(-2)).toEqual([
      'Stopping: what is under way is brought to its end …',
      'Stopped. What still waits goes on with the next start.',
    ]);
  } finally {
    child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true });
  }
});
