/** d.js: the client for script tags and the snippet. It must not know how the client works. */
import { type BrowserOptions, createBrowserClient, type ReportConsent } from './client.ts';

/** What d.js leaves on the script element of d-consent.js for it to find. */
export interface ConsentScript extends HTMLScriptElement {
  follow?: { readonly options: BrowserOptions; readonly report: ReportConsent };
}

const script = document.currentScript;
const { src, dataset }: { src: string; dataset: DOMStringMap } =
  script instanceof HTMLScriptElement ? script : { src: location.href, dataset: {} };

/** `data-batch-size="20"` is 20, `data-auto-page="false"` is false, anything else the text itself. */
function attributes(): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, text = ''] of Object.entries(dataset)) {
    try {
      found[name] = JSON.parse(text);
    } catch {
      found[name] = text;
    }
  }
  return found;
}

/** When the call was made that the snippet kept. */
let calledMs: number | undefined;

const datafly = createBrowserClient(
  (options, report) => {
    const next: ConsentScript = document.createElement('script');
    next.src = src.replace(/[^/]*$/, 'd-consent.js');
    next.follow = { options, report };
    document.head.append(next);
  },
  () => calledMs ?? Date.now(),
);

const { pipelineKey, global: name = 'datafly' } = dataset;
const waiting: unknown = Reflect.get(window, name);
Object.assign(window, { _df: datafly, [name]: datafly });
if (pipelineKey) datafly.init({ endpoint: new URL(src).origin, ...attributes(), pipelineKey });
// The snippet's calls: [method, arguments, when].
for (const [method, args, whenMs] of Array.isArray(waiting) ? waiting : []) {
  calledMs = whenMs;
  Reflect.apply(Reflect.get(datafly, method), undefined, args);
}
calledMs = undefined;
