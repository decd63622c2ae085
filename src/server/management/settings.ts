/** Settings of an integration on their way in and out: which are secret, how they are sealed, kept and masked. It must not know any vendor. */

import { MASK } from '../../destination/mask.ts';
import type { Problem } from '../../event/failure.ts';
import type { JsonObject, JsonValue } from '../../event/json.ts';
import type { Revision } from '../../store/ports/config-store.ts';
import type { Vault } from '../../store/vault.ts';
import type { Vendor } from './vendor.ts';

export type { Vault };

/** The place that a sealed setting is bound to. */
export function settingAad(templateId: string, field: string): string {
  return `${templateId}/${field}`;
}

/** The place that a pipeline's sealed secret is bound to. */
export function pipelineSecretAad(pipelineId: string): string {
  return `${pipelineId}/secret`;
}

/** Settings as a revision keeps them. */
export interface SealedSettings {
  readonly settings: JsonObject;
  readonly sealed: Readonly<Record<string, string>>;
}

export interface SettingsReading {
  /** All settings, secrets in clear: never stored or shown like this. */
  readonly clear: JsonObject;
  /** Secrets that stay as they were. */
  readonly kept: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/**
 * Reads the settings that somebody sent. A secret that is left out or is the mask keeps its former value; `null`
 * removes a setting. Without a former revision there is nothing to keep.
 */
export function readSettings(
  vendor: Vendor,
  config: JsonObject,
  vault: Vault,
  former?: Revision,
): SettingsReading {
  const clear: Record<string, JsonValue> = {};
  const kept = new Set<string>();
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(config)) {
    if (vendor.secrets.has(name) && value === MASK) {
      if (former === undefined || !Object.hasOwn(former.sealed, name)) {
        problems.push({ path: name, message: 'is only the mask; give the value itself' });
      }
    } else if (value !== null) clear[name] = value;
  }
  for (const [name, sealed] of Object.entries(former?.sealed ?? {})) {
    if (former === undefined || (Object.hasOwn(config, name) && config[name] !== MASK)) continue;
    clear[name] = vault.open(sealed, settingAad(former.templateId, name));
    kept.add(name);
  }
  const masked = new Set(problems.map(({ path }) => path));
  const checked = vendor.checkSettings(clear).filter(({ path }) => !masked.has(path));
  return { clear, kept, problems: [...problems, ...checked] };
}

/** Seals what is new, keeps the sealed form of what stayed, and separates the rest. */
export function sealSettings(
  vendor: Vendor,
  reading: SettingsReading,
  vault: Vault,
  templateId: string,
  former?: Revision,
): SealedSettings {
  const settings: Record<string, JsonValue> = {};
  const sealed: Record<string, string> = {};
  for (const [name, value] of Object.entries(reading.clear)) {
    const keptValue = reading.kept.has(name) ? former?.sealed[name] : undefined;
    if (keptValue !== undefined) sealed[name] = keptValue;
    else if (vendor.secrets.has(name)) sealed[name] = vault.seal(String(value), settingAad(templateId, name));
    else settings[name] = value;
  }
  return { settings, sealed };
}

/** All settings of a revision, secrets in clear: for asking the account, never stored or shown like this. */
export function clearSettings(revision: Revision, vault: Vault): JsonObject {
  const opened = Object.entries(revision.sealed).map(([name, sealed]) => [
    name,
    vault.open(sealed, settingAad(revision.templateId, name)),
  ]);
  return { ...revision.settings, ...Object.fromEntries(opened) };
}

/** The settings as answers show them: every secret that is set is the mask. */
export function maskedSettings(revision: SealedSettings): JsonObject {
  return {
    ...revision.settings,
    ...Object.fromEntries(Object.keys(revision.sealed).map((name) => [name, MASK])),
  };
}

/** What changed between two revisions' settings, one sentence each; no secret is told. */
export function diffSettings(from: SealedSettings, to: SealedSettings): readonly string[] {
  const changes: string[] = [];
  for (const name of namesOf(from.settings, to.settings)) {
    const before = from.settings[name];
    const after = to.settings[name];
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    if (before === undefined) changes.push(`Setting ${name}: set to ${shown(after)}`);
    else if (after === undefined) changes.push(`Setting ${name}: removed`);
    else changes.push(`Setting ${name}: now ${shown(after)} instead of ${shown(before)}`);
  }
  for (const name of namesOf(from.sealed, to.sealed)) {
    if (from.sealed[name] === to.sealed[name]) continue;
    const verb =
      from.sealed[name] === undefined ? 'set' : to.sealed[name] === undefined ? 'removed' : 'replaced';
    changes.push(`Secret ${name}: ${verb}`);
  }
  return changes;
}

function namesOf(...records: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))].sort();
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
}
