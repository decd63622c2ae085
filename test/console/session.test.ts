/** Holds the session to its promise: a token leaves the address at once and stays in this tab only. */
import { describe, expect, it } from 'vitest';
import { createSession, type SessionHost } from '../../src/console/session.ts';

function hostAt(address: string, kept: Record<string, string> = {}) {
  const url = new URL(address, 'http://console.test');
  const replaced: string[] = [];
  const storage = new Map(Object.entries(kept));
  const host: SessionHost = {
    location: { hash: url.hash, pathname: url.pathname, search: url.search },
    history: { replaceState: (_state, _unused, to) => void replaced.push(to) },
    sessionStorage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => void storage.set(key, value),
      removeItem: (key) => void storage.delete(key),
    },
  };
  return { host, replaced, storage };
}

describe('the session', () => {
  it('takes the token out of the address and keeps path and query', () => {
    const { host, replaced, storage } = hostAt('/events?type=page#token=secret-1');
    expect(createSession(host).token()).toBe('secret-1');
    expect(replaced).toEqual(['/events?type=page']);
    expect([...storage.values()]).toEqual(['secret-1']);
  });

  it('leaves an address without a token alone', () => {
    const { host, replaced } = hostAt('/events#top');
    expect(createSession(host).token()).toBeUndefined();
    expect(replaced).toEqual([]);
  });

  it('finds the token again after a reload, and none after signing out', () => {
    const { host, storage } = hostAt('/', { 'signal.token': 'secret-2' });
    const session = createSession(host);
    expect(session.token()).toBe('secret-2');
    let told = 0;
    session.subscribe(() => {
      told += 1;
    });
    session.signOut('It was refused.');
    expect(session.token()).toBeUndefined();
    expect(session.reason()).toBe('It was refused.');
    expect(storage.size).toBe(0);
    expect(told).toBe(1);
  });
});
