/** What a pipeline does to events at the door, and that the event says so. */
import { describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../../src/event/canonical-event.ts';
import type { JsonObject } from '../../src/event/json.ts';
import { govern, governanceOf } from '../../src/intake/governance.ts';

const event = (members: Partial<CanonicalEvent> = {}): CanonicalEvent => ({
  ...{ type: 'track', event: 'A', messageId: 'm', userId: 'u', properties: {}, traits: {}, context: {} },
  ...{ timestamp: '2026-03-01T12:00:00.000Z', receivedAt: '2026-03-01T12:00:00.000Z' },
  ...members,
});

function governed(config: JsonObject, members: Partial<CanonicalEvent>, notes = {}): CanonicalEvent {
  const result = govern(event(members), notes, governanceOf(config), undefined);
  if (!result.ok) throw new Error(result.code);
  return result.event;
}

describe('personal data', () => {
  it('named to be dropped is not in the event, also inside arrays, and the event says which', () => {
    const config = {
      pii: { drop: ['properties.ssn', 'properties.travellers.passport', 'context.ip', 'traits.absent'] },
    };
    const result = governed(config, {
      properties: { ssn: '1', travellers: [{ passport: 'P1', seat: 3 }, 'x', { passport: null }] },
      context: { ip: '10.0.0.1', locale: 'de' },
    });
    expect(result.properties).toEqual({ travellers: [{ seat: 3 }, 'x', {}] });
    expect(result.context).toEqual({
      locale: 'de',
      governance: { dropped: ['properties.ssn', 'properties.travellers.passport', 'context.ip'] },
    });
  });

  it('named to be hashed becomes the SHA-256 of its text', () => {
    const result = governed({ pii: { hash: ['traits.phone'] } }, { traits: { phone: 'abc' } });
    expect(result.traits).toEqual({
      phone: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    expect(result.context).toEqual({ governance: { hashed: ['traits.phone'] } });
  });

  it('that is not there changes nothing and is not noted', () => {
    const before = event({ properties: { a: 1 } });
    const result = govern(
      before,
      {},
      governanceOf({ pii: { drop: ['properties.b', 'properties.a.c'] } }),
      undefined,
    );
    expect(result.ok && result.event).toBe(before);
  });

  it('named by what is no path is left alone', () => {
    const config = {
      pii: { drop: ['userId', 'properties', 'properties..a', '', 7, null], hash: 'traits.a' },
    };
    expect(governed(config, { traits: { a: 'x' }, properties: { a: 1 } })).toEqual(
      event({ traits: { a: 'x' }, properties: { a: 1 } }),
    );
  });
});

describe('crawlers', () => {
  const bots = [
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Mozilla/5.0 (compatible; bingbot/2.0)',
    'facebookexternalhit/1.1',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36',
  ];
  const people = [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15',
    'Mozilla/5.0 (Linux; Android 13; CUBOT X30) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36',
    'analytics-node-next/latest',
    'python-requests/2.31.0',
  ];
  const judged = (userAgent: string, config: JsonObject) =>
    govern(event({ context: { userAgent } }), {}, governanceOf(config), undefined).ok;

  it.each(bots)('are filtered where the pipeline wants it: %s', (userAgent) => {
    expect(judged(userAgent, { bot_filter: true })).toBe(false);
    expect(judged(userAgent, {})).toBe(true);
  });

  it.each(people)('are not: %s', (userAgent) => {
    expect(judged(userAgent, { bot_filter: true })).toBe(true);
  });

  it('are known by the request where the event brings no user agent', () => {
    const result = govern(event(), {}, governanceOf({ bot_filter: true }), bots[0]);
    expect(result).toMatchObject({ ok: false, code: 'BOT_FILTERED' });
  });
});

describe('notes', () => {
  it('of the parser and of the pipeline stand together in the event', () => {
    const result = governed({ pii: { drop: ['traits.a'] } }, { traits: { a: 1 } }, { ignored: ['x'] });
    expect(result.context).toEqual({ governance: { ignored: ['x'], dropped: ['traits.a'] } });
  });

  it('that a client forged are thrown away', () => {
    expect(governed({}, { context: { governance: { dropped: ['lie'] }, locale: 'de' } }).context).toEqual({
      locale: 'de',
    });
  });
});
