/** Transforms of web addresses: their parts. Texts that are no absolute address give nothing. */
import { ofText, type Transform } from './transform.ts';

/** Longer texts are no addresses. */
const MAX_URL_LENGTH = 8_192;
/** Reading an address takes about as long as this many ordinary steps. */
const COST = 100;

function part(name: string, doc: string, read: (url: URL) => string | undefined): Transform {
  return { name, doc, accepts: 'text', gives: 'text', cost: COST, prepare: () => ofUrl(read) };
}

export const ADDRESS_TRANSFORMS: readonly Transform[] = [
  part('url_host', 'The host of a web address: shop.example.com.', (url) => url.host),
  part('url_path', 'The path of a web address: /shoes/red.', (url) => url.pathname),
  part('url_origin', 'Scheme and host of a web address: https://shop.example.com.', (url) => url.origin),
  part('url_without_query', 'A web address without its ? and # parts.', (url) =>
    url.origin === 'null' ? undefined : `${url.origin}${url.pathname}`,
  ),
  {
    name: 'url_query',
    doc: 'One parameter of a web address.',
    accepts: 'text',
    gives: 'text',
    cost: COST,
    format: { doc: 'The name of the parameter, for example utm_source.', required: true },
    prepare: (format = '') => ofUrl((url) => url.searchParams.get(format) ?? undefined),
  },
];

function ofUrl(read: (url: URL) => string | undefined): (value: unknown) => unknown {
  return ofText((text) =>
    text.length <= MAX_URL_LENGTH && URL.canParse(text) ? read(new URL(text)) : undefined,
  );
}
