/** Claims about the log of a process that was killed: written again as it is, or the database is not opened. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { makeLeftoverLogSafe } from '../../../src/store/sqlite/leftover-log.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';

const MEBIBYTE = 1024 * 1024;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leftover-'));
  path = join(folder, 'signal.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([0, 1, MEBIBYTE, 2 * MEBIBYTE + 7])('leaves a log of %i bytes as it is', (length) => {
  const bytes = randomBytes(length);
  writeFileSync(`${path}-wal`, bytes);
  makeLeftoverLogSafe(path);
  expect(readFileSync(`${path}-wal`).equals(bytes)).toBe(true);
});

it('makes no log where there is none', () => {
  makeLeftoverLogSafe(path);
  expect(existsSync(`${path}-wal`)).toBe(false);
});

it('a database whose log cannot be written again is not opened', () => {
  mkdirSync(`${path}-wal`);
  const open = () =>
    openSqliteStore({ path, clock: systemClock, dedupeDays: 28, retentionDays: 30, parkPerVisitor: 3 });
  expect(open).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
});
