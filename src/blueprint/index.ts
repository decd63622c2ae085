/** What other rooms may use of blueprints. It must not know files, formats on disk or vendors. */
export type { ActionShape, ActionShapes, FieldShape, FieldType } from './action-shape.ts';
export { type BlueprintCase, type CaseResult, type PayloadCheck, runCases } from './document/cases.ts';
export { type CheckResult, checkBlueprint } from './document/check.ts';
export {
  type CompiledBlueprint,
  type CompileOptions,
  compileBlueprint,
} from './document/compile.ts';
export { diffBlueprints } from './document/diff.ts';
export type { Evaluation, Payload, RuleResult } from './document/evaluate.ts';
export type { BlueprintProblem } from './document/report.ts';
export type { DefaultActions } from './document/rule-plan.ts';
export { parseBlueprintText } from './document/text.ts';
export { TRANSFORMS, type Transform } from './transforms.ts';
