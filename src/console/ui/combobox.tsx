/** A text input that proposes what fits; anything else may be typed too. It must not know what is proposed. */
import { type ComponentProps, type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import './combobox.css';

export interface Proposal {
  readonly value: string;
  /** Shown behind the value. */
  readonly note?: string | undefined;
}

type ComboboxProps = Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'className' | 'list'> & {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly proposals: readonly Proposal[];
  readonly mono?: boolean;
};

const MOST_SHOWN = 30;

export function Combobox({ value, onChange, proposals, mono = false, ...rest }: ComboboxProps) {
  const listId = useId();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [typed, setTyped] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => fitting(proposals, typed ? value : ''), [proposals, typed, value]);
  const open = isOpen && shown.length > 0;
  const choose = (proposal: Proposal): void => {
    onChange(proposal.value);
    close();
  };
  const close = (): void => {
    setOpen(false);
    setActive(-1);
    setTyped(false);
  };
  const move = (by: number): void => {
    const next = (active + by + shown.length) % shown.length;
    setOpen(true);
    setActive(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const chosen = shown[active];
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter' && open && chosen !== undefined) choose(chosen);
    else if (event.key === 'Escape' && open) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="combobox">
      <input
        type="text"
        autoComplete="off"
        spellCheck={false}
        {...rest}
        className={mono ? 'input input-small input-mono' : 'input input-small'}
        role="combobox"
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={open && active >= 0 ? `${listId}-${active}` : undefined}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          setTyped(true);
          setOpen(true);
          setActive(-1);
        }}
        onClick={() => setOpen(true)}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      <div
        ref={list}
        id={listId}
        role="listbox"
        aria-label="Proposals"
        className="menu combobox-list"
        hidden={!open}
        tabIndex={-1}
      >
        {open &&
          shown.map((proposal, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the input, which keeps the focus.
            <div
              key={proposal.value}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className="menu-item combobox-item"
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => choose(proposal)}
            >
              <span className={mono ? 'mono' : ''}>{proposal.value}</span>
              {proposal.note !== undefined && <span className="faint small cut">{proposal.note}</span>}
            </div>
          ))}
      </div>
    </div>
  );
}

/** Those that begin with the text first, then those that hold it. */
function fitting(proposals: readonly Proposal[], text: string): readonly Proposal[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return proposals.slice(0, MOST_SHOWN);
  const holds = proposals.filter(
    ({ value, note }) =>
      value.toLowerCase().includes(wanted) || note?.toLowerCase().includes(wanted) === true,
  );
  const begins = holds.filter(({ value }) => value.toLowerCase().startsWith(wanted));
  return [...begins, ...holds.filter((proposal) => !begins.includes(proposal))].slice(0, MOST_SHOWN);
}
