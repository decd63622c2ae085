/** The console's own line icons, 16 by 16. They must not carry meaning alone: a word always stands beside them. */

const PATHS = {
  overview: 'M2.5 13.5v-5m3.67 5v-9m3.66 9v-6m3.67 6v-11',
  events: 'M1.5 8h3l2-5 3 10 2-5h3',
  deliveries: 'M2 8.5 14 2.5 10.5 14 7.8 9.2z M14 2.5 7.8 9.2',
  people: 'M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8z M2.75 13.75c.4-2.6 2.5-4 5.25-4s4.85 1.4 5.25 4',
  integrations: 'M5.5 2v3m5-3v3M3.5 5h9v2.5a4.5 4.5 0 0 1-9 0z M8 12v2.5',
  library: 'M2.5 2.5h4.5v4.5H2.5z M9 2.5h4.5v4.5H9z M2.5 9h4.5v4.5H2.5z M11.25 9v4.5M9 11.25h4.5',
  sources:
    'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M2 8h12 M8 2c2 2 2.6 4 2.6 6S10 12 8 14c-2-2-2.6-4-2.6-6S6 4 8 2z',
  blueprint: 'M2.5 3.5h11v9h-11z M2.5 6.5h11 M6.5 6.5v6',
  settings:
    'M2 4.5h7m3.5 0H14M2 11.5h1.5m3.5 0h7 M10.75 6.25a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5z M5.25 13.25a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5z',
  history: 'M2.5 8a5.5 5.5 0 1 0 1.6-3.9L2.5 5.7 M2.5 2.5v3.2h3.2 M8 5v3.2l2.2 1.4',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z M10.3 10.3 14 14',
  check: 'm3 8.5 3.3 3.3L13 4.8',
  cross: 'm4 4 8 8m0-8-8 8',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  warn: 'M8 2.2 14.6 13.5H1.4z M8 6.5v3.2M8 11.4v.3',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M8 7.3V11M8 4.9v.3',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M8 4.6V8l2.3 1.5',
  shield: 'M8 1.8 13 3.6v4c0 3.1-2 5.4-5 6.6-3-1.2-5-3.5-5-6.6v-4z',
  skip: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M5.3 8h5.4',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2 12.5 8 5 12.8z',
  retry: 'M13.5 8a5.5 5.5 0 1 1-1.6-3.9l1.6 1.6 M13.5 2.5v3.2h-3.2',
  stop: 'M4 4h8v8H4z',
  copy: 'M5.5 5.5h8v8h-8z M10.5 5.5v-3h-8v8h3',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  down: 'm4 6 4 4 4-4',
  up: 'm4 10 4-4 4 4',
  right: 'm6 4 4 4-4 4',
  left: 'm10 4-4 4 4 4',
  arrow: 'M2.5 8h11m-4-4 4 4-4 4',
  menu: 'M2.5 4.5h11m-11 3.5h11m-11 3.5h11',
  sun: 'M8 10.7a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4z M8 1.5v1.3m0 10.4v1.3M1.5 8h1.3m10.4 0h1.3M3.4 3.4l.9.9m7.4 7.4.9.9m0-9.2-.9.9m-7.4 7.4-.9.9',
  moon: 'M13.4 9.6A5.7 5.7 0 0 1 6.4 2.6a5.7 5.7 0 1 0 7 7z',
  screen: 'M2 3h12v8H2z M5.5 13.5h5',
  exit: 'M6.5 2.5h-4v11h4 M6 8h8m-3-3 3 3-3 3',
  key: 'M5.5 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6z M7.6 7.9 13.5 2m-2.5 2.5 2 2',
  eye: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z M8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z',
  trash: 'M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9',
  bolt: 'M9 1.5 3 9h4.2L7 14.5 13 7H8.8z',
  keyboard: 'M1.5 4h13v8h-13z M4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M4.5 9.5h7',
  filter: 'M2 3h12l-4.7 5.6v4.1L6.7 14V8.6z',
  page: 'M4 1.8h5.5L12.5 5v9.2H4z M9.3 1.8v3.4h3.2',
  drag: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      aria-hidden="true"
      className="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' || name === 'drag' ? 2.2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
