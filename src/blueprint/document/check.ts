/** Everything that is wrong with a blueprint, in one pass, for people. It must not know files or vendors. */
import { findInConditions } from './check-conditions.ts';
import { findInPlans } from './check-plans.ts';
import { findInSources } from './check-sources.ts';
import { type CompileOptions, draftBlueprint } from './compile.ts';
import { type BlueprintProblem, type Finding, pathOf } from './report.ts';
import { type ReadText, readBlueprintText } from './text.ts';

/** What a check found; without errors (warnings are no errors) the blueprint can be compiled. */
export interface CheckResult {
  readonly problems: readonly BlueprintProblem[];
}

/**
 * Checks a blueprint, given as a document or as JSON or YAML text. Every mistake comes with its path, a sentence and
 * the nearest right name; with text also the line and column. Never throws. Problems come in the order of the text.
 */
export function checkBlueprint(textOrDocument: unknown, options: CompileOptions): CheckResult {
  if (typeof textOrDocument !== 'string')
    return { problems: findingsOf(textOrDocument, options).map(asProblem) };
  const text = readBlueprintText(textOrDocument);
  if (text.problems.length > 0) return { problems: text.problems };
  const located = findingsOf(text.value, options).map((finding) => inText(finding, text));
  return {
    problems: located.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)),
  };
}

function findingsOf(document: unknown, options: CompileOptions): readonly Finding[] {
  const draft = draftBlueprint(document, options);
  findInPlans(draft);
  findInSources(draft, options.sampleEvents ?? []);
  findInConditions(draft, options.sampleEvents ?? []);
  return withoutRepeats(draft.report.findings);
}

/** What is wrong with a global mapping is found again for every rule. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ at, message }) => {
    const key = JSON.stringify([at, message]);
    return !seen.has(key) && seen.add(key);
  });
}

function asProblem({ severity, at, message }: Finding): BlueprintProblem {
  return { severity, path: pathOf(at), message };
}

function inText(finding: Finding, text: ReadText): BlueprintProblem {
  return { ...asProblem(finding), ...text.locate(finding.at, finding.onKey) };
}
