/** Rules and what changed in them, in sentences for people who do not read JSON. It must not know how rules run. */
import type { EventTrace, Outlook } from '../api/answers.ts';
import { sentenceCase, VERDICT_WORDS } from '../words.ts';
import { actionOf, type RuleView, TYPE_KEYS } from './document.ts';

const OCCASIONS: Readonly<Record<string, string>> = {
  page: 'When a page is viewed',
  screen: 'When a screen is viewed',
  identify: 'When somebody is identified',
  group: 'When somebody joins a group',
  alias: 'When two ids become one person',
};

const DEEDS: Readonly<Record<string, string>> = {
  syncContact: 'update the contact',
  trackEvent: 'record event',
  addTags: 'add tags',
  removeTags: 'remove tags',
  setTags: 'set the tags',
  subscribe: 'subscribe to lists',
  unsubscribe: 'unsubscribe from lists',
  resubscribe: 'subscribe again to lists',
  addNote: 'add a note',
  setAccount: 'set the company',
  recordOrder: 'record the order',
  recordCart: 'record the abandoned cart',
  refundOrder: 'refund the order',
  deleteContact: 'delete the contact',
  addToAutomation: 'start an automation',
  removeFromAutomation: 'end an automation',
};

/** `When Order Completed happens`. */
export function occasionOf(rule: Pick<RuleView, 'key'>): string {
  return OCCASIONS[rule.key] ?? `When ${rule.key} happens`;
}

/** `record event purchase`. */
export function deedOf(rule: RuleView): string {
  const action = actionOf(rule);
  const deed = DEEDS[action] ?? sentenceCase(action).toLowerCase();
  if (action !== 'trackEvent') return deed;
  const isTracked = !TYPE_KEYS.some((key) => key === rule.key);
  return `${deed} ${rule.vendorEventName ?? (isTracked ? rule.key : rule.key)}`;
}

/** `with order_id, revenue, currency`; empty for nothing. At most five are named. */
export function withWhat(rule: RuleView): string {
  const targets = [...new Set([...rule.mappings, ...rule.enrichments].map(({ target }) => target))];
  if (targets.length === 0) return '';
  const named = targets.slice(0, MOST_NAMED).join(', ');
  return targets.length > MOST_NAMED
    ? `with ${named} and ${targets.length - MOST_NAMED} more`
    : `with ${named}`;
}

const MOST_NAMED = 5;

/** The whole rule: `When Order Completed happens, record event purchase with order_id, revenue, currency`. */
export function sentenceOf(rule: RuleView): string {
  const condition = rule.when === undefined ? '' : ` and ${rule.when}`;
  return `${occasionOf(rule)}${condition}, ${deedOf(rule)} ${withWhat(rule)}`.trim();
}

export type TrialKind = 'same' | 'changed' | 'more' | 'less';

/** What a draft changes for one event. */
export function trialOf(trace: EventTrace): TrialKind {
  const { before } = trace;
  if (before === undefined) return 'same';
  const now = operationsText(trace);
  const then = operationsText(before);
  if (now === then) return 'same';
  if (before.operations.length === 0) return 'more';
  return trace.operations.length === 0 ? 'less' : 'changed';
}

function operationsText({ operations }: Outlook): string {
  return JSON.stringify(operations.map(({ rule, action, payload }) => [rule, action, payload]));
}

/** What an event leads to, in a few words: `Record event purchase`, `Not wanted`. */
export function outlookText({ verdict, operations }: Outlook): string {
  if (operations.length === 0) return VERDICT_WORDS[verdict.state].label;
  return operations
    .map(({ action, payload }) => {
      const name = payload['event'];
      const deed = sentenceCase(DEEDS[action] ?? action);
      return typeof name === 'string' ? `${deed} ${name}` : deed;
    })
    .join(', ');
}
