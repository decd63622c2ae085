/** A long list of which only what is seen stands in the page. Keys move from row to row. It must not know what rows show. */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useShortcuts } from '../shortcuts.ts';
import './rows.css';

interface RowsProps<T> {
  readonly items: readonly T[];
  readonly idOf: (item: T) => string;
  readonly label: string;
  /** About how high a row is, in pixels. */
  readonly rowHeight: number;
  readonly render: (item: T) => ReactNode;
  /** Called when the end comes into view. */
  readonly onEnd?: () => void;
  /** `x` on a row. */
  readonly onMark?: (item: T) => void;
}

/** Rows beyond the edges that are kept ready. */
const OVERSCAN = 8;

export function Rows<T>({ items, idOf, label, rowHeight, render, onEnd, onMark }: RowsProps<T>) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (list.current !== null) setTop(list.current.getBoundingClientRect().top + window.scrollY);
  }, []);
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: top,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : idOf(item);
    },
  });
  const shown = rows.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastShown >= items.length - 2) onEnd?.();
  }, [lastShown, items.length, onEnd]);
  useRowKeys(list, items, onMark);
  return (
    <ul ref={list} className="rows" aria-label={label} style={{ height: rows.getTotalSize() }}>
      {shown.map(({ index, key, start }) => {
        const item = items[index];
        return item === undefined ? null : (
          <li
            key={key}
            ref={rows.measureElement}
            data-index={index}
            className="rows-item"
            aria-setsize={items.length}
            aria-posinset={index + 1}
            style={{ transform: `translateY(${start - top}px)` }}
          >
            {render(item)}
          </li>
        );
      })}
    </ul>
  );
}

/** `j` and `k` put the focus on the link of the next row and the one before. */
function useRowKeys<T>(
  list: { readonly current: HTMLUListElement | null },
  items: readonly T[],
  onMark: ((item: T) => void) | undefined,
): void {
  const present = useRef({ items, onMark });
  present.current = { items, onMark };
  const handlers = useMemo(() => {
    const rows = (): readonly HTMLElement[] =>
      [...(list.current?.querySelectorAll<HTMLElement>(':scope > li') ?? [])].sort(
        (a, b) => indexOf(a) - indexOf(b),
      );
    const focused = (): HTMLElement | undefined => rows().find((row) => row.contains(document.activeElement));
    const move = (by: number): void => {
      const all = rows();
      const at = focused();
      const next = at === undefined ? all.find(isOnScreen) : all[all.indexOf(at) + by];
      const link = next?.querySelector('a');
      link?.focus({ preventScroll: true });
      link?.scrollIntoView({ block: 'nearest' });
    };
    return {
      j: () => move(1),
      k: () => move(-1),
      x: () => {
        const row = focused();
        const item = row === undefined ? undefined : present.current.items[indexOf(row)];
        if (item !== undefined) present.current.onMark?.(item);
      },
    };
  }, [list]);
  useShortcuts(handlers);
}

const indexOf = (row: HTMLElement): number => Number(row.dataset['index']);
const isOnScreen = (row: HTMLElement): boolean => row.getBoundingClientRect().top >= 0;
