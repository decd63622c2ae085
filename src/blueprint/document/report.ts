/** Collecting what is wrong with a blueprint, each with its place. It must not know what is being checked. */

/** Keys and indexes from the top of the document to a value. */
export type Place = readonly (string | number)[];

/**
 * One thing wrong with a blueprint. `path` is readable (`events['Order Completed'].mappings[0].source`); `line` and
 * `column` count from 1 and are there when the blueprint was given as text.
 */
export interface BlueprintProblem {
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
  readonly [detail: string]: unknown;
}

/** A problem before its place is looked up in the text. `onKey`: the mistake is the name, not the value. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly at: Place;
  readonly message: string;
  readonly onKey: boolean;
}

export class Report {
  readonly findings: Finding[] = [];

  error(at: Place, message: string): void {
    this.findings.push({ severity: 'error', at, message, onKey: false });
  }

  /** An error in a name rather than in its value. */
  keyError(at: Place, message: string): void {
    this.findings.push({ severity: 'error', at, message, onKey: true });
  }

  warn(at: Place, message: string): void {
    this.findings.push({ severity: 'warning', at, message, onKey: false });
  }

  get hasErrors(): boolean {
    return this.findings.some(({ severity }) => severity === 'error');
  }
}

const NAME = /^[A-Za-z_$@][\w$@]*$/;

/** A place as people and `parsePath` read it; the top of the document is the empty text. */
export function pathOf(at: Place): string {
  return at.reduce<string>((path, part) => {
    if (typeof part === 'number') return `${path}[${part}]`;
    if (!NAME.test(part)) return `${path}['${part}']`;
    return path === '' ? part : `${path}.${part}`;
  }, '');
}
