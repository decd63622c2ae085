/** Reads server-sent events from a stream of bytes. It must not know what they carry. */

export interface StreamEntry {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** The entries of a `text/event-stream` body whose data is JSON; comments and entries without data are passed over. */
export async function* readStream(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEntry> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const entry = entryOf(block);
      if (entry !== undefined) yield entry;
    }
  }
}

function entryOf(block: string): StreamEntry | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const former = name === 'data' ? fields.get('data') : undefined;
    fields.set(name, former === undefined ? value : `${former}\n${value}`);
  }
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data: JSON.parse(data) };
}
