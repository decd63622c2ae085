/** What other rooms may use of blueprints. It must not know files, formats on disk or vendors. */
export type { ActionShape, ActionShapes, FieldShape, FieldType } from './action-shape.ts';
export {
  type CompiledBlueprint,
  type CompileOptions,
  compileBlueprint,
} from './document/compile.ts';
export type { Evaluation, Payload, RuleResult } from './document/evaluate.ts';
export type { BlueprintProblem } from './document/report.ts';
