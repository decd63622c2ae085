/** The lines that a page carries so that calls work before d.js is there. It must not know what the calls do. */

/** How the page's script tag is filled. `attributes` are those of d.js, e.g. `{ pipelineKey: 'dk_live_…', autoPage: false }`. */
export interface SnippetOptions {
  /** Address of d.js. */
  readonly src: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Name of the global. Default `datafly`. */
  readonly global?: string;
}

const LOADER =
  '!function(w,n,s,o){var d=document,e=d.createElement("script"),q=w[n];q||(q=w[n]=[],' +
  '"identify track page group alias reset setConsent flush ready".split(" ").map(function(m){' +
  'q[m]=function(){q.push([m,arguments,Date.now()])}}),' +
  'Object.assign(e.dataset,o,{global:n}),e.async=1,e.src=s,d.head.appendChild(e))}';

/**
 * The code to put, in a `<script>` element, as high in the page as possible: at most 600 bytes with ordinary
 * addresses and keys. It keeps calls, with their times, until d.js has come and makes them. Placed twice, it acts once.
 */
export function snippet({ src, attributes, global = 'datafly' }: SnippetOptions): string {
  const values = [global, src, attributes].map((value) => JSON.stringify(value).replaceAll('<', '\\u003c'));
  return `${LOADER}(window,${values.join(',')});`;
}
