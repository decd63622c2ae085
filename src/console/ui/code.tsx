/** Texts for machines, shown as text: JSON in colours, commands to copy. It must never make markup of what it shows. */
import { type ReactNode, useMemo } from 'react';
import type { JsonValue } from '../api/answers.ts';
import { Button } from './button.tsx';
import { say } from './messages.tsx';

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say({ tone: 'good', text: `${what} copied.`, staysMs: 2_500 });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    say({
      tone: 'bad',
      text: 'The browser does not let this page copy. Select the text and copy it yourself.',
    });
  }
}

interface CodeProps {
  readonly text: string;
  readonly children?: ReactNode;
  /** What it is; shown above and named when copied. */
  readonly name?: string;
  readonly wrap?: boolean;
}

export function Code({ text, children, name, wrap = false }: CodeProps) {
  const copy = (
    <span className="code-copy">
      <Button kind="quiet" small icon="copy" onClick={() => copyText(text, name ?? 'Text')}>
        Copy
        {name !== undefined && <span className="only-spoken"> {name}</span>}
      </Button>
    </span>
  );
  return (
    <div className={wrap ? 'code code-wrap' : 'code'}>
      {name === undefined ? (
        copy
      ) : (
        <div className="code-name">
          {name}
          {copy}
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>{children ?? text}</pre>
    </div>
  );
}

/** A value of JSON, indented and in colours. */
export function Json({
  value,
  name,
  wrap = true,
}: {
  readonly value: unknown;
  readonly name?: string;
  readonly wrap?: boolean;
}) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? '', [value]);
  return (
    <Code text={text} wrap={wrap} {...(name === undefined ? {} : { name })}>
      {coloured(text)}
    </Code>
  );
}

/** A text that may be JSON: then as JSON, otherwise as it is. */
export function MaybeJson({ value, name }: { readonly value: JsonValue | undefined; readonly name: string }) {
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') return <Json value={value} name={name} />;
  const parsed = parsedOf(value);
  return parsed === undefined ? <Code text={value} name={name} wrap /> : <Json value={parsed} name={name} />;
}

function parsedOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Longer texts are shown without colours: nobody reads them, and they would cost too many elements. */
const MAX_COLOURED = 20_000;
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

function coloured(text: string): ReactNode {
  if (text.length > MAX_COLOURED) return text;
  const pieces: ReactNode[] = [];
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [whole, quoted, colon = '', number] = found;
    pieces.push(text.slice(end, found.index));
    const kind =
      quoted === undefined ? (number === undefined ? 'word' : 'number') : colon === '' ? 'text' : 'key';
    pieces.push(
      <span key={found.index} className={`json-${kind}`}>
        {quoted ?? whole}
      </span>,
      colon,
    );
    end = found.index + whole.length;
  }
  return [...pieces, text.slice(end)];
}
