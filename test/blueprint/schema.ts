/** The published JSON Schema of blueprints, as a check. It must not know how the program itself reads documents. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const file = new URL('../../schemas/blueprint.schema.json', import.meta.url);
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(file, 'utf8')),
);

/** The schema's complaints about a document; empty when it is accepted. */
export function schemaAccepts(document: unknown): string[] {
  if (validate(document)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
