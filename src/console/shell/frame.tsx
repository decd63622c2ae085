/** The frame around every page: navigation, stream state, theme, keys. It must not know what a page shows. */
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import mark from '../mark.svg';
import { Link, navigate, usePath } from '../router.tsx';
import { to } from '../routes.ts';
import { useService, useStreamState } from '../service.ts';
import { focusSearch, useShortcuts } from '../shortcuts.ts';
import { applyTheme, chosenTheme, type Theme } from '../theme.ts';
import { IconButton } from '../ui/button.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { Menu } from '../ui/menu.tsx';
import { Messages } from '../ui/messages.tsx';
import { KeysDialog } from './keys-dialog.tsx';

interface NavItem {
  readonly label: string;
  readonly icon: IconName;
  readonly href: string;
}

const WATCH: readonly NavItem[] = [
  { label: 'Overview', icon: 'overview', href: to('overview') },
  { label: 'Live events', icon: 'events', href: to('events') },
  { label: 'Deliveries', icon: 'deliveries', href: to('deliveries') },
  { label: 'People', icon: 'people', href: to('people') },
];
const SET_UP: readonly NavItem[] = [
  { label: 'Integrations', icon: 'integrations', href: to('integrations') },
  { label: 'Library', icon: 'library', href: to('library') },
  { label: 'Sources', icon: 'sources', href: to('sources') },
];

export function Frame({ children }: { readonly children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const [keysShown, setKeysShown] = useState(false);
  const content = useRef<HTMLElement>(null);
  const path = usePath();
  const handlers = useMemo(
    () => ({
      'g o': () => navigate(to('overview')),
      'g e': () => navigate(to('events')),
      'g d': () => navigate(to('deliveries')),
      'g p': () => navigate(to('people')),
      'g i': () => navigate(to('integrations')),
      'g l': () => navigate(to('library')),
      'g s': () => navigate(to('sources')),
      '/': focusSearch,
      '?': () => setKeysShown(true),
    }),
    [],
  );
  useShortcuts(handlers);
  useFocusOnMove(path, content);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the drawer.
  useEffect(() => setOpen(false), [path]);
  return (
    <div className="frame">
      <a className="button button-main skip" href="#content">
        Skip to content
      </a>
      <header className="top">
        <Brand />
        <IconButton
          icon={isOpen ? 'cross' : 'menu'}
          label={isOpen ? 'Close navigation' : 'Open navigation'}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        />
      </header>
      {isOpen && (
        <button type="button" className="veil" aria-label="Close navigation" onClick={() => setOpen(false)} />
      )}
      <nav className={isOpen ? 'side side-open' : 'side'} aria-label="Main">
        <Brand />
        <div className="nav">
          <NavLinks items={WATCH} path={path} />
          <p className="nav-group">Set up</p>
          <NavLinks items={SET_UP} path={path} />
        </div>
        <div className="side-foot">
          <StreamNote />
          <div className="row row-still">
            <ThemeMenu />
            <IconButton icon="keyboard" label="Keyboard shortcuts" onClick={() => setKeysShown(true)} />
            <SignOut />
          </div>
        </div>
      </nav>
      <main className="content" id="content" ref={content} tabIndex={-1}>
        {children}
      </main>
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
      <Messages />
    </div>
  );
}

/** Somebody who cannot see the page change is put at its beginning. */
function useFocusOnMove(path: string, content: { readonly current: HTMLElement | null }): void {
  const former = useRef(path);
  useEffect(() => {
    if (former.current === path) return;
    former.current = path;
    content.current?.focus({ preventScroll: true });
  }, [path, content]);
}

function Brand() {
  return (
    <Link className="brand" href={to('overview')}>
      <img src={mark} alt="" />
      Signal
    </Link>
  );
}

function NavLinks({ items, path }: { readonly items: readonly NavItem[]; readonly path: string }) {
  return items.map(({ label, icon, href }) => {
    const isHere = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
    return (
      <Link key={href} className="nav-link" href={href} aria-current={isHere ? 'page' : undefined}>
        <Icon name={icon} />
        {label}
      </Link>
    );
  });
}

const STREAM_WORDS = {
  connecting: { dot: 'dot', text: 'Connecting…' },
  live: { dot: 'dot dot-live', text: 'Live' },
  broken: { dot: 'dot dot-broken', text: 'Connection lost, trying again…' },
} as const;

function StreamNote() {
  const { dot, text } = STREAM_WORDS[useStreamState()];
  return (
    <p className="stream-state" role="status">
      <span className={dot} />
      {text}
    </p>
  );
}

const THEME_ICONS = { system: 'screen', light: 'sun', dark: 'moon' } as const;

function ThemeMenu() {
  const [theme, setTheme] = useState<Theme>(chosenTheme);
  const entry = (value: Theme, label: string) => ({
    label: value === theme ? `${label} (chosen)` : label,
    icon: THEME_ICONS[value],
    onSelect: () => {
      applyTheme(value);
      setTheme(value);
    },
  });
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className="button button-quiet button-icon" aria-label="Theme">
          <Icon name={THEME_ICONS[theme]} />
        </button>
      }
      entries={[entry('system', 'As the system'), entry('light', 'Light'), entry('dark', 'Dark')]}
    />
  );
}

function SignOut() {
  const { session } = useService();
  return <IconButton icon="exit" label="Sign out" onClick={() => session.signOut()} />;
}
