/** The list of keyboard shortcuts. It must not know what they do. */
import { Dialog } from '../ui/dialog.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['g o', 'Go to Overview'],
  ['g e', 'Go to Live events'],
  ['g d', 'Go to Deliveries'],
  ['g p', 'Go to People'],
  ['g i', 'Go to Integrations'],
  ['g l', 'Go to Library'],
  ['g s', 'Go to Sources'],
  ['/', 'Search on this page'],
  ['j', 'Next row of a list'],
  ['k', 'Row before'],
  ['Enter', 'Open the row'],
  ['x', 'Select the row'],
  ['r', 'Retry the selected deliveries'],
  ['p', 'Pause or resume live events'],
  ['u', 'Undo, or whatever else the last message offers'],
  ['Esc', 'Leave a dialog or the text editor'],
  ['?', 'This list'],
];

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="facts">
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
