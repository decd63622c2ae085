/** A place that cannot be had, by a real server. */
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { listening } from '../../src/runtime/listening.ts';

function listen(host: string, port: number): Promise<{ port: number; close(): void }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' ? (address?.port ?? 0) : 0,
        close: () => void server.close(),
      });
    });
  });
}

it('a taken port is one sentence that names the variable', async () => {
  const first = await listen('127.0.0.1', 0);
  await expect(listening('INGEST', first.port, () => listen('127.0.0.1', first.port))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `Port ${first.port} is taken by another program. Set INGEST_PORT or INGEST_HOST to another place.`,
  });
  first.close();
});

it('an error of another kind stays what it is', async () => {
  const error = new TypeError('a mistake of our own');
  await expect(listening('ADMIN', 1, () => Promise.reject(error))).rejects.toBe(error);
});
