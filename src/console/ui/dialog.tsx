/** A modal dialog, on the browser's own: it keeps the focus, closes with Escape and gives the focus back. It must not know what is asked. */
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons at the end. */
  readonly foot?: ReactNode;
  readonly wide?: boolean;
}

/** It is open for as long as it is there. */
export function Dialog({ title, onClose, children, foot, wide = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    const first = element?.querySelector('[autofocus], input, select, textarea, .dialog-foot button');
    if (first instanceof HTMLElement) first.focus();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? 'dialog dialog-wide' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog-inner">
        <div className="row row-apart row-still">
          <h2 id={titleId}>{title}</h2>
          <button
            type="button"
            className="button button-quiet button-icon button-small"
            aria-label="Close"
            onClick={onClose}
          >
            <Icon name="cross" />
          </button>
        </div>
        {children}
        {foot !== undefined && <div className="dialog-foot">{foot}</div>}
      </div>
    </dialog>
  );
}
