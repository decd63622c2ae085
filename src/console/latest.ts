/** Asks one question at a time; of those that come meanwhile only the newest is asked next. It must not know what is asked. */

export interface Latest<Q> {
  ask(question: Q): void;
  /** Nothing is told any more. */
  stop(): void;
}

export interface LatestPorts<Q, A> {
  readonly ask: (question: Q) => Promise<A>;
  /** Told for every question that was asked, also when a newer one waits already. */
  readonly onAnswer: (answer: A) => void;
  /** Answers how long to wait before the same question is asked again; undefined: not at all. */
  readonly onError: (error: unknown) => number | undefined;
  readonly wait: (delayMs: number) => Promise<void>;
}

export function createLatest<Q, A>({ ask, onAnswer, onError, wait }: LatestPorts<Q, A>): Latest<Q> {
  let next: { readonly question: Q } | undefined;
  let isAsking = false;
  let isStopped = false;
  const run = async (): Promise<void> => {
    isAsking = true;
    while (next !== undefined && !isStopped) {
      const { question } = next;
      next = undefined;
      try {
        const answer = await ask(question);
        if (!isStopped) onAnswer(answer);
      } catch (error) {
        const againMs = isStopped ? undefined : onError(error);
        if (againMs === undefined) continue;
        await wait(againMs);
        next ??= { question };
      }
    }
    isAsking = false;
  };
  return {
    ask: (question) => {
      next = { question };
      if (!isAsking) void run();
    },
    stop: () => {
      isStopped = true;
    },
  };
}
