/** What a disk holds after the power failed, worked out from what a program did to its files. It must not know what the files mean. */
import { readFileSync } from 'node:fs';

/** What happened, in order; the layout is that of faulty-disk.c. */
export type Operation =
  | { readonly kind: 'write'; readonly file: FileName; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: FileName; readonly offset: number }
  | { readonly kind: 'sync' | 'failed-sync' | 'failed-write'; readonly file: FileName }
  | { readonly kind: 'said'; readonly text: string };

export type FileName = 'database' | 'log';

const FILES: readonly FileName[] = ['database', 'log'];
const RECORD_BYTES = 16;
/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

export function readTrace(path: string): readonly Operation[] {
  const trace = readFileSync(path);
  const operations: Operation[] = [];
  let at = 0;
  while (at + RECORD_BYTES <= trace.length) {
    const length = trace.readUInt32LE(at + 4);
    const end = at + RECORD_BYTES + length;
    // The process was killed while it noted this one.
    if (end > trace.length) break;
    operations.push(operation(trace.subarray(at, at + RECORD_BYTES), trace.subarray(end - length, end)));
    at = end;
  }
  return operations;
}

function operation(record: Buffer, bytes: Buffer): Operation {
  const kind = String.fromCharCode(record.readUInt8(0));
  const file = FILES[record.readUInt8(1)];
  const offset = Number(record.readBigUInt64LE(8));
  if (kind === 'o') return { kind: 'said', text: bytes.toString('utf8') };
  if (file === undefined) throw new Error('The trace names a file that is none of ours.');
  if (kind === 'w') return { kind: 'write', file, offset, bytes };
  if (kind === 't') return { kind: 'truncate', file, offset };
  if (kind === 'e') return { kind: 'failed-write', file };
  return { kind: kind === 's' ? 'sync' : 'failed-sync', file };
}

export interface Image {
  readonly database: Buffer;
  readonly log: Buffer;
}

type Change = Extract<Operation, { readonly kind: 'write' | 'truncate' }>;

/**
 * A disk with a cache: what was written is safe once a sync said so. Until then any of its sectors may be on the disk,
 * in any order. A sync that failed wrote some of them and forgets the others for ever, however often it is asked again:
 * so do the kernels, who then take the pages for clean.
 */
export class DiskModel {
  readonly #random: () => number;
  readonly #durable: Record<FileName, Content>;
  readonly #waiting: Record<FileName, Change[]> = { database: [], log: [] };
  #isLying = false;

  constructor(before: Image, random: () => number) {
    this.#durable = { database: new Content(before.database), log: new Content(before.log) };
    this.#random = random;
  }

  /** From now on a sync does nothing, whatever it says. */
  lie(): void {
    this.#isLying = true;
  }

  apply(operation: Operation): void {
    if (operation.kind === 'said' || operation.kind === 'failed-write') return;
    const waiting = this.#waiting[operation.file];
    if (operation.kind === 'write' || operation.kind === 'truncate') {
      waiting.push(operation);
      return;
    }
    if (this.#isLying) return;
    const isKept = operation.kind === 'sync' ? () => true : () => this.#random() < 0.5;
    this.#durable[operation.file].change(waiting, isKept);
    waiting.length = 0;
  }

  /** What is found when the power fails now, with this share of the sectors that were not safe. */
  powerFails(share: number): Image {
    const found = (file: FileName): Buffer => {
      const content = new Content(this.#durable[file].bytes());
      content.change(this.#waiting[file], () => this.#random() < share);
      return content.bytes();
    };
    return { database: found('database'), log: found('log') };
  }
}

/** The bytes of a file, which grow. */
class Content {
  #room: Buffer;
  #length: number;

  constructor(bytes: Buffer) {
    this.#room = Buffer.from(bytes);
    this.#length = bytes.length;
  }

  bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  /** Those sectors of the changes that are kept; where none was kept before the last one, zeros stand. */
  change(changes: readonly Change[], isKept: () => boolean): void {
    for (const change of changes) {
      if (change.kind === 'truncate') {
        if (isKept()) this.#resize(change.offset);
        continue;
      }
      for (const { offset, part } of sectors(change.offset, change.bytes)) {
        if (!isKept()) continue;
        this.#resize(Math.max(this.#length, offset + part.length));
        part.copy(this.#room, offset);
      }
    }
  }

  #resize(length: number): void {
    if (length > this.#room.length) this.#room = Buffer.concat([this.#room, Buffer.alloc(length)]);
    if (length < this.#length) this.#room.fill(0, length, this.#length);
    this.#length = length;
  }
}

/** The parts that stand in one sector each. */
function* sectors(
  offset: number,
  bytes: Buffer,
): Generator<{ readonly offset: number; readonly part: Buffer }> {
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + SECTOR_BYTES - ((offset + at) % SECTOR_BYTES));
    yield { offset: offset + at, part: bytes.subarray(at, end) };
    at = end;
  }
}
