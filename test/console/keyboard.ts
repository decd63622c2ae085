/** Uses a page by its keys alone, as somebody does who has no mouse. It must not know what is tested. */
import type { Locator, Page } from 'playwright-core';

export interface Keyboard {
  /** Goes on with Tab until the target has the focus; fails where Tab never comes to it. */
  reach(target: Locator): Promise<void>;
  /** Reaches the target and presses a key there: Enter, unless it is said otherwise. */
  press(target: Locator, key?: string): Promise<void>;
  /** Reaches a text field and writes into it in place of what was there. */
  write(target: Locator, text: string): Promise<void>;
  /** Reaches a select and goes on with the arrow until the option with that label is chosen. */
  choose(target: Locator, label: string): Promise<void>;
}

/** More stops than any page has. */
const MOST_STOPS = 200;

export function keyboardOf(page: Page): Keyboard {
  const reach = async (target: Locator): Promise<void> => {
    await target.waitFor();
    for (let stop = 0; stop < MOST_STOPS; stop += 1) {
      if ((await target.and(page.locator(':focus')).count()) > 0) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never comes to ${target.toString()}.`);
  };
  return {
    reach,
    press: async (target, key = 'Enter') => {
      await reach(target);
      await page.keyboard.press(key);
    },
    write: async (target, text) => {
      await reach(target);
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(text);
    },
    choose: async (target, label) => {
      await reach(target);
      await page.keyboard.press('Home');
      for (let step = 0; step < MOST_STOPS; step += 1) {
        if ((await target.locator('option:checked').textContent())?.includes(label) === true) return;
        await page.keyboard.press('ArrowDown');
      }
      throw new Error(`${target.toString()} has no ${label}.`);
    },
  };
}
