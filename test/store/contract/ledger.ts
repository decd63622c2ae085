/** Claims about the person ledger. */
import { expect, it } from 'vitest';
import type { DecisionWrite, LinkWrite } from '../../../src/store/ports/steps.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Current } from '../contract.ts';
import { address, newEvent, newStep } from '../samples.ts';

const ANN = address('ann@example.com');
const BOB = address('bob@example.com');

function link(key: LinkWrite['key'], email: LinkWrite['link']['email'], seq = 1, userId?: string): LinkWrite {
  const to = email === undefined ? {} : { email };
  return { pipelineId: 'pl_1', key, link: { seq, ...to, ...(userId === undefined ? {} : { userId }) } };
}

function decision(subject: DecisionWrite['subject'], granted: boolean, atMs: number): DecisionWrite {
  return { pipelineId: 'pl_1', subject, decisions: { marketing: { granted, atMs } }, seq: 1 };
}

async function learn(
  store: Store,
  links: readonly LinkWrite[],
  decisions: readonly DecisionWrite[] = [],
): Promise<void> {
  const from = await store.steps.cursor();
  await store.log.append([newEvent(`m${from}`)]);
  await store.steps.commit(newStep(from, from + 1, { links, decisions }));
}

export function ledgerClaims(current: Current): void {
  it('keeps the newest link of a visitor key, the later of one step winning', async () => {
    const { store } = current();
    await learn(store, [link('u:1', ANN)]);
    await learn(store, [link('u:1', ANN, 2), link('u:1', BOB, 2, 'someone')]);
    const { links, keysOf } = await store.ledger.load('pl_1', ['u:1', 'u:unknown'], [ANN]);
    expect([...links]).toEqual([['u:1', { email: BOB, userId: 'someone', seq: 2 }]]);
    expect(keysOf.get(BOB)).toEqual(['u:1']);
    expect(keysOf.get(ANN) ?? []).toEqual([]);
  });

  it('lets a key lead nowhere, so that it is none of the address any more', async () => {
    const { store } = current();
    await learn(store, [link('a:1', ANN)]);
    await learn(store, [link('a:1', undefined, 2, 'other')]);
    const { links, keysOf } = await store.ledger.load('pl_1', ['a:1'], [ANN]);
    expect(links.get('a:1')).toEqual({ seq: 2, userId: 'other' });
    expect(keysOf.get(ANN) ?? []).toEqual([]);
  });

  it('answers all keys of the asked addresses and of those that the asked keys lead to', async () => {
    const { store } = current();
    await learn(store, [link('u:1', ANN), link('a:1', ANN), link('a:2', BOB)]);
    const { keysOf } = await store.ledger.load('pl_1', ['u:1'], [BOB]);
    expect([...(keysOf.get(ANN) ?? [])].sort()).toEqual(['a:1', 'u:1']);
    expect(keysOf.get(BOB)).toEqual(['a:2']);
  });

  it('answers the decisions of the whole person: asked keys, addresses, and all keys of the addresses', async () => {
    const { store } = current();
    await learn(
      store,
      [link('u:1', ANN), link('a:1', ANN)],
      [decision('a:1', true, 5), decision(`e:${ANN}`, false, 6), decision('a:stranger', true, 7)],
    );
    const { decisions } = await store.ledger.load('pl_1', ['u:1'], []);
    expect([...decisions].sort()).toEqual([
      ['a:1', { marketing: { granted: true, atMs: 5 } }],
      [`e:${ANN}`, { marketing: { granted: false, atMs: 6 } }],
    ]);
  });

  it.each<[string, [boolean, number], [boolean, number], boolean]>([
    ['a later one replaces an earlier one', [true, 5], [false, 6], false],
    ['a later grant replaces an earlier refusal', [false, 5], [true, 6], true],
    ['an earlier one that comes late changes nothing', [false, 6], [true, 5], false],
    ['a refusal wins a tie', [true, 5], [false, 5], false],
    ['a refusal keeps a tie', [false, 5], [true, 5], false],
  ])('of two decisions on one category %s', async (_, first, second, granted) => {
    const { store } = current();
    await learn(store, [], [decision('u:1', ...first)]);
    await learn(store, [], [decision('u:1', ...second)]);
    const { decisions } = await store.ledger.load('pl_1', ['u:1'], []);
    expect(decisions.get('u:1')?.['marketing']?.granted).toBe(granted);
  });

  it('before a send, the newest decision over all ids of the person and of the event holds, refusal on a tie', async () => {
    const { store } = current();
    await learn(
      store,
      [link('u:1', ANN), link('a:1', ANN)],
      [decision('u:1', true, 5), decision('a:1', false, 4), decision(`e:${ANN}`, true, 3)],
    );
    expect(await store.ledger.decisionsOf('pl_1', ANN, [])).toEqual({
      marketing: { granted: true, atMs: 5 },
    });
    await learn(store, [], [decision('a:1', false, 5)]);
    expect(await store.ledger.decisionsOf('pl_1', ANN, [])).toEqual({
      marketing: { granted: false, atMs: 5 },
    });
    await learn(store, [], [decision('a:event', true, 9)]);
    expect(await store.ledger.decisionsOf('pl_1', ANN, ['a:event'])).toEqual({
      marketing: { granted: true, atMs: 9 },
    });
    expect(await store.ledger.decisionsOf('pl_1', BOB, [])).toEqual({});
  });

  it('keeps pipelines apart', async () => {
    const { store } = current();
    await learn(store, [link('u:1', ANN)], [decision('u:1', true, 5)]);
    const elsewhere = await store.ledger.load('pl_2', ['u:1'], [ANN]);
    expect(elsewhere.links.size + elsewhere.decisions.size).toBe(0);
    expect(await store.ledger.decisionsOf('pl_2', ANN, ['u:1'])).toEqual({});
  });

  it('survives names that objects inherit', async () => {
    const { store } = current();
    await learn(
      store,
      [link('u:__proto__', ANN)],
      [{ ...decision('u:__proto__', true, 5), decisions: { constructor: { granted: true, atMs: 5 } } }],
    );
    const { links, decisions } = await store.ledger.load('pl_1', ['u:__proto__'], []);
    expect(links.get('u:__proto__')?.email).toBe(ANN);
    expect(Object.keys(decisions.get('u:__proto__') ?? {})).toEqual(['constructor']);
  });
}
