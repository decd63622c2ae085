/** The load for bench/ingest-http.ts, in a process of its own. It must cost little itself: requests are bytes made beforehand, in which only the messageIds change. */
import { connect } from 'node:net';

export const KEY = 'dk_live_bench';

export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly eventsPerRequest: number;
  readonly seconds: number;
}

export interface Measured {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the load itself. */
  readonly cpuMs: number;
}

/** Stands for a messageId's number, in as many digits. */
const SLOT = '000000000000';
const ZERO = 48;

/** About 530 bytes of JSON, as a shop sends it. */
function eventText(index: number): string {
  return JSON.stringify({
    type: 'track',
    event: 'Product Viewed',
    messageId: `bench-${process.pid}-${SLOT}`,
    userId: `user-${index % 10_000}`,
    anonymousId: '0f9d2c55-3a0e-4b0e-9d0a-6f4b7c1f2e11',
    timestamp: new Date().toISOString(),
    properties: {
      product_id: 'SKU-1881',
      name: 'Trail Shoe',
      category: 'Shoes',
      price: 89.9,
      currency: 'EUR',
      quantity: 1,
    },
    context: {
      page: { url: 'https://shop.example/p/sku-1881', path: '/p/sku-1881', title: 'Trail Shoe' },
      consent: { marketing: true, analytics: true },
      locale: 'en-GB',
    },
  });
}

function requestText(load: Load, first: number): string {
  const path = load.eventsPerRequest === 1 ? '/v1/t' : '/v1/batch';
  const events = Array.from({ length: load.eventsPerRequest }, (_, offset) => eventText(first + offset));
  const body = load.eventsPerRequest === 1 ? events.join('') : `{"batch":[${events.join(',')}]}`;
  return (
    `POST ${path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** The request's bytes, with a fresh number in each messageId every time that it is asked for. */
function requestBytes(load: Load, first: number, nextNumber: () => number): () => Buffer {
  const bytes = Buffer.from(requestText(load, first));
  const slots: number[] = [];
  for (let at = bytes.indexOf(SLOT); at !== -1; at = bytes.indexOf(SLOT, at + 1)) slots.push(at);
  return () => {
    for (const slot of slots) {
      let left = nextNumber();
      for (let at = slot + SLOT.length - 1; at >= slot; at -= 1) {
        bytes[at] = ZERO + (left % 10);
        left = Math.floor(left / 10);
      }
    }
    return bytes;
  };
}

/** Closed loop: each connection sends its next request when the last one is answered. */
async function runLoad(load: Load): Promise<Measured> {
  const times: number[] = [];
  let failures = 0;
  let number = 0;
  const nextNumber = (): number => ++number;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const endsAt = startedAt + load.seconds * 1_000;
  const connection = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = requestBytes(load, index * load.eventsPerRequest, nextNumber);
      const socket = connect(load.port, '127.0.0.1').setNoDelay(true);
      let sentAt = 0;
      const send = (): void => {
        sentAt = performance.now();
        socket.write(next());
      };
      socket.once('connect', send);
      socket.once('error', reject);
      socket.on('data', (answer: Buffer) => {
        const now = performance.now();
        times.push(now - sentAt);
        if (answer.toString('latin1', 0, 12) !== 'HTTP/1.1 200') failures += 1;
        if (now < endsAt) return send();
        socket.destroy();
        resolve();
      });
    });
  await Promise.all(Array.from({ length: load.connections }, (_, index) => connection(index)));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const quantile = (part: number): number =>
    times[Math.min(Math.floor(times.length * part), times.length - 1)] ?? 0;
  return {
    requests: times.length,
    failures,
    seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    cpuMs: (user + system) / 1_000,
  };
}

const [given] = process.argv.slice(2);
if (process.send !== undefined && given !== undefined) process.send(await runLoad(JSON.parse(given)));
