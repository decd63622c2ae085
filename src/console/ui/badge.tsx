/** A state as a word with its icon and colour. It must not know where states come from. */
import type { DeliveryState, VerdictState } from '../api/answers.ts';
import { DELIVERY_WORDS, type Tone, VERDICT_WORDS } from '../words.ts';
import { Icon, type IconName } from './icon.tsx';

const TONE_ICONS: Readonly<Record<Tone, IconName>> = {
  good: 'check',
  bad: 'warn',
  wait: 'clock',
  info: 'arrow',
  quiet: 'skip',
  consent: 'shield',
};

interface BadgeProps {
  readonly tone: Tone;
  readonly children: string;
  readonly title?: string | undefined;
  readonly icon?: IconName | undefined;
}

export function Badge({ tone, children, title, icon }: BadgeProps) {
  return (
    <span className={`badge tone-${tone}`} title={title}>
      <Icon name={icon ?? TONE_ICONS[tone]} />
      <span className="cut">{children}</span>
    </span>
  );
}

export function DeliveryBadge({ state }: { readonly state: DeliveryState }) {
  const { label, tone, meaning } = DELIVERY_WORDS[state];
  return (
    <Badge tone={tone} title={meaning}>
      {label}
    </Badge>
  );
}

export function VerdictBadge({ state }: { readonly state: VerdictState }) {
  const { label, tone, meaning } = VERDICT_WORDS[state];
  return (
    <Badge tone={tone} title={meaning}>
      {label}
    </Badge>
  );
}
