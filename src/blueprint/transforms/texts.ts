/** Transforms of text. */
import { asText, ofText, type Transform } from './transform.ts';

const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/gu;

/** Text for text, without a format. */
function plain(name: string, doc: string, apply: (text: string) => string | undefined): Transform {
  return { name, doc, accepts: 'text', gives: 'text', prepare: () => ofText(apply) };
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

export const TEXT_TRANSFORMS: readonly Transform[] = [
  plain('trim', 'Removes white space at both ends.', (text) => text.trim()),
  plain('collapse_spaces', 'Turns every run of white space into one space and trims.', (text) =>
    words(text).join(' '),
  ),
  plain('lowercase', 'Writes all letters small.', (text) => text.toLowerCase()),
  plain('uppercase', 'Writes all letters as capitals.', (text) => text.toUpperCase()),
  plain('title_case', 'Begins each word with a capital and writes the rest small.', (text) =>
    text.replace(WORD, ([first = '', ...rest]) => first.toUpperCase() + rest.join('').toLowerCase()),
  ),
  plain(
    'snake_case',
    'Writes words in lower case, joined by underscores: "Order Completed" → "order_completed".',
    snakeCase,
  ),
  plain('first_word', 'Keeps the first word: the first name in "Jane van Doe".', (text) => words(text)[0]),
  plain('other_words', 'Keeps all words but the first: "van Doe" in "Jane van Doe".', (text) => {
    const [, ...rest] = words(text);
    return rest.length === 0 ? undefined : rest.join(' ');
  }),
  plain('digits', 'Keeps the digits 0 to 9 only.', (text) => text.replace(/\D/g, '')),
  {
    name: 'truncate',
    doc: 'Cuts a text to a number of characters.',
    accepts: 'text',
    gives: 'text',
    format: { doc: 'The number of characters, for example 250.', required: true },
    prepare: (format) => {
      const length = wholeNumber(format);
      if (length === undefined) return { reason: `format should be a number of characters, not "${format}"` };
      return ofText((text) => (text.length <= length ? text : [...text].slice(0, length).join('')));
    },
  },
  {
    name: 'prefix',
    doc: 'Puts a text before the value.',
    accepts: 'text',
    gives: 'text',
    format: { doc: 'The text to put before it.', required: true },
    prepare: (format = '') => ofText((text) => `${format}${text}`),
  },
  {
    name: 'suffix',
    doc: 'Puts a text after the value.',
    accepts: 'text',
    gives: 'text',
    format: { doc: 'The text to put after it.', required: true },
    prepare: (format = '') => ofText((text) => `${text}${format}`),
  },
  {
    name: 'to_string',
    doc: 'Writes numbers and booleans as text.',
    accepts: 'any',
    gives: 'text',
    prepare: () => asText,
  },
];

function snakeCase(text: string): string | undefined {
  const parts = text.replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2').match(/[\p{L}\p{N}]+/gu);
  return parts === null ? undefined : parts.join('_').toLowerCase();
}

function wholeNumber(format: string | undefined): number | undefined {
  return format !== undefined && /^\d{1,6}$/.test(format) ? Number(format) : undefined;
}
