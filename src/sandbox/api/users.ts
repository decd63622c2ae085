/** The user behind the API key, which is what a caller asks for to see whether its key works. */
import type { Context } from '../context.ts';
import { jsonAnswer } from '../http/exchange.ts';
import { OWNER_ID } from '../state/state.ts';
import { linksBelow } from './contact-body.ts';
import { type ApiRoute, get } from './operation.ts';

const LINKS = ['lists', 'userGroup', 'dealGroupTotals', 'dealGroupUsers', 'configs'];

export const userRoutes: readonly ApiRoute[] = [
  get('/users/me', (context) => jsonAnswer(200, { user: userBody(context) })),
];

function userBody(context: Context) {
  return {
    username: 'sandbox',
    firstName: 'Sandbox',
    lastName: 'Owner',
    email: 'owner@sandbox.example',
    phone: '',
    signature: null,
    links: linksBelow(context, `/users/${OWNER_ID}`, LINKS),
    id: String(OWNER_ID),
  };
}
