/** The environment as one frozen Config, with every named limit. It must not know what any of it is used for. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { Failure } from './event/failure.ts';
import { makeFolder } from './store/folder.ts';

const HOUR_MS = 3_600_000;

const whole = (fallback: number, min: number, max: number, takes = `a whole number from ${min} to ${max}`) =>
  z.coerce.number().int().min(min).max(max).default(fallback).describe(takes);
const port = (fallback: number) => whole(fallback, 0, 65_535, 'a port number, 0 to 65535');
const rate = (fallback: number) =>
  z.coerce.number().positive().max(100_000).default(fallback).describe('a number above 0, at most 100000');
const list = () =>
  z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])));

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

/** Every variable, its form and its default. The README's table is held to this one by a test. */
export const environmentSchema = z.object({
  SIGNAL_DATA_DIR: z.string().min(1).default('./data').describe('a folder'),
  STORE_URL: z
    .string()
    .regex(/^sqlite:/)
    .default('sqlite:')
    .describe('sqlite: (in the data folder) or sqlite:FILE'),
  ADMIN_HOST: z.string().min(1).default('127.0.0.1').describe('a host name or address to listen on'),
  ADMIN_PORT: port(8084),
  INGEST_HOST: z.string().min(1).default('127.0.0.1').describe('a host name or address to listen on'),
  INGEST_PORT: port(8080),
  SANDBOX_PORT: port(8090),
  ADMIN_TOKEN: z.string().min(16).optional().describe('at least 16 characters'),
  PIPELINE_KEY: z
    .string()
    .regex(/^dk_(live|test)_[A-Za-z0-9]{8,}$/)
    .optional()
    .describe('dk_live_ or dk_test_ and at least 8 letters or digits'),
  PIPELINE_SECRET: z
    .string()
    .regex(/^sk_(live|test)_[A-Za-z0-9]{16,}$/)
    .optional()
    .describe('sk_live_ or sk_test_ and at least 16 letters or digits'),
  ENCRYPTION_KEY: z
    .string()
    .refine((text) => keyBytes(text) !== undefined)
    .optional()
    .describe('32 bytes as base64 or hex'),
  RETRY_MAX_ATTEMPTS: whole(12, 1, 100),
  RETRY_WINDOW_HOURS: rate(72),
  RATE_LIMIT_PER_SECOND: rate(5),
  BULK_LIMIT_PER_MINUTE: rate(100),
  IMPORT_UNCERTAIN_SECONDS: whole(120, 0, 86_400),
  TRACKING_LIMIT_PER_SECOND: rate(5),
  MAX_BATCH_SIZE: whole(500, 1, 10_000),
  MAX_PAYLOAD_SIZE: whole(524_288, 1_024, 64 * 1_048_576),
  RATE_LIMIT_RPS: rate(1_000),
  ADMIN_RATE_LIMIT_PER_MINUTE: whole(600, 1, 1_000_000),
  CORS_ORIGINS: z
    .string()
    .default('*')
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine((origins) => origins.join() === '*' || origins.every(isOrigin))
    .describe('* or origins such as https://shop.example.com, separated by commas'),
  ALLOWED_API_ORIGINS: list()
    .refine((origins) => origins.every(isOrigin))
    .describe('origins such as http://127.0.0.1:8090, separated by commas'),
  EVENT_TRACKING_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('an absolute http or https URL'),
  DEDUPE_DAYS: rate(28),
  RETENTION_DAYS: rate(30),
  PARK_HOURS: rate(24),
  PARK_PER_VISITOR: whole(100, 1, 10_000),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('fatal, error, warn, info, debug, trace or silent'),
});

export type Environment = z.infer<typeof environmentSchema>;

/** Limits that are ours alone and need no variable; each with the reason for its size. */
export const LIMITS = {
  /** Events in one processing commit: large enough that the commit's fsync is shared, small enough to stay within some milliseconds. */
  processingBatchEvents: 200,
  /** Events that one commit releases: ten visitors' at the usual most, so that a wave of sign-ins does not fill the memory. */
  processingReleasedEvents: 1_000,
  /** Bodies that one commit of processing, or step of a replay, holds in memory at once. */
  processingBytes: 16 * 1024 * 1024,
  /** Hints make work start at once; the poll is what correctness rests on. */
  pollMs: 1_000,
  /** What all wait for in an account is known; this is for what no hint told. */
  lookMs: 10_000,
  /** Longer than any limit of an account looks back. */
  lingerMs: 60_000,
  processingRetryMs: 1_000,
  /** Contacts worked at the same time in one account: enough for 5 requests a second at answers of 1.5 s. */
  laneConcurrency: 8,
  takeJobs: 64,
  /** Enough for an import of 250 contacts, some of them with an event behind the update. */
  takeForImport: 320,
  probeMs: 60_000,
  /** An account that is down goes on within five seconds of its recovery. */
  failingProbeMs: 4_000,
  /** So is one that was just stopped for another reason, such as a bill; later it is asked at the slower pace. */
  eagerProbingMs: 10 * 60_000,
  imports: {
    maxBatches: 150,
    firstPollMs: 2_000,
    busyPollMs: 6_000,
    maxPollMs: 60_000,
    giveUpMs: 2 * HOUR_MS,
  },
  settleRetryMs: 500,
  /** Jobs that one step of a replay looks at, so that a commit stays within some milliseconds. */
  replayStepJobs: 100,
  /** Pieces of 200 events with a breath between them; a caller waits no longer than a minute. */
  erasure: { pieceMs: 10, retryMs: 1_000, answerMs: 55_000 },
  leaseMs: 60_000,
  retryBaseMs: 4_000,
  retryCapMs: 12 * HOUR_MS,
  retryFloorMs: 1_000,
  /** How often old data is looked for, and that is how long a sweep may be late. */
  sweepMs: 60_000,
} as const;

export interface Secrets {
  readonly adminToken: string;
  readonly pipelineKey: string;
  readonly pipelineSecret: string;
  readonly encryptionKey: Uint8Array;
  /** One that was made just now is shown once; one of the environment is known to whoever set it. */
  readonly adminTokenFrom: 'environment' | 'file' | 'new';
}

export interface Config extends Readonly<Environment> {
  readonly dataDir: string;
  readonly databaseFile: string;
}

/** Parses the environment. A wrong value is Failure CONFIG_INVALID: one line that names the variable and what it takes. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(
      // Blanks are nothing: as a number they would count as 0.
      ([name, value]) => value?.trim() !== '' && name in environmentSchema.shape,
    ),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const name = String(parsed.error.issues[0]?.path[0] ?? '');
    const takes =
      name in environmentSchema.shape
        ? environmentSchema.shape[name as keyof Environment].description
        : undefined;
    throw new Failure('CONFIG_INVALID', `${name} takes ${takes ?? 'another value'}.`);
  }
  const dataDir = resolve(parsed.data.SIGNAL_DATA_DIR);
  const file = parsed.data.STORE_URL.slice('sqlite:'.length);
  return Object.freeze({
    ...parsed.data,
    dataDir,
    databaseFile: file === '' ? join(dataDir, 'signal.db') : resolve(file),
  });
}

/** Makes the data folder, for its owner only. Failure CONFIG_INVALID where that cannot be. */
export function makeDataFolder({ dataDir }: Pick<Config, 'dataDir'>): void {
  inDataFolder(dataDir, () => makeFolder(dataDir, 0o700));
}

/** What the file system refuses becomes Failure CONFIG_INVALID. */
function inDataFolder<T>(dataDir: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause && 'code' in cause)) throw cause;
    throw new Failure(
      'CONFIG_INVALID',
      `The data folder ${dataDir} cannot be used (${cause.code}). Let this user read and write it, or name another one in SIGNAL_DATA_DIR.`,
      { cause },
    );
  }
}

/** The secrets of the environment; those that are missing are read from the data folder, or made and kept there (0600). */
export function loadSecrets(
  config: Config,
  make: (bytes: number) => string = (bytes) => randomBytes(bytes).toString('hex'),
): Secrets {
  makeDataFolder(config);
  const made = new Set<string>();
  const kept = (file: string, given: string | undefined, fresh: () => string): string =>
    given ?? inDataFolder(config.dataDir, () => found(file, fresh));
  const found = (file: string, fresh: () => string): string => {
    const path = join(config.dataDir, file);
    if (existsSync(path)) return readFileSync(path, 'utf8').trim();
    const value = fresh();
    writeFileSync(path, `${value}\n`, { mode: 0o600 });
    chmodSync(path, 0o600);
    made.add(file);
    return value;
  };
  const adminToken = kept('admin-token', config.ADMIN_TOKEN, () => make(24));
  const pipelineKey = kept('pipeline-key', config.PIPELINE_KEY, () => `dk_live_${make(16)}`);
  const pipelineSecret = kept('pipeline-secret', config.PIPELINE_SECRET, () => `sk_live_${make(24)}`);
  const encryptionKey = keyBytes(kept('encryption-key', config.ENCRYPTION_KEY, () => make(32)));
  if (encryptionKey === undefined) {
    throw new Failure(
      'CONFIG_INVALID',
      `${join(config.dataDir, 'encryption-key')} does not hold 32 bytes as base64 or hex. Restore it from a backup.`,
    );
  }
  const keptAdminToken = made.has('admin-token') ? 'new' : 'file';
  const adminTokenFrom = config.ADMIN_TOKEN === undefined ? keptAdminToken : 'environment';
  return { adminToken, pipelineKey, pipelineSecret, encryptionKey, adminTokenFrom };
}

function keyBytes(text: string): Uint8Array | undefined {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return bytes.length === 32 ? new Uint8Array(bytes) : undefined;
}
