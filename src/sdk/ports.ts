/** Time, chance and network as a client meets them. It must not know what they are used for. */

export interface Ports {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs once after the delay; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  fetch: typeof globalThis.fetch;
}

export const systemPorts: Ports = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  fetch: (input, init) => fetch(input, init),
};
