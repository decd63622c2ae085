/** A feed that lives as long as the page that shows it, fed by the stream. It must not know what its items are. */
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { StreamEntry } from './api/stream.ts';
import { createFeed, type Feed, type FeedOptions, type FeedState } from './feed.ts';
import { useStream, useStreamState } from './service.ts';

/**
 * `options` and `pick` should be stable: new ones begin a new feed. Whenever the stream (re)opens, the newest page is
 * loaded, so that nothing between two looks is missing.
 */
export function useFeed<T>(
  options: FeedOptions<T>,
  pick: (entries: readonly StreamEntry[], shown: readonly T[]) => readonly T[],
): readonly [FeedState<T>, Feed<T>] {
  const feed = useMemo(() => createFeed(options), [options]);
  const state = useSyncExternalStore(feed.subscribe, feed.state);
  const streamState = useStreamState();
  useEffect(() => {
    if (streamState !== 'broken' || feed.state().items.length === 0) void feed.loadNewest();
  }, [feed, streamState]);
  const listen = useCallback(
    (entries: readonly StreamEntry[]) => {
      const items = pick(entries, feed.state().items);
      if (items.length > 0) feed.take(items);
    },
    [feed, pick],
  );
  useStream(listen);
  return [state, feed];
}
