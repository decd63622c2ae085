/** Serves the browser scripts. It must not know what they do. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../../event/failure.ts';

const gzipped = promisify(gzip);

/** Pages ask again after an hour and are told "unchanged" by the tag; an old copy does meanwhile for a day. */
const CACHE_CONTROL = 'public, max-age=3600, stale-while-revalidate=86400';

interface Script {
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly tag: string;
}

/** `files`: path → file. Read once when the server starts; one that is missing stops the start (Failure CONFIG_INVALID). */
export async function scriptRoutes(
  app: FastifyInstance,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, file] of Object.entries(files)) {
    const script = await load(path, file);
    app.get(path, (request, reply) => {
      reply.headers({
        'cache-control': CACHE_CONTROL,
        etag: script.tag,
        vary: 'accept-encoding, origin',
        'cross-origin-resource-policy': 'cross-origin',
      });
      if (hasTag(request.headers['if-none-match'], script.tag)) return reply.code(304).send();
      reply.type('text/javascript; charset=utf-8');
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(script.plain);
      return reply.header('content-encoding', 'gzip').send(script.gzip);
    });
  }
}

async function load(path: string, file: string): Promise<Script> {
  let plain: Buffer;
  try {
    plain = await readFile(file);
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `The script for ${path} cannot be read; run \`npm run build\`.`, {
      cause,
    });
  }
  // Weak: the same tag stands for the plain and the compressed form.
  const tag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 27)}"`;
  return { plain, gzip: await gzipped(plain, { level: 9 }), tag };
}

function hasTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const asked = ifNoneMatch.split(',').map((one) => one.trim());
  return asked.includes('*') || asked.includes(tag) || asked.includes(tag.slice(2));
}
