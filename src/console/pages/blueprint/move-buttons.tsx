/** Two buttons that put something a place earlier or later, and keep the focus on it. They must not know what it is. */
import { useEffect, useRef } from 'react';
import { Button } from '../../ui/button.tsx';

interface MoveButtonsProps {
  /** Spoken, behind "Move up". */
  readonly what: string;
  /** Names where it stands now, on the whole page. */
  readonly place: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Answers the name of the place where it stands then. */
  readonly onMove: (by: -1 | 1) => string;
}

/** The button to focus when it appears at its new place. */
let awaited = '';

export function MoveButtons({ what, place, isFirst, isLast, onMove }: MoveButtonsProps) {
  const buttons = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (awaited === '' || !awaited.startsWith(`${place}\n`)) return;
    const direction = awaited.slice(place.length + 1);
    awaited = '';
    const button = buttons.current?.querySelector(`[data-moves="${direction}"]`);
    if (button instanceof HTMLElement) button.focus();
  });
  const move = (by: -1 | 1): void => {
    const there = onMove(by);
    awaited = `${there}\n${by}`;
  };
  return (
    <span ref={buttons} className="row">
      <Button
        small
        kind="quiet"
        icon="up"
        data-moves="-1"
        aria-disabled={isFirst || undefined}
        aria-label={`Move up ${what}`}
        onClick={() => isFirst || move(-1)}
      >
        Up
      </Button>
      <Button
        small
        kind="quiet"
        icon="down"
        data-moves="1"
        aria-disabled={isLast || undefined}
        aria-label={`Move down ${what}`}
        onClick={() => isLast || move(1)}
      >
        Down
      </Button>
    </span>
  );
}
