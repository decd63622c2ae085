/** Cuts a text/event-stream into entries. It must not know what the entries say, nor how the bytes arrive. */

export interface SseEntry {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

export interface SseParser {
  /** Takes the next piece of the stream, cut anywhere, and gives the entries that it completes. */
  push(chunk: string): readonly SseEntry[];
  /** The wait before coming back that the server asked for, in milliseconds. */
  retryMs(): number | undefined;
}

/** Follows the HTML standard's rules for event streams: any of the three line ends, comments, joined data lines. */
export function createSseParser(): SseParser {
  let rest = '';
  let id: string | undefined;
  let event = '';
  let data: string[] = [];
  let retryMs: number | undefined;

  const take = (line: string): SseEntry | undefined => {
    if (line === '') {
      const entry = data.length === 0 ? undefined : { id, event: event || 'message', data: data.join('\n') };
      event = '';
      data = [];
      return entry;
    }
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') data.push(value);
    else if (name === 'event') event = value;
    else if (name === 'id' && !value.includes('\0')) id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
    return undefined;
  };

  return {
    retryMs: () => retryMs,
    push: (chunk) => {
      const entries: SseEntry[] = [];
      const text = rest + chunk;
      // A carriage return at the very end may be the first half of a line end.
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const entry = take(line);
        if (entry !== undefined) entries.push(entry);
      }
      return entries;
    },
  };
}
