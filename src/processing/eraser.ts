/**
 * Erases people: finds who is meant, stops what is under way, forgets piece by piece, and has the vendors' contacts
 * deleted by jobs of an internal kind. It must not know the database or any vendor.
 */
import { type Clock, type Random, sleep } from '../clock.ts';
import { parseEmail } from '../event/email.ts';
import { isObject, type JsonObject, own } from '../event/json.ts';
import type { Revision, Template } from '../store/ports/config-store.ts';
import type { Deletion, ErasureRecord, ErasureRequest, FoundPerson, Person } from '../store/ports/erasure.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../store/vault.ts';

export interface EraserOptions {
  readonly store: Pick<Store, 'erasure' | 'config'>;
  readonly vault: Vault;
  /** The account of a template whose destination can delete people; undefined where it cannot. */
  readonly accountOf: (template: Template, newest: Revision) => string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: {
    /** Between two pieces, so that others get their turn. */
    readonly pieceMs: number;
    /** Wait after a piece that could not be committed. */
    readonly retryMs: number;
    /** A caller is answered after this long at the latest; the work goes on. */
    readonly answerMs: number;
  };
  /** Told of pieces that failed; they are tried again. */
  readonly onError: (error: unknown) => void;
}

/** What was done, for the one who asked. */
export interface Receipt {
  readonly record: ErasureRecord;
  readonly person: Person;
}

/** `start` and `stop` are safe to call twice; `start` goes on with what a crash interrupted. */
export class Eraser {
  readonly #options: EraserOptions;
  readonly #underWay = new Set<Promise<unknown>>();
  #isStopping = false;
  #isStarted = false;

  constructor(options: EraserOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#isStopping = false;
    this.#follow(this.#resume());
  }

  /** What is not finished is gone on with at the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#isStarted = false;
    await Promise.allSettled(this.#underWay);
  }

  /** Erases everything of the person whom the ids lead to; none of them needs to be known. */
  async erase(request: ErasureRequest): Promise<Receipt> {
    const { store, vault, clock, random, limits } = this.#options;
    const found = await store.erasure.find(normalised(request));
    const { emails, userIds, anonymousIds } = found;
    const person = { emails, userIds, anonymousIds };
    const id = `ers_${random.id().replaceAll('-', '')}`;
    await store.erasure.begin({
      id,
      person,
      sealed: vault.seal(JSON.stringify(person), placeOf(id)),
      deletions: await this.#deletions(id, found),
      nowMs: clock.now(),
    });
    const finished = this.#follow(this.#work(id, person));
    await Promise.race([finished, sleep(clock, limits.answerMs)]);
    const record = await store.erasure.get(id);
    if (record === undefined) throw new TypeError(`The erasure ${id} is not known.`);
    return { record, person };
  }

  #follow<T>(work: Promise<T>): Promise<T> {
    const watched = work.finally(() => this.#underWay.delete(watched));
    this.#underWay.add(watched);
    watched.catch(this.#options.onError);
    return watched;
  }

  async #resume(): Promise<void> {
    const { store, vault } = this.#options;
    for (const { id, sealed } of await store.erasure.unfinished())
      await this.#work(id, personIn(JSON.parse(vault.open(sealed, placeOf(id)))));
  }

  /** Piece by piece, until the database holds nothing of the person any more. */
  async #work(id: string, person: Person): Promise<void> {
    const { store, clock, limits, onError } = this.#options;
    while (!this.#isStopping) {
      try {
        if (await store.erasure.step(id, person, clock.now())) await sleep(clock, limits.pieceMs);
        else return void (await store.erasure.finish(id, clock.now()));
      } catch (error) {
        onError(error);
        await sleep(clock, limits.retryMs);
      }
    }
  }

  /** One for each address and account: where deliveries are known, and where the person's pipelines lead. */
  async #deletions(id: string, found: FoundPerson): Promise<readonly Deletion[]> {
    const { store, vault, accountOf } = this.#options;
    const integrations = await store.config.integrations();
    const deletions = new Map<string, Deletion>();
    for (const template of await store.config.templates()) {
      const newest = (await store.config.revisions(template.id)).reduce<Revision | undefined>(
        (best, revision) => (best === undefined || revision.number > best.number ? revision : best),
        undefined,
      );
      const lane = newest === undefined ? undefined : accountOf(template, newest);
      if (lane === undefined) continue;
      const isAttached = integrations.some(
        ({ templateId, pipelineId }) => templateId === template.id && found.pipelineIds.includes(pipelineId),
      );
      for (const email of found.emails) {
        const isDelivered = found.deliveredTo.some(
          (delivery) => delivery.templateId === template.id && delivery.email === email,
        );
        if (!isDelivered && !isAttached) continue;
        const payload = { sealed: vault.seal(email, placeOf(id)), erasure: id };
        deletions.set(`${template.id} ${email}`, { lane, templateId: template.id, email, payload });
      }
    }
    return [...deletions.values()];
  }
}

/** The address in the payload of a deletion; undefined when it holds none. Failure SECRET_UNREADABLE with another key. */
export function openDeletion(payload: JsonObject, vault: Vault): string | undefined {
  const { sealed, erasure } = payload;
  return typeof sealed === 'string' && typeof erasure === 'string'
    ? vault.open(sealed, placeOf(erasure))
    : undefined;
}

function placeOf(id: string): string {
  return `erasure ${id}`;
}

function normalised(request: ErasureRequest): ErasureRequest {
  const { email, ...ids } = request;
  return email === undefined ? ids : { ...ids, email: parseEmail(email) ?? email };
}

/** What this class sealed itself. */
function personIn(value: unknown): Person {
  const texts = (name: string): string[] => {
    const list = isObject(value) ? own(value, name) : undefined;
    return Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string') : [];
  };
  return { emails: texts('emails'), userIds: texts('userIds'), anonymousIds: texts('anonymousIds') };
}
