/** Tells open pages that something changed, as server-sent events. It must not know what changed. */
import type { ServerResponse } from 'node:http';

/** Pages are told at most this often. */
const PACE_MS = 250;
/** More open pages than this are turned away. */
const MAX_PAGES = 50;

export class Live {
  readonly #pages = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;

  join(response: ServerResponse): void {
    if (this.#pages.size >= MAX_PAGES) {
      response.writeHead(503).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\ndata: changed\n\n');
    this.#pages.add(response);
    response.on('close', () => this.#pages.delete(response));
  }

  /** Called for every change; costs nothing while nobody looks. */
  changed(): void {
    if (this.#pages.size === 0 || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      for (const page of this.#pages) page.write('data: changed\n\n');
    }, PACE_MS);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const page of this.#pages) page.end();
  }
}
