/** Reads the files that people name on the command line. It must not know what is in them. */
import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { Failure } from '../event/failure.ts';

/** The text of a file; Failure INVALID_REQUEST that names it when it cannot be read. `-` is standard input. */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Failure('INVALID_REQUEST', `The file ${file} cannot be read. Check the name.`, {
      cause: error,
    });
  }
}

/** The value in a JSON or YAML file (JSON is YAML). */
export function readDocument(file: string): unknown {
  const text = readText(file);
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const [at] = error.linePos ?? [];
    const place = at === undefined ? '' : ` at line ${at.line}, column ${at.col}`;
    throw new Failure('INVALID_JSON', `The file ${file} is neither valid JSON nor YAML${place}.`, {
      cause: error,
    });
  }
}
