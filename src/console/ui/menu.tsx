/** A button that opens a list of things to do. It must not know what they do. */
import * as Dropdown from '@radix-ui/react-dropdown-menu';
import type { ReactElement } from 'react';
import { navigate } from '../router.tsx';
import { Icon, type IconName } from './icon.tsx';

export type MenuEntry =
  | 'line'
  | {
      readonly label: string;
      readonly icon?: IconName;
      readonly danger?: boolean;
      readonly disabled?: boolean;
      readonly href?: string;
      readonly onSelect?: () => void;
    };

interface MenuProps {
  /** The button; it names the menu. */
  readonly trigger: ReactElement;
  readonly entries: readonly MenuEntry[];
  readonly align?: 'start' | 'end';
}

export function Menu({ trigger, entries, align = 'end' }: MenuProps) {
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      <Dropdown.Content className="menu" align={align} sideOffset={4} collisionPadding={8}>
        {entries.map((entry, index) =>
          entry === 'line' ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity, and entries do not move.
            <Dropdown.Separator key={`line-${index}`} className="menu-line" />
          ) : (
            <Dropdown.Item
              key={entry.label}
              className={entry.danger === true ? 'menu-item menu-item-danger' : 'menu-item'}
              disabled={entry.disabled === true}
              onSelect={() => {
                entry.onSelect?.();
                if (entry.href !== undefined) navigate(entry.href);
              }}
            >
              {entry.icon !== undefined && <Icon name={entry.icon} />}
              {entry.label}
            </Dropdown.Item>
          ),
        )}
      </Dropdown.Content>
    </Dropdown.Root>
  );
}
