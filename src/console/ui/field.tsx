/** A labelled input with its help and its error. It must not know what is asked. */
import * as RadixSwitch from '@radix-ui/react-switch';
import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';

export interface FieldProps {
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  readonly optional?: boolean;
  /** Gets the id and the descriptions that belong on the input. */
  readonly children: (input: {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': true | undefined;
  }) => ReactNode;
}

export function Field({ label, help, error, optional = false, children }: FieldProps) {
  const id = useId();
  const helpId = `${id}-help`;
  const errorId = `${id}-error`;
  const described = [help === undefined ? '' : helpId, error === undefined ? '' : errorId].join(' ').trim();
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
        {optional && <span className="field-optional">optional</span>}
      </label>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {error !== undefined && (
        <p className="field-error" id={errorId}>
          <Icon name="warn" />
          {error}
        </p>
      )}
      {help !== undefined && (
        <p className="field-help" id={helpId}>
          {help}
        </p>
      )}
    </div>
  );
}

export function TextInput({ className = '', ...rest }: ComponentProps<'input'>) {
  return <input type="text" {...rest} className={`input ${className}`} />;
}

export function Select({ className = '', ...rest }: ComponentProps<'select'>) {
  return <select {...rest} className={`input ${className}`} />;
}

/** Hidden until one asks to see it; pasting works, and nothing offers to save it as a password. */
export function SecretInput(props: Omit<ComponentProps<'input'>, 'type' | 'className'>) {
  const [isShown, setShown] = useState(false);
  return (
    <div className="input-with-button">
      <TextInput
        spellCheck={false}
        autoComplete="off"
        data-1p-ignore
        {...props}
        className="input-mono"
        type={isShown ? 'text' : 'password'}
      />
      <IconButton
        icon="eye"
        label={isShown ? 'Hide' : 'Show'}
        aria-pressed={isShown}
        small
        onClick={() => setShown(!isShown)}
      />
    </div>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean | undefined;
}

export function Switch({ label, checked, onChange, disabled }: SwitchProps) {
  return (
    <RadixSwitch.Root
      className="switch"
      aria-label={label}
      checked={checked}
      onCheckedChange={onChange}
      {...(disabled === undefined ? {} : { disabled })}
    >
      <RadixSwitch.Thumb className="switch-thumb" />
    </RadixSwitch.Root>
  );
}

interface SearchProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
}

/** `/` anywhere on the page puts the cursor here. */
export function SearchInput({ label, value, onChange, placeholder }: SearchProps) {
  return (
    <div className="search">
      <Icon name="search" />
      <TextInput
        type="search"
        data-shortcut="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
