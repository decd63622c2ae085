/** Keeps the admin token of this tab: taken from the address once, kept in sessionStorage. It must not know what the token is used for. */

const KEY = 'signal.token';

/** Where the token comes from and stays; a browser's window fits. */
export interface SessionHost {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly sessionStorage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
  };
}

export interface Session {
  token(): string | undefined;
  signIn(token: string): void;
  /** `reason` is shown where one signs in again. */
  signOut(reason?: string): void;
  reason(): string | undefined;
  subscribe(changed: () => void): () => void;
}

/** A token in `#token=…` is moved out of the address at once, so that it is in no history and no screenshot. */
export function createSession(host: SessionHost): Session {
  const listeners = new Set<() => void>();
  let reason: string | undefined;
  takeFromAddress(host);
  let token = host.sessionStorage.getItem(KEY) ?? undefined;
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    token: () => token,
    reason: () => reason,
    signIn: (given) => {
      host.sessionStorage.setItem(KEY, given);
      token = given;
      reason = undefined;
      tell();
    },
    signOut: (why) => {
      host.sessionStorage.removeItem(KEY);
      token = undefined;
      reason = why;
      tell();
    },
    subscribe: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
}

function takeFromAddress(host: SessionHost): void {
  const given = new URLSearchParams(host.location.hash.replace(/^#/, '')).get('token');
  if (given === null || given === '') return;
  host.sessionStorage.setItem(KEY, given);
  host.history.replaceState(null, '', host.location.pathname + host.location.search);
}
