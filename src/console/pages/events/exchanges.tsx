/** Requests and their answers, as they were or as they would be. It must not know any vendor. */
import type { Exchange, PlannedRequest } from '../../api/answers.ts';
import { curlOf } from '../../curl.ts';
import { preciseDuration } from '../../moments.ts';
import { Button } from '../../ui/button.tsx';
import { Code, copyText, MaybeJson } from '../../ui/code.tsx';
import { Icon } from '../../ui/icon.tsx';
import './road.css';

/** One request that was made, folded; its answer beside it. */
export function ExchangeFold({
  exchange,
  open = false,
}: {
  readonly exchange: Exchange;
  readonly open?: boolean;
}) {
  const { method, url, status, durationMs, errorText, headers, body } = exchange;
  const isGood = status !== undefined && status < 300;
  return (
    <details className="exchange" open={open}>
      <summary>
        <Icon name="right" />
        <span className="mono strong">{method}</span>
        <span className="mono wrap-anywhere">{url}</span>
        <span className={`badge badge-plain tone-${status === undefined ? 'wait' : isGood ? 'good' : 'bad'}`}>
          {status === undefined ? 'no answer' : String(status)}
        </span>
        {durationMs !== undefined && <span className="faint numbers">{preciseDuration(durationMs)}</span>}
      </summary>
      <div className="stack stack-tight">
        <div className="exchange-body">
          <div className="stack stack-tight">
            {headers !== undefined && <Code name="Request headers" text={headersText(headers)} wrap />}
            <MaybeJson name="Request body" value={body} />
          </div>
          <div className="stack stack-tight">
            {errorText === undefined || errorText === '' ? (
              <p className="faint small">
                {status === undefined
                  ? 'There was no answer.'
                  : isGood
                    ? 'The answer confirmed it; its text is not kept.'
                    : 'The answer had no text.'}
              </p>
            ) : (
              <MaybeJson name={`Answer ${status ?? ''}`.trim()} value={errorText} />
            )}
          </div>
        </div>
        <CopyCurl request={exchange} />
      </div>
    </details>
  );
}

/** One request that would be made. */
export function PlannedRequestView({ request }: { readonly request: PlannedRequest }) {
  const { method, url, headers = {}, body } = request;
  return (
    <div className="stack stack-tight">
      <Code
        name="Request"
        wrap
        text={`${method} ${url}${Object.keys(headers).length === 0 ? '' : `\n${headersText(headers)}`}`}
      />
      <MaybeJson name="Body" value={body} />
      <CopyCurl request={request} />
    </div>
  );
}

function CopyCurl({ request }: { readonly request: PlannedRequest }) {
  return (
    <div>
      <Button small kind="quiet" icon="copy" onClick={() => copyText(curlOf(request), 'cURL command')}>
        Copy as cURL
      </Button>
    </div>
  );
}

function headersText(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
