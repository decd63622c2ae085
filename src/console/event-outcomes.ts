/** What became of an event, in chips: of each delivery, of each rule that made none, or of the whole. It must not know how chips look. */
import type { JsonObject, ReceivedEvent, Verdict } from './api/answers.ts';
import { objectsAt, textAt } from './json.ts';
import { DELIVERY_WORDS, midSentence, reasonOf, type Tone, VERDICT_WORDS } from './words.ts';

export interface OutcomeChip {
  readonly key: string;
  readonly tone: Tone;
  readonly text: string;
}

/** The rules of an integration's blueprint that the event met, with what became of each. */
export const rulesOf = (verdict: Pick<Verdict, 'detail'>): readonly JsonObject[] =>
  objectsAt(verdict.detail, 'rules');

/** None while the event is being processed. A rule that was refused beside one that was not has no delivery to tell of it. */
export function outcomesOf(event: ReceivedEvent): readonly OutcomeChip[] {
  return event.verdicts.flatMap((verdict) => {
    const id = verdict.pipeline_integration_id;
    const deliveries = event.deliveries.filter(
      ({ pipeline_integration_id }) => pipeline_integration_id === id,
    );
    if (verdict.state !== 'mapped' || deliveries.length === 0) {
      const { label, tone } = VERDICT_WORDS[verdict.state];
      const own = { key: id, tone, text: verdict.code === undefined ? label : reasonOf(verdict.code).title };
      return verdict.state === 'mapped' ? [own, ...refused(verdict)] : [own];
    }
    const sent = deliveries.map((delivery) => {
      const { label, tone } = DELIVERY_WORDS[delivery.state];
      const isPlain = delivery.state === 'delivered' || delivery.code === undefined;
      const text = isPlain ? label : `${label}: ${midSentence(reasonOf(delivery.code).title)}`;
      return { key: delivery.id, tone, text };
    });
    return [...sent, ...refused(verdict)];
  });
}

function refused(verdict: Verdict): readonly OutcomeChip[] {
  return rulesOf(verdict)
    .filter((rule) => textAt(rule, 'outcome') === 'invalid')
    .map((rule) => {
      const name = textAt(rule, 'rule') ?? '';
      const { label, tone } = VERDICT_WORDS.invalid;
      const code = textAt(rule, 'code');
      const why = code === undefined ? '' : `: ${midSentence(reasonOf(code).title)}`;
      return { key: `${verdict.pipeline_integration_id} ${name}`, tone, text: `${label}${why}` };
    });
}
