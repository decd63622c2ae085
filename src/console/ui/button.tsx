/** Buttons and links that look like buttons. They must not know what they start. */
import type { ComponentProps } from 'react';
import { Link } from '../router.tsx';
import { Hint } from './hint.tsx';
import { Icon, type IconName } from './icon.tsx';

export type ButtonKind = 'plain' | 'main' | 'danger' | 'quiet';

interface Look {
  readonly kind?: ButtonKind;
  readonly small?: boolean;
  readonly icon?: IconName;
}

function classes({ kind = 'plain', small = false }: Look, iconOnly = false): string {
  return [
    'button',
    kind === 'plain' ? '' : `button-${kind}`,
    small ? 'button-small' : '',
    iconOnly ? 'button-icon' : '',
  ]
    .filter((name) => name !== '')
    .join(' ');
}

type ButtonProps = Omit<ComponentProps<'button'>, 'className'> &
  Look & { readonly busy?: boolean; readonly [data: `data-${string}`]: string };

/** While `busy` it keeps its place and focus, and does nothing. */
export function Button({ kind, small, icon, busy = false, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classes({ ...(kind && { kind }), ...(small && { small }) })}
      aria-disabled={busy || rest['aria-disabled']}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy ? <span className="spinner" /> : icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function ButtonLink({
  kind,
  small,
  icon,
  children,
  ...rest
}: Omit<ComponentProps<typeof Link>, 'className'> & Look) {
  return (
    <Link {...rest} className={classes({ ...(kind && { kind }), ...(small && { small }) })}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </Link>
  );
}

type IconButtonProps = Omit<ComponentProps<'button'>, 'className' | 'children' | 'aria-label'> & {
  readonly icon: IconName;
  /** Spoken, and shown as a hint. */
  readonly label: string;
  readonly small?: boolean;
  readonly kind?: ButtonKind;
};

export function IconButton({ icon, label, small, kind = 'quiet', ...rest }: IconButtonProps) {
  return (
    <Hint text={label}>
      <button
        type="button"
        {...rest}
        aria-label={label}
        className={classes({ kind, ...(small && { small }) }, true)}
      >
        <Icon name={icon} />
      </button>
    </Hint>
  );
}
