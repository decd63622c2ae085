/** What ingestion writes into the log: that something is wrong, never a key, an id, an address. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { KEY, SECRET, startIngest } from './ingest-fixture.ts';

it('names troubles once, and holds nothing of events, keys and addresses', async () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const server = await startIngest({ logger: pino({ level: 'trace' }, stream) });
  const jane = { userId: 'jane@example.com', traits: { phone: '555-1234' } };
  await server.post('/v1/i', jane);
  for (let sent = 0; sent < 5; sent++) await server.post('/v1/t', jane);
  await server.post(`/v1/t?wk=${KEY}&email=jane@example.com`, '{"jane@example.com', {});
  await fetch(`${server.url}/v1/pixel/track?wk=${KEY}&uid=jane@example.com`);
  await fetch(`${server.url}/nowhere/${KEY}`);
  server.log.failure = new Error('SQLITE_FULL');
  for (let sent = 0; sent < 5; sent++) await server.post('/v1/i', jane);
  await server.close();
  const said = lines.map((line) => JSON.parse(line));
  expect(said.filter(({ code }) => code === 'EVENT_NAME_MISSING')).toHaveLength(1);
  expect(said.filter(({ msg }) => msg === 'ingestion failed')).toHaveLength(1);
  expect(lines.join('')).toContain('SQLITE_FULL');
  expect(lines.join('')).not.toMatch(new RegExp(`${KEY}|${SECRET}|jane|555-1234`));
});
