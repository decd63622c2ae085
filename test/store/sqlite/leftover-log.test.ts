/** Claims about the log of a process that was killed: it keeps what it has. That it is written and synced again: faulty-disk.test.ts. */
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeLeftoverLogSafe } from '../../../src/store/sqlite/leftover-log.ts';

const MEBIBYTE = 1024 * 1024;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leftover-'));
  path = join(folder, 'signal.db');
});
beforeEach(() => writeFileSync(path, ''));
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

it.each(['', 'linked'])('writes the log of a %s database', (how) => {
  writeFileSync(`${path}-wal`, 'log');
  utimesSync(`${path}-wal`, 0, 0);
  const asked = how === '' ? path : join(folder, 'link.db');
  if (asked !== path) symlinkSync(path, asked);
  makeLeftoverLogSafe(asked);
  expect(statSync(`${path}-wal`).mtimeMs).toBeGreaterThan(0);
});

it('throws where the log cannot be written', () => {
  mkdirSync(`${path}-wal`);
  expect(() => makeLeftoverLogSafe(path)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
});
