/** Running named transforms one after the other, within the budget. It must not know where values come from or go. */
import { type Run, spend } from '../mapping/run.ts';
import { settle } from '../mapping/values.ts';
import { TRANSFORMS } from '../transforms.ts';
import type { TransformCall } from './document.ts';
import type { Report } from './report.ts';

export type Change = (value: unknown, run: Run) => unknown;

/**
 * The chain of the transforms that can be used; undefined when there is none. What cannot be used is reported. Null
 * passes through untouched, since it means that a value is to be cleared; a transform that gives nothing ends the chain.
 */
export function transformChain(calls: readonly TransformCall[], report: Report): Change | undefined {
  const changes = calls.flatMap((call) => prepare(call, report) ?? []);
  const [only] = changes;
  if (only === undefined) return undefined;
  return (first, run) => {
    let value = first;
    for (const change of changes) {
      if (value === undefined || value === null) return value;
      value = change(value, run);
    }
    return value;
  };
}

function prepare({ name, format, at }: TransformCall, report: Report): Change | undefined {
  const transform = TRANSFORMS.get(name);
  if (transform === undefined) return undefined;
  if (format === undefined && transform.format?.required === true) {
    report.error(at, `${name} needs a "format": ${transform.format.doc}`);
    return undefined;
  }
  const apply = transform.prepare(format);
  if (typeof apply !== 'function') {
    report.error(at, `${name}: ${apply.reason}.`);
    return undefined;
  }
  const cost = transform.cost ?? 1;
  return (value, run) => {
    spend(run, typeof value === 'string' ? cost + value.length : cost);
    return apply(typeof value === 'object' ? settle(value, run) : value);
  };
}
