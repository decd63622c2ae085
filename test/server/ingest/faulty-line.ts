/** A TCP line to a server that can fail: cut before a request gets through, cut before its answer comes back, or stalled. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `stalled`: of a request only the first bytes get through; the answer comes back. */
export type Fault = 'request cut' | 'answer cut' | 'stalled';

export interface FaultyLine {
  readonly url: string;
  /** So many connections fail like this, from now on. */
  fail(times: number, fault: Fault): void;
  close(): Promise<void>;
}

const STALLED_AFTER_BYTES = 40;

export async function faultyLine(targetPort: number): Promise<FaultyLine> {
  const faults: Fault[] = [];
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const fault = faults.shift();
    if (fault === 'request cut') return void client.destroy();
    const upstream = connect(targetPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());
    let passed = 0;
    client.on('data', (chunk: Buffer) => {
      const allowed = fault === 'stalled' ? Math.max(STALLED_AFTER_BYTES - passed, 0) : chunk.length;
      passed += chunk.length;
      if (allowed > 0) upstream.write(chunk.subarray(0, allowed));
    });
    upstream.on('data', (chunk) => {
      if (fault === 'answer cut') client.destroy();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    fail: (times, fault) => void faults.push(...Array.from({ length: times }, () => fault)),
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the line does not listen');
  return address.port;
}
