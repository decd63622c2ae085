/** The page at `/_sandbox`: its frame, its switches and its faults. The live parts are filled in by its script. It must not hold account data. */
import { NAMED_FAULTS } from '../http/faults.ts';
import { type Knowledge, SWITCHES, type Switch } from '../settings.ts';

/** What the frame tells about how to connect. */
export interface Connection {
  readonly url: string;
  readonly key: string;
  readonly trackingAccount: string;
  readonly eventKey: string;
}

const TABS = [
  ['contacts', 'Contacts'],
  ['activity', 'Activity'],
  ['requests', 'Requests'],
  ['tags', 'Tags and lists'],
  ['orders', 'Orders'],
  ['faults', 'Faults'],
  ['settings', 'Settings'],
] as const;

export function pageDocument(connection: Connection): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated ActiveCampaign account</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/_sandbox/page.css">
<script type="module" src="/_sandbox/page.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the account</a>
<header>
  <div class="title">
    <h1>Simulated ActiveCampaign account</h1>
    <p>Nothing here reaches a real account or a real person. It behaves as the vendor documents and as recorded answers show.</p>
  </div>
  <p class="live"><span id="live-dot" class="dot" aria-hidden="true"></span><span id="live-text">connecting</span>
    <button type="button" id="pause" aria-pressed="false">Pause</button></p>
</header>
${connectionPart(connection)}
<p id="status" role="status" class="status"></p>
<noscript><p class="note">This page needs its script to show what happens. <a href="/_sandbox/account">/_sandbox/account</a> has it all as JSON.</p></noscript>
<main id="main">
<dl class="tiles" aria-label="The account in numbers">
  ${['contacts', 'events', 'tags', 'lists', 'requests'].map((name) => `<div><dt>${name}</dt><dd id="count-${name}">–</dd></div>`).join('\n  ')}
</dl>
<div class="tabs" role="tablist" aria-label="Parts of the account">
  ${TABS.map(([id, label]) => `<button type="button" role="tab" id="tab-${id}" aria-controls="${id}" aria-selected="false" tabindex="-1">${label}</button>`).join('\n  ')}
</div>
${contactsPart()}
${panel('activity', '<ol id="activity-list" class="stream"></ol><p class="empty" hidden>Nothing has happened yet. Sync a contact or track an event.</p>')}
${panel('requests', '<p class="hint">The newest 100, newest first. Keys are masked. Open one to see its body.</p><ol id="request-list" class="stream requests"></ol><p class="empty" hidden>No request yet.</p>')}
${panel('tags', '<div class="columns"><section aria-labelledby="h-tags"><h2 id="h-tags">Tags</h2><ul id="tag-list" class="named"></ul></section><section aria-labelledby="h-lists"><h2 id="h-lists">Lists</h2><ul id="list-list" class="named"></ul></section></div>')}
${panel('orders', '<p class="hint">Orders and carts are in <a href="/_sandbox/account">/_sandbox/account</a>, with all the rest.</p>')}
${faultsPart()}
${settingsPart()}
</main>
<dialog id="contact-dialog" aria-labelledby="contact-name"><div id="contact-body"></div><form method="dialog"><button>Close</button></form></dialog>
</body>
</html>
`;
}

function panel(id: string, content: string): string {
  return `<section role="tabpanel" id="${id}" aria-labelledby="tab-${id}" tabindex="0" hidden>${content}</section>`;
}

function connectionPart({ url, key, trackingAccount, eventKey }: Connection): string {
  const rows = [
    ['API URL', url],
    ['API key', key],
    ['Tracking account', trackingAccount],
    ['Event key', eventKey],
  ] as const;
  return `<dl class="connection" aria-label="How to connect">${rows
    .map(
      ([name, value]) =>
        `<div><dt>${name}</dt><dd><code>${escaped(value)}</code> <button type="button" class="copy" data-copy="${escaped(value)}" aria-label="Copy ${name}">Copy</button></dd></div>`,
    )
    .join('')}</dl>`;
}

function contactsPart(): string {
  return panel(
    'contacts',
    `<div class="bar">
  <label for="search">Find a contact</label>
  <input id="search" type="search" autocomplete="off" placeholder="name, address or phone">
  <form id="seed-form"><label for="seed-count">Add made-up contacts</label>
    <select id="seed-count"><option>10</option><option>1000</option><option>100000</option></select>
    <button>Add</button></form>
  <button type="button" id="reset" class="danger">Empty the account</button>
</div>
<div class="scroll" tabindex="0" role="region" aria-label="Contacts, the newest 50"><table><thead><tr><th scope="col">Contact</th><th scope="col">Name</th><th scope="col">Phone</th><th scope="col">Tags</th><th scope="col">Lists</th></tr></thead><tbody id="contact-rows"></tbody></table></div>
<p class="empty" hidden>No contact. Sync one, or add made-up ones above.</p>`,
  );
}

function faultsPart(): string {
  const options = Object.entries(NAMED_FAULTS).map(
    ([name, { title }]) => `<option value="${name}">${escaped(title)}</option>`,
  );
  return panel(
    'faults',
    `<p class="hint">A fault happens in place of the answer, to the first requests that fit. The REST API is below <code>/api/3</code>, tracking is <code>/event</code>; a <code>*</code> stands for anything.</p>
<form id="fault-form" class="bar">
  <div><label for="fault-kind">What happens</label><select id="fault-kind">${options.join('')}</select></div>
  <div><label for="fault-method">Method</label><select id="fault-method"><option value="">any</option><option>GET</option><option>POST</option><option>PUT</option><option>PATCH</option><option>DELETE</option></select></div>
  <div><label for="fault-path">Path</label><input id="fault-path" value="*" size="24" autocomplete="off"></div>
  <div><label for="fault-times">Times (empty: always)</label><input id="fault-times" type="number" min="1" value="1"></div>
  <button>Add fault</button> <button type="button" id="fault-clear">Clear all</button>
</form>
<h2>In force</h2><ul id="fault-list" class="named"></ul><p class="empty" hidden>None: every request is answered as the account would.</p>`,
  );
}

const MARKS: { readonly [K in Knowledge]: string } = {
  documented: 'documented',
  observed: 'observed',
  unknown: 'unknown at the vendor',
  ours: 'of the simulation',
};

function settingsPart(): string {
  return panel(
    'settings',
    `<p class="hint">Every switch says what it is when nobody sets it, and how well that is known. Where the vendor’s behaviour is <mark class="unknown">unknown at the vendor</mark>, the default is our choice, usually the harder case. Changes apply at once.</p>
<form id="settings-form" class="switches">${Object.entries(SWITCHES)
      .map(([name, entry]) => switchPart(name, entry))
      .join('\n')}</form>`,
  );
}

function switchPart(name: string, entry: Switch): string {
  return `<div class="switch"><label for="s-${name}">${escaped(entry.label)}</label>${control(name, entry)}
<p id="d-${name}">${escaped(entry.help)} <span class="facts"><code>${name}</code> · default ${escaped(String(entry.default))} · <mark class="${entry.known}">${MARKS[entry.known]}</mark></span></p></div>`;
}

function control(name: string, entry: Switch): string {
  const common = `id="s-${name}" name="${name}" data-kind="${entry.kind}" aria-describedby="d-${name}"`;
  switch (entry.kind) {
    case 'number':
      return `<input ${common} type="number" min="${entry.min}" max="${entry.max}" step="any">`;
    case 'flag':
      return `<input ${common} type="checkbox" role="switch">`;
    case 'choice':
      return `<select ${common}>${entry.choices.map((choice) => `<option>${escaped(choice)}</option>`).join('')}</select>`;
    case 'zone':
      return `<input ${common} autocomplete="off">`;
    default:
      return entry satisfies never;
  }
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
