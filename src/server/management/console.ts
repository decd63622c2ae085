/** The built web console as files: one page, and assets whose names change with their content. It must not know what the console does. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../event/failure.ts';
import { own } from '../../event/json.ts';

const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const SHRINKS = /^(text\/|application\/json|image\/svg)/;

/** Begins with no dot and holds no slash, so that it cannot lead out of the folder. */
const ASSET_NAME = /^[\w-][\w.-]{0,199}$/;

/** Nothing inline, nothing from elsewhere, no eval: what the console keeps to, the browser holds it to. */
const CONSOLE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

interface ConsoleFile {
  readonly type: string;
  readonly tag: string;
  readonly plain: Buffer;
  /** Absent where compressing gains nothing. */
  readonly gzipped?: Buffer;
}

export interface Console {
  /** Adds `/` and `/assets/{file}`. */
  addRoutes(app: FastifyInstance): void;
  /** Whether a request without a route of its own is a browser that wants one of the console's pages. */
  wants(request: FastifyRequest): boolean;
  /** Sends the page; Failure NOT_FOUND while the console is not built. */
  sendPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
}

/** `folder`: where the build put index.html and assets/. Without it, or before the build, every page is NOT_FOUND. */
export function createConsole(folder: string | undefined): Console {
  const assets = new Map<string, Promise<ConsoleFile | undefined>>();
  const asset = (name: string): Promise<ConsoleFile | undefined> => {
    const known = assets.get(name);
    if (known !== undefined) return known;
    const loading = ASSET_NAME.test(name) ? load(folder, join('assets', name)) : Promise.resolve(undefined);
    assets.set(name, loading);
    // Only what is there is kept, so that names which somebody tries do not fill the memory.
    const forget = (): void => void assets.delete(name);
    loading.then((file) => file ?? forget(), forget);
    return loading;
  };
  const sendPage: Console['sendPage'] = async (request, reply) => {
    // Read anew each time: a new build names other assets.
    const page = await load(folder, 'index.html');
    if (page === undefined)
      throw new Failure('NOT_FOUND', 'The console is not built. Run "npm run build" and ask again.');
    return send(request, reply.header('cache-control', 'no-cache'), page);
  };
  return {
    sendPage,
    wants: ({ method, url, headers }) =>
      (method === 'GET' || method === 'HEAD') &&
      headers.accept?.includes('text/html') === true &&
      !/^\/(v1|api|metrics|healthz|readyz|openapi\.json|assets)(\/|\?|$)/.test(url),
    addRoutes(app) {
      app.get('/', sendPage);
      app.get('/assets/:file', async (request, reply) => {
        const name = own(request.params, 'file');
        const file = typeof name === 'string' ? await asset(name) : undefined;
        if (file === undefined) throw new Failure('NOT_FOUND', 'The console has no such file.');
        return send(request, reply.header('cache-control', 'public, max-age=31536000, immutable'), file);
      });
    },
  };
}

/** Undefined when there is no such file. */
async function load(folder: string | undefined, name: string): Promise<ConsoleFile | undefined> {
  if (folder === undefined) return undefined;
  const plain = await readOrNothing(join(folder, name));
  if (plain === undefined) return undefined;
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  // Weak: the compressed form has the same one.
  const tag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 27)}"`;
  return { type, tag, plain, ...(SHRINKS.test(type) ? { gzipped: await compress(plain) } : {}) };
}

async function readOrNothing(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}

function send(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  reply.headers({ ...CONSOLE_HEADERS, etag: file.tag, vary: 'accept-encoding' });
  if (request.headers['if-none-match'] === file.tag) return reply.code(304).send();
  reply.type(file.type);
  const accepted = request.headers['accept-encoding'];
  return typeof accepted === 'string' && file.gzipped !== undefined && takesGzip(accepted)
    ? reply.header('content-encoding', 'gzip').send(file.gzipped)
    : reply.send(file.plain);
}

function takesGzip(accepted: string): boolean {
  return accepted
    .split(',')
    .map((part) => part.trim().toLowerCase().replaceAll(' ', ''))
    .some((part) => /^(gzip|\*)(;q=(1(\.0*)?|0?\.\d*[1-9]\d*))?$/.test(part));
}
