/** d.js: the client for script tags and the snippet. It must not know how the client works. */
import type { Consent } from '../wire.ts';
import { type BrowserOptions, createBrowserClient } from './client.ts';

/** What d.js leaves on the script element of d-consent.js for it to find. */
export interface ConsentScript extends HTMLScriptElement {
  follow?: { readonly options: BrowserOptions; readonly report: (decision: Consent) => void };
}

const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : undefined;

/** `data-batch-size="20"` is 20, `data-auto-page="false"` is false, anything else the text itself. */
function attributes(): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(script?.dataset ?? {})) {
    try {
      found[name] = JSON.parse(text ?? '');
    } catch {
      found[name] = text;
    }
  }
  return found;
}

const { datafly, replay } = createBrowserClient((options, report) => {
  const next: ConsentScript = document.createElement('script');
  next.src = script ? script.src.replace(/[^/]*$/, 'd-consent.js') : `${options.endpoint}/d-consent.js`;
  next.follow = { options, report };
  document.head.append(next);
});

const { pipelineKey, global: name = 'datafly', ...rest } = attributes();
const waiting: unknown = Reflect.get(window, String(name));
Object.assign(window, { _df: datafly, [String(name)]: datafly });
if (pipelineKey) {
  const endpoint = script && new URL(script.src).origin;
  datafly.init({ ...(endpoint && { endpoint }), ...rest, pipelineKey: String(pipelineKey) });
}
// The snippet's calls: [method, arguments, when].
for (const [method, args, atMs] of Array.isArray(waiting) ? waiting : []) {
  replay(atMs, () => void Reflect.apply(Reflect.get(datafly, method), undefined, args));
}
