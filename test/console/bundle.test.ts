/** Holds the built console to its sizes: what the first page loads, and the editor that is loaded later. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const FOLDER = 'dist/console';
const FIRST_PAGE_KB = 160;
const EDITOR_KB = 200;

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly isEntry?: boolean;
}

function manifest(): Readonly<Record<string, Chunk>> {
  const file = join(FOLDER, '.vite/manifest.json');
  if (!existsSync(file))
    throw new Error('The console is not built: vite build --config src/console/vite.config.ts');
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The chunk and everything that it imports at once. */
function files(
  chunks: Readonly<Record<string, Chunk>>,
  key: string,
  found = new Set<string>(),
): ReadonlySet<string> {
  const chunk = chunks[key];
  if (chunk === undefined) throw new Error(`no chunk ${key}`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const other of chunk.imports ?? []) files(chunks, other, found);
  return found;
}

function kilobytes(names: Iterable<string>): number {
  let bytes = 0;
  for (const name of names) bytes += gzipSync(readFileSync(join(FOLDER, name)), { level: 9 }).length;
  return bytes / 1024;
}

describe('the built console', () => {
  const chunks = manifest();
  const first = files(chunks, 'index.html');

  it(`needs at most ${FIRST_PAGE_KB} KB of script for its first page`, () => {
    const size = kilobytes(first);
    expect(size).toBeGreaterThan(20);
    expect(size).toBeLessThanOrEqual(FIRST_PAGE_KB);
  });

  it.each(['pages/blueprint/text-editor.tsx', 'pages/blueprint/compare.tsx'])(
    `loads at most ${EDITOR_KB} KB for %s, and not before it is needed`,
    (key) => {
      const later = [...files(chunks, key)].filter((name) => !first.has(name));
      expect(kilobytes(later)).toBeGreaterThan(20);
      expect(kilobytes(later)).toBeLessThanOrEqual(EDITOR_KB);
    },
  );

  it('has no inline script or style in its page', () => {
    const page = readFileSync(join(FOLDER, 'index.html'), 'utf8');
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/);
  });
});
