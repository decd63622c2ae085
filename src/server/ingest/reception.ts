/** What every way in shares: admit the sender, read the body, hand the events to intake, answer. It must not know the paths. */
import type { FastifyBaseLogger } from 'fastify';
import type { Clock } from '../../clock.ts';
import type { EventType } from '../../event/canonical-event.ts';
import { Failure } from '../../event/failure.ts';
import { own } from '../../event/json.ts';
import { governanceOf } from '../../intake/governance.ts';
import type { Acceptance, Delivered, Intake, Rejection } from '../../intake/intake.ts';
import { REJECTIONS } from '../../intake/rejection.ts';
import { decompress } from './bodies.ts';
import {
  checkDomain,
  checkSignature,
  isSigned,
  keyOfBody,
  keyOfRequest,
  type Pipelines,
  type PipelineView,
  pipelineOf,
  type Sender,
} from './pipeline-access.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { Seldom } from './seldom.ts';

/** Segment's limit for `{batch}`; `{events}` has ours. */
const SEGMENT_BATCH_SIZE = 2_500;

export interface ReceptionDeps {
  readonly intake: Intake;
  readonly pipelines: Pipelines;
  readonly clock: Pick<Clock, 'now'>;
  readonly limiter: RateLimiter;
  readonly seldom: Seldom;
  readonly log: Pick<FastifyBaseLogger, 'warn'> | undefined;
  readonly limits: {
    readonly maxBatchSize: number;
    readonly maxPayloadSize: number;
    readonly rateLimitRps: number;
  };
}

/** What a route expects in the body. `needsSignature`: the key alone is not enough. */
export interface Expectation {
  readonly form: 'event' | 'batch' | 'either';
  readonly type?: EventType;
  readonly needsSignature?: boolean;
}

export class Reception {
  readonly #deps: ReceptionDeps;

  constructor(deps: ReceptionDeps) {
    this.#deps = deps;
  }

  /** Answers the body of the 200; everything else is thrown as Failure. `wire`: the request's body as sent. */
  async receive(request: Sender, wire: Buffer, expected: Expectation): Promise<string> {
    const receivedAtMs = this.#deps.clock.now();
    const keyAtHand = keyOfRequest(request);
    const admitted = keyAtHand === undefined ? undefined : await this.admit(request, keyAtHand);
    const body = await this.#json(request, wire);
    const pipeline = admitted ?? (await this.admit(request, keyOfBody(body)));
    if (expected.needsSignature === true || isSigned(request))
      await checkSignature(request, pipeline, wire, receivedAtMs);
    const arrival: { -readonly [K in keyof Delivered]: Delivered[K] } = { receivedAtMs };
    const userAgent = request.headers['user-agent'];
    if (userAgent !== undefined) arrival.userAgent = userAgent;
    const events = expected.form === 'event' ? undefined : this.#batchOf(body);
    if (events !== undefined) {
      arrival.batch = batchMembers(body);
      return batchAnswer(await this.accept(pipeline, events, arrival));
    }
    if (expected.form === 'batch')
      throw new Failure('INVALID_REQUEST', 'The body needs its events in `batch` or `events`, as an array.');
    if (expected.type !== undefined) arrival.type = expected.type;
    return eventAnswer(await this.accept(pipeline, [body], arrival));
  }

  /** The pipeline that the key opens to this request, one token of its rate limit taken. */
  async admit(request: Sender, key: string | undefined): Promise<PipelineView> {
    const pipeline = await pipelineOf(this.#deps.pipelines, key);
    checkDomain(request, pipeline.domainAllowlist);
    const perSecond = pipeline.rateLimitRps > 0 ? pipeline.rateLimitRps : this.#deps.limits.rateLimitRps;
    const waitMs = this.#deps.limiter.take(pipeline.id, perSecond);
    if (waitMs === 0) return pipeline;
    throw new Failure('RATE_LIMITED', `This pipeline key may make ${perSecond} requests a second.`, {
      retryAfterS: waitMs / 1_000,
    });
  }

  /** Whatever the log throws, nothing is stored for sure: STORE_UNAVAILABLE, so that the client comes again. */
  async accept(pipeline: PipelineView, events: readonly unknown[], arrival: Delivered): Promise<Acceptance> {
    const governance = governanceOf(pipeline.config);
    try {
      const acceptance = await this.#deps.intake.accept({ id: pipeline.id, governance }, events, arrival);
      if (acceptance.rejected.length > 0) this.#tell(pipeline, acceptance.rejected);
      return acceptance;
    } catch (cause) {
      if (cause instanceof Failure && cause.status === 503) throw cause;
      throw new Failure('STORE_UNAVAILABLE', 'The events could not be stored; send them again.', { cause });
    }
  }

  /** The sender gets the whole list; the log says seldom that there is something to mend, without a word of the event. */
  #tell(pipeline: PipelineView, rejected: readonly Rejection[]): void {
    for (const { code } of rejected) {
      this.#deps.seldom(`rejected ${pipeline.id} ${code}`, (times) =>
        this.#deps.log?.warn({ pipeline: pipeline.id, code, times }, REJECTIONS[code]),
      );
    }
  }

  async #json(request: Sender, wire: Buffer): Promise<unknown> {
    const encoding = request.headers['content-encoding'];
    const bytes = await decompress(wire, encoding, this.#deps.limits.maxPayloadSize);
    if (bytes.length === 0) throw new Failure('INVALID_JSON', 'The body is empty; it must be JSON.');
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch (cause) {
      throw new Failure('INVALID_JSON', 'The body is not valid JSON.', { cause });
    }
  }

  #batchOf(body: unknown): readonly unknown[] | undefined {
    const batch = own(body, 'batch');
    const isSegments = Array.isArray(batch);
    const events = isSegments ? batch : own(body, 'events');
    if (!Array.isArray(events)) return undefined;
    const most = isSegments
      ? Math.max(SEGMENT_BATCH_SIZE, this.#deps.limits.maxBatchSize)
      : this.#deps.limits.maxBatchSize;
    if (events.length > most)
      throw new Failure('PAYLOAD_TOO_LARGE', `The batch has ${events.length} events; ${most} are allowed.`);
    return events;
  }
}

function batchMembers(body: unknown): NonNullable<Delivered['batch']> {
  return {
    context: own(body, 'context'),
    integrations: own(body, 'integrations'),
    sentAt: own(body, 'sentAt'),
  };
}

const SUCCESS = '{"success":true}';

function batchAnswer({ accepted, rejected }: Acceptance): string {
  if (rejected.length === 0) return SUCCESS;
  const shown = rejected.map(({ index, code, message }) => ({ index, code, message }));
  return JSON.stringify({ success: true, accepted, rejected: shown });
}

/** A malformed single event is a 400, which clients drop; one that we filter on purpose is a success that says so. */
function eventAnswer(acceptance: Acceptance): string {
  const [rejection] = acceptance.rejected;
  if (rejection === undefined || rejection.code === 'BOT_FILTERED') return batchAnswer(acceptance);
  throw new Failure('INVALID_REQUEST', rejection.message, { details: [problem(rejection)] });
}

function problem({ path, message, code }: Rejection): { path: string; message: string; code: string } {
  return { path, message, code };
}
