/** Asks a vendor to forget an erased person: the one kind of job that no blueprint makes. It must not know any vendor, and shows the address to nobody else. */
import type { ActionFacts, Performed } from '../delivery/target.ts';
import { deleteUser } from '../destination/calls.ts';
import type { CompiledDestination } from '../destination/compile.ts';
import type { DispatchEnvironment } from '../destination/dispatch.ts';
import { Failure } from '../event/failure.ts';
import type { JsonObject } from '../event/json.ts';
import { openDeletion } from '../processing/eraser.ts';
import type { Vault } from '../store/vault.ts';

/** Repeating it is harmless: nothing happens where there is nobody. Undefined for a destination that cannot delete. */
export function factsOfDeletion(destination: CompiledDestination): ActionFacts | undefined {
  return destination.definition.onDelete === undefined ? undefined : { repeatable: true, budget: 'api' };
}

/** The exchanges name neither address nor contact: they are kept, and the person is to be forgotten. */
export async function performDeletion(
  environment: DispatchEnvironment,
  payload: JsonObject,
  vault: Vault,
): Promise<Performed> {
  const email = openedAddress(payload, vault);
  if (email === undefined) return { outcome: UNREADABLE, exchanges: [] };
  const { outcome, exchanges, error } = await deleteUser(environment, { email });
  return {
    outcome,
    exchanges: exchanges.map(
      ({ method, status, durationMs }): JsonObject => ({
        method,
        url: '(not kept: it names the erased person)',
        ...(status === undefined ? {} : { status }),
        durationMs,
      }),
    ),
    ...(error === undefined ? {} : { error }),
  };
}

const UNREADABLE: Performed['outcome'] = {
  kind: 'rejected',
  code: 'INTERNAL_ERROR',
  message:
    'The sealed address cannot be read with this ENCRYPTION_KEY. Give back the key it was sealed with and send it again, or delete the contact by hand.',
};

function openedAddress(payload: JsonObject, vault: Vault): string | undefined {
  try {
    return openDeletion(payload, vault);
  } catch (error) {
    if (error instanceof Failure && error.code === 'SECRET_UNREADABLE') return undefined;
    throw error;
  }
}
