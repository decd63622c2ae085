/** A client whose second request is on its way while the server begins to close. It must not know what the server serves. */
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { expect } from 'vitest';

/**
 * Closes the server while the request `late` has come up to its last line, sends that line, and resolves with the text of the
 * answer to it. The begin of that request came in one piece with a whole one before it, so the answer to the first
 * shows that the server has it.
 */
export async function answerWhileClosing(
  app: FastifyInstance,
  port: number,
  path: string,
  late = `GET ${path}`,
): Promise<string> {
  const head = (line: string): string => `${line} HTTP/1.1\r\nHost: x\r\n`;
  const socket = connect(port, '127.0.0.1', () => socket.write(`${head(`GET ${path}`)}\r\n${head(late)}`));
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('utf8');
  });
  const ended = new Promise<void>((resolve, reject) => {
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });
  await expect.poll(() => text).toMatch(/^HTTP\/1\.1 200 /);
  const closed = app.close();
  await expect.poll(() => app.server.listening).toBe(false);
  socket.write('\r\n');
  await ended;
  await closed;
  return text.slice(text.lastIndexOf('HTTP/1.1 '));
}
