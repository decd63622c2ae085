/** Connections that were opened ahead and never used, as browsers and HTTP clients do: Node does not count them as idle, so they would hold up a closing server. It must not know any route. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Follows the server's connections; the function it gives ends those that have not carried a request yet. */
export function trackUnused(server: Server): () => void {
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return () => {
    for (const socket of unused) socket.destroy();
  };
}
