/** A website with d.js and an ingestion of its own that fails when told to. It must not know what is tested. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleBrowser } from '../../src/sdk/bundle.ts';
import type { WireEvent } from '../../src/sdk/wire.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** `drop`: the connection ends unanswered. `lose`: ingestion takes the events, and then the connection ends. */
export type Answer = 'drop' | 'lose' | { readonly status: number; readonly retryAfter?: string };

export interface Site {
  /** Where the website is, and, on another origin, the same server again. */
  readonly url: string;
  readonly otherUrl: string;
  /** What a path answers with, as HTML or (`.js`) script. A function may make its callers wait. */
  readonly pages: Map<string, string | (() => Promise<string>)>;
  readonly requests: Request[];
  /** Everything that ingestion took, repeats included. */
  readonly events: WireEvent[];
  answer: () => Answer;
  close(): Promise<void>;
}

export const SCRIPT = '<script src="/d.js" data-pipeline-key="dk_live_x" data-skip-bots="false"></script>';

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

export async function startSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'datafly-site-'));
  await bundleBrowser(join(folder, 'd.js'));
  const scripts = new Map<string, string>();
  for (const name of ['d.js', 'd-consent.js'])
    scripts.set(`/${name}`, await readFile(join(folder, name), 'utf8'));
  await rm(folder, { recursive: true });

  async function page(path: string, response: ServerResponse): Promise<void> {
    const given = site.pages.get(path) ?? scripts.get(path);
    const text = typeof given === 'function' ? await given() : given;
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    response
      .writeHead(text === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` })
      .end(text);
  }

  function ingest(body: string, response: ServerResponse): void {
    const answer = site.answer();
    if (answer === 'lose' || (answer !== 'drop' && answer.status === 200))
      site.events.push(...JSON.parse(body).batch);
    if (answer === 'drop' || answer === 'lose') {
      response.destroy();
      return;
    }
    response
      .writeHead(answer.status, {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'retry-after',
        ...(answer.retryAfter && { 'retry-after': answer.retryAfter }),
      })
      .end('{"success":true}');
  }

  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    const path = url.replace(/\?.*/, '');
    const body = await bodyOf(request);
    site.requests.push({ method, path, contentType: request.headers['content-type'], body });
    if (path === '/v1/batch') ingest(body, response);
    else await page(path, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server has no port');

  const site: Site = {
    url: `http://localhost:${address.port}`,
    otherUrl: `http://127.0.0.1:${address.port}`,
    pages: new Map([['/', `<title>Home</title>${SCRIPT}`]]),
    requests: [],
    events: [],
    answer: () => ({ status: 200 }),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return site;
}
