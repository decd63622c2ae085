/** Clients that send slowly, never finish, or come in crowds: the others are served, and nobody stays forever. */
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Fixture, KEY, startIngest } from './ingest-fixture.ts';

let server: Fixture;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

const event = { event: 'A', userId: 'u' };
const head = (length: number): string =>
  `POST /v1/t HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\nContent-Length: ${length}\r\n\r\n`;

/** A connection that sent this much and waits. */
function open(text: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text, () => resolve(socket)));
    sockets.push(socket);
    socket.on('error', reject);
  });
}

/** Everything that comes back until the other side ends. */
function rest(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

describe('two hundred connections that never finish', () => {
  it('leave everybody else served', async () => {
    server = await startIngest();
    const unfinished = [
      'POST /v1/t HT',
      'POST /v1/t HTTP/1.1\r\nHost: x\r\nX-',
      head(500_000),
      `${head(500_000)}{"event":`,
    ];
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => open(unfinished[index % unfinished.length] ?? '')),
    );
    for (let sent = 0; sent < 100; sent++) expect((await server.post('/v1/t', event)).status).toBe(200);
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([]);
    expect(server.events()).toHaveLength(100);
  });
});

describe('a slow connection', () => {
  const connections = { headersTimeoutMs: 150, requestTimeoutMs: 300 };

  it.each([
    ['in its headers', 'POST /v1/t HTTP/1.1\r\nHost: x\r\n'],
    ['in its body', `${head(100)}{"event":`],
  ])('%s is told 408, which clients repeat, and ended', async (_name, text) => {
    server = await startIngest({ connections });
    const answer = await rest(await open(text));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      error: { code: 'INVALID_REQUEST' },
    });
  });

  it('that sends no HTTP at all is told 400 and ended', async () => {
    server = await startIngest({ connections });
    expect(await rest(await open('\u0016\u0003\u0001 hello\r\n\r\n'))).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('bodies that are coming', () => {
  it('are held up to a limit: then the oldest gives way with 503, and the newer ones are taken', async () => {
    server = await startIngest({ connections: { maxBufferedBytes: 250_000 } });
    const filler = 'x'.repeat(100_000);
    const oldest = await open(`${head(400_000)}{"x":"${filler}`);
    const gone = rest(oldest);
    const body = JSON.stringify({ ...event, x: 'y'.repeat(200_000) });
    const answer = await server.post('/v1/t', body);
    expect(answer.status).toBe(200);
    const told = await gone;
    expect(told).toMatch(/^HTTP\/1\.1 503 /);
    expect(told.toLowerCase()).toContain('retry-after: ');
  });
});

describe('more connections than the limit', () => {
  it('are refused, and there is room again when others leave', async () => {
    server = await startIngest({ connections: { maxConnections: 2 } });
    const first = await open('POST');
    await open('POST');
    await expect(
      server.post('/v1/t', event, { authorization: `Bearer ${KEY}`, connection: 'close' }),
    ).rejects.toThrow();
    const left = rest(first);
    first.destroy();
    await left;
    await expect
      .poll(() =>
        server.post('/v1/t', event).then(
          (answer) => answer.status,
          () => 0,
        ),
      )
      .toBe(200);
  });
});
