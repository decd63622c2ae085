import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleBrowser } from '../../src/sdk/bundle.ts';
import { snippet } from '../../src/sdk/snippet.ts';

const MAX_GZIP_BYTES = 4_000;
const MAX_SNIPPET_BYTES = 600;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datafly-size-'));
  await bundleBrowser(join(folder, 'd.js'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('the size of', () => {
  it(`d.js is ${MAX_GZIP_BYTES} bytes of gzip at most, for all of it`, async () => {
    const code = await readFile(join(folder, 'd.js'));
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(MAX_GZIP_BYTES);
  });

  it(`the snippet is ${MAX_SNIPPET_BYTES} bytes at most`, () => {
    const code = snippet({
      src: 'https://data.an-ordinary-company.example.com/d.js',
      attributes: { pipelineKey: `dk_live_${'0'.repeat(32)}`, consent: 'onetrust', autoPage: false },
      global: 'datafly',
    });
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(MAX_SNIPPET_BYTES);
  });
});

describe('the snippet', () => {
  it('cannot be ended from inside', () => {
    const code = snippet({ src: '</script><script>alert(1)', attributes: { pipelineKey: '</script>' } });
    expect(code).not.toContain('</script');
  });
});
