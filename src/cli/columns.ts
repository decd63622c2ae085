/** Columns that several lists have. It must not know which. */
import { listOf, textOf } from './fields.ts';
import { type Column, styleOfState } from './terminal.ts';

export const ID_COLUMN = textColumn('ID', 'id');
export const ACTION_COLUMN = textColumn('ACTION', 'action');
export const TRIES_COLUMN = countColumn('TRIES', 'attempts');
export const STATE_COLUMN: Column<unknown> = {
  ...textColumn('STATE', 'state'),
  style: (row) => styleOfState(textOf(row, 'state')),
};
export const CONTACT_COLUMN: Column<unknown> = {
  title: 'CONTACT',
  text: (row) => listOf(row, 'contacts').map(String).join(', '),
};

/** Shows a member of the row as it is. */
export function textColumn(title: string, name: string): Column<unknown> {
  return { title, text: (row) => textOf(row, name) };
}

/** Shows a number. */
export function countColumn(title: string, name: string): Column<unknown> {
  return { ...textColumn(title, name), align: 'right' };
}
