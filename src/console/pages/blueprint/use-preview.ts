/** Asks for the preview of a draft as it changes: one question at a time, the newest counts. It must not know how the answer is shown. */
import { useEffect, useRef, useState } from 'react';
import type { EventTrace, JsonObject, PreviewAnswer, Problem } from '../../api/answers.ts';
import type { PreviewRequest } from '../../api/api.ts';
import { ApiError } from '../../api/client.ts';
import { createLatest, type Latest } from '../../latest.ts';
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

const NOTHING: Preview = { trace: undefined, problems: [], error: undefined, isBusy: false };
/** Where the service does not say how long to wait before it may be asked again. */
const AGAIN_MS = 2_000;

export function usePreview(templateId: string, document: JsonObject, subject: Subject | undefined): Preview {
  const api = useApi();
  const [preview, setPreview] = useState<Preview>(NOTHING);
  const latest = useRef<Latest<PreviewRequest>>(undefined);
  useEffect(() => {
    const made = createLatest<PreviewRequest, PreviewAnswer>({
      ask: (question) => api.preview(templateId, question),
      onAnswer: ({ data }) => setPreview({ ...NOTHING, trace: data[0] }),
      onError: (error) => {
        setPreview((former) => ({ trace: former.trace, ...troubleOf(error), isBusy: false }));
        return error instanceof ApiError && error.isPassing
          ? (error.retryAfterS ?? AGAIN_MS / 1000) * 1000
          : undefined;
      },
      wait: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
    });
    latest.current = made;
    return () => made.stop();
  }, [api, templateId]);
  useEffect(() => {
    if (subject === undefined) return;
    setPreview((former) => ({ ...former, isBusy: true }));
    latest.current?.ask({ blueprint: document, ...subject });
  }, [document, subject]);
  return preview;
}

/** The mistakes of the blueprint among the details, without the prefix of the request's member. */
function troubleOf(error: unknown): Pick<Preview, 'problems' | 'error'> {
  if (!(error instanceof ApiError) || error.code !== 'BLUEPRINT_INVALID') return { problems: [], error };
  const problems = error.details.map((problem) => ({
    ...problem,
    path: problem.path.replace(/^blueprint\.?/, ''),
  }));
  return { problems, error: undefined };
}
