/** The address as state: which page, which query; links and moves without a reload. It must not know any page. */
import { type ComponentProps, type MouseEvent, useCallback, useMemo, useSyncExternalStore } from 'react';
import { type Place, placeOf, type Query, queryOf } from './routes.ts';

const MOVED = 'console:moved';

function subscribe(changed: () => void): () => void {
  window.addEventListener('popstate', changed);
  window.addEventListener(MOVED, changed);
  return () => {
    window.removeEventListener('popstate', changed);
    window.removeEventListener(MOVED, changed);
  };
}

/** Goes to another address. `replace` leaves no step to come back to. */
export function navigate(address: string, options: { readonly replace?: boolean } = {}): void {
  const before = window.location.pathname;
  if (options.replace === true) window.history.replaceState(null, '', address);
  else window.history.pushState(null, '', address);
  window.dispatchEvent(new Event(MOVED));
  if (window.location.pathname !== before) window.scrollTo(0, 0);
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

export function usePlace(): Place | undefined {
  const path = usePath();
  return useMemo(() => placeOf(path), [path]);
}

/** What stands behind the `?`, and a function that changes some of it; `undefined` removes. */
export function useQueryState(): readonly [Query, (change: Query) => void] {
  const text = useSyncExternalStore(subscribe, () => window.location.search);
  const query = useMemo<Query>(() => Object.fromEntries(new URLSearchParams(text)), [text]);
  const change = useCallback((next: Query) => {
    const merged = { ...Object.fromEntries(new URLSearchParams(window.location.search)), ...next };
    navigate(window.location.pathname + queryOf(merged), { replace: true });
  }, []);
  return [query, change];
}

/** A link within the console. Opening in a new tab works as everywhere. */
export function Link({ href, onClick, ...rest }: ComponentProps<'a'> & { readonly href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
