/** Asks for the preview of a draft as it changes: one question at a time, the newest counts. It must not know how the answer is shown. */
import { useEffect, useRef, useState } from 'react';
import type { EventTrace, JsonObject, Problem } from '../../api/answers.ts';
import { ApiError } from '../../api/client.ts';
import { useApi } from '../../service.ts';

/** What the draft is tried on. */
export type Subject = { readonly event_ids: readonly [string] } | { readonly event: JsonObject };

export interface Preview {
  readonly trace: EventTrace | undefined;
  /** Mistakes of the draft, by their paths in the document. */
  readonly problems: readonly Problem[];
  /** Anything else that went wrong. */
  readonly error: unknown;
  readonly isBusy: boolean;
}

/** Long enough for a burst of keys to be one question, short enough to feel immediate. */
const SETTLE_MS = 60;

export function usePreview(templateId: string, document: JsonObject, subject: Subject | undefined): Preview {
  const api = useApi();
  const [preview, setPreview] = useState<Preview>({
    trace: undefined,
    problems: [],
    error: undefined,
    isBusy: false,
  });
  const asked = useRef<AbortController>(undefined);
  useEffect(() => {
    if (subject === undefined) return;
    const timer = setTimeout(async () => {
      asked.current?.abort();
      const question = new AbortController();
      asked.current = question;
      setPreview((former) => ({ ...former, isBusy: true }));
      try {
        const { data } = await api.preview(templateId, { blueprint: document, ...subject }, question.signal);
        setPreview({ trace: data[0], problems: [], error: undefined, isBusy: false });
      } catch (error) {
        if (question.signal.aborted) return;
        setPreview((former) => ({ trace: former.trace, ...troubleOf(error), isBusy: false }));
      }
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [api, templateId, document, subject]);
  return preview;
}

/** The mistakes of the blueprint among the details, without the prefix of the request's member. */
export function troubleOf(error: unknown): Pick<Preview, 'problems' | 'error'> {
  if (!(error instanceof ApiError) || error.code !== 'BLUEPRINT_INVALID') return { problems: [], error };
  const problems = error.details.map((problem) => ({
    ...problem,
    path: problem.path.replace(/^blueprint\.?/, ''),
  }));
  return { problems, error: undefined };
}
