/** A short explanation that appears beside what is pointed at or focused. It must not hold anything one must read. */
import * as Tooltip from '@radix-ui/react-tooltip';
import type { ReactElement } from 'react';

export const HintProvider = Tooltip.Provider;

export function Hint({ text, children }: { readonly text: string; readonly children: ReactElement }) {
  return (
    <Tooltip.Root delayDuration={400}>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Content className="hint" sideOffset={6} collisionPadding={8}>
        {text}
      </Tooltip.Content>
    </Tooltip.Root>
  );
}
