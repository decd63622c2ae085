/** Reads request bodies whole, within limits that hold for one and for all together. It must not know what is in them. */
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, unzip } from 'node:zlib';
import { Failure } from '../../event/failure.ts';

export interface BodyLimits {
  /** Of one body, as sent and after decompression. */
  readonly maxPayloadSize: number;
  /** Of all bodies that are being received. Above it the one that has been coming for longest gives way. */
  readonly maxBufferedBytes: number;
}

/** How much of a body that is too large is still read, so that its sender gets to see the 413 instead of a reset. */
const DRAIN_BYTES = 8 * 1024 * 1024;
const RETRY_AFTER_S = 5;

export interface BodyReader {
  /**
   * The bytes as sent. Rejects with Failure PAYLOAD_TOO_LARGE above the limit (counted, not believed from the header),
   * INVALID_REQUEST when the sender went away, STORE_UNAVAILABLE when it gave way to others.
   */
  read(stream: Readable): Promise<Buffer>;
  /** Bytes held right now for bodies that are still coming. */
  readonly bufferedBytes: number;
}

export function createBodyReader(limits: BodyLimits): BodyReader {
  /** Oldest first. */
  const readings = new Set<BodyReading>();
  let bufferedBytes = 0;
  const book: Book = {
    maxBytes: limits.maxPayloadSize,
    grow(bytes) {
      bufferedBytes += bytes;
      if (bufferedBytes <= limits.maxBufferedBytes) return;
      const [oldest] = readings;
      oldest?.giveWay();
    },
    strike(reading) {
      if (readings.delete(reading)) bufferedBytes -= reading.counted;
    },
  };
  return {
    get bufferedBytes() {
      return bufferedBytes;
    },
    read(stream) {
      const reading = new BodyReading(stream, book);
      readings.add(reading);
      return reading.finished;
    },
  };
}

/** What all readings have in common. */
interface Book {
  readonly maxBytes: number;
  /** So many bytes more are held. */
  grow(bytes: number): void;
  /** The reading is over and holds nothing more. Safe to call twice. */
  strike(reading: BodyReading): void;
}

class BodyReading {
  readonly finished: Promise<Buffer>;
  /** Bytes that were counted into the common budget. */
  counted = 0;
  readonly #book: Book;
  #received = 0;
  #chunks: Buffer[] = [];
  #isOver = false;
  #resolve: (body: Buffer) => void = () => {};
  #reject: (failure: Failure) => void = () => {};

  constructor(stream: Readable, book: Book) {
    this.#book = book;
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('end', () => this.#end());
    stream.on('error', (cause) => this.#fail(new Failure('INVALID_REQUEST', GONE, { cause })));
    // Fires after every body; a Failure is made only where it is one, since making it is not cheap.
    stream.on('close', () => {
      if (!stream.readableEnded) this.#fail(new Failure('INVALID_REQUEST', GONE));
    });
  }

  giveWay(): void {
    this.#isOver = true;
    this.#chunks = [];
    this.#fail(
      new Failure('STORE_UNAVAILABLE', 'Too many bodies are being received at once; send it again.', {
        retryAfterS: RETRY_AFTER_S,
      }),
    );
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#received += chunk.length;
    if (this.#received > this.#book.maxBytes) {
      this.#drain();
      return;
    }
    this.#chunks.push(chunk);
    this.counted += chunk.length;
    this.#book.grow(chunk.length);
  }

  #end(): void {
    if (this.#received > this.#book.maxBytes) {
      this.#fail(tooLarge(this.#book.maxBytes));
      return;
    }
    this.#book.strike(this);
    const [only] = this.#chunks;
    this.#resolve(only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks));
  }

  #drain(): void {
    this.#chunks = [];
    if (this.#received > this.#book.maxBytes + DRAIN_BYTES) this.#fail(tooLarge(this.#book.maxBytes));
  }

  #fail(failure: Failure): void {
    this.#book.strike(this);
    this.#reject(failure);
  }
}

const GONE = 'The connection ended before the whole body had arrived.';

function tooLarge(maxBytes: number): Failure {
  return new Failure('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes; send smaller batches.`);
}

const unzipped = promisify(unzip);
const unbrotlied = promisify(brotliDecompress);

/**
 * Undoes a Content-Encoding (gzip, deflate, br; identity or none change nothing), never producing more than `maxBytes`:
 * a small body that grows large is Failure PAYLOAD_TOO_LARGE, one that cannot be undone INVALID_REQUEST.
 */
export function decompress(
  body: Buffer,
  encoding: string | undefined,
  maxBytes: number,
): Buffer | Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  return name === '' || name === 'identity' ? body : undone(body, name, maxBytes);
}

async function undone(body: Buffer, name: string, maxBytes: number): Promise<Buffer> {
  const undo = { gzip: unzipped, 'x-gzip': unzipped, deflate: unzipped, br: unbrotlied }[name];
  if (undo === undefined)
    throw new Failure('INVALID_REQUEST', 'Content-Encoding may be gzip, deflate, br or identity.');
  try {
    return await undo(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (isTooLong(cause)) throw tooLarge(maxBytes);
    throw new Failure('INVALID_REQUEST', `The body is not valid ${name}.`, { cause });
  }
}

function isTooLong(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
