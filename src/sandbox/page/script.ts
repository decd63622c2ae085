/** The script of the page at `/_sandbox`: listens for changes, fetches what is shown, writes it as text, never as markup. */
export const PAGE_SCRIPT = `
const part = (id) => document.getElementById(id);

function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'class') node.className = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/* Rows that stay keep their element, so that focus, open details and selection stay where they are. */
let isFirstFill = true;
function fill(container, items, keyOf, draw) {
  const kept = new Map([...container.children].map((node) => [node.dataset.key, node]));
  const nodes = items.map((item) => {
    const key = String(keyOf(item));
    const print = JSON.stringify(item);
    const before = kept.get(key);
    if (before && before.dataset.print === print) return before;
    const node = draw(item);
    node.dataset.key = key;
    node.dataset.print = print;
    if (!before && !isFirstFill) node.classList.add('fresh');
    const wasOpen = before?.querySelector('details')?.open;
    if (wasOpen) node.querySelector('details').open = true;
    return node;
  });
  const isSame = nodes.length === container.children.length && nodes.every((node, at) => node === container.children[at]);
  if (isSame) return;
  const focused = container.contains(document.activeElement) ? document.activeElement.closest('[data-key]')?.dataset.key : undefined;
  container.replaceChildren(...nodes);
  if (focused !== undefined) nodes.find((node) => node.dataset.key === focused)?.querySelector('button, summary')?.focus();
}

function showEmpty(panel, isEmpty) {
  const note = part(panel).querySelector('.empty');
  if (note) note.hidden = !isEmpty;
}

const clock = (at) => new Date(at).toLocaleTimeString(undefined, { hour12: false });
const when = (at) => make('time', { datetime: new Date(at).toISOString(), title: new Date(at).toLocaleString() }, clock(at));
const LIST_STATUS = { 0: ['unconfirmed', 'warn'], 1: ['active', 'good'], 2: ['unsubscribed', 'bad'], 3: ['bounced', 'bad'] };

function listChip(list) {
  const [word, look] = LIST_STATUS[list.status];
  return make('span', { class: 'chip ' + look }, list.name + ' · ' + word);
}
const tagChip = (tag) => make('span', { class: 'chip' }, tag);
const contactButton = (id, text) => make('button', { type: 'button', class: 'plain', onclick: () => openContact(id) }, text);

function contactRow(contact) {
  const name = (contact.firstName + ' ' + contact.lastName).trim();
  return make('tr', {},
    make('td', {}, contactButton(contact.id, contact.email)),
    make('td', {}, name), make('td', {}, contact.phone),
    make('td', {}, ...contact.tags.map(tagChip)), make('td', {}, ...contact.lists.map(listChip)));
}

function activityRow(item) {
  const what = make('span', { class: 'what' }, item.email === '' ? 'A contact that is gone' : contactButton(item.contact_id, item.email), ' ' + item.words + ' ');
  if (item.subject !== '') what.append(make('strong', {}, item.subject));
  if (item.detail !== '') what.append(make('span', { class: 'detail' }, ' — ' + item.detail));
  return make('li', {}, when(item.at), what);
}

function requestRow(request) {
  const status = request.status === null ? 'no answer' : String(request.status);
  const look = 's' + (request.status === null ? 0 : Math.floor(request.status / 100));
  const summary = make('summary', {}, make('span', { class: 'method' }, request.method), make('span', { class: 'mono' }, request.path), ' ',
    make('span', { class: 'chip ' + look }, status));
  if (request.fault) summary.append(make('span', { class: 'chip warn' }, 'fault: ' + request.fault.replaceAll('_', ' ')));
  const body = request.body === null ? 'no body' : typeof request.body === 'string' ? request.body : JSON.stringify(request.body, null, 2);
  return make('li', {}, when(request.at_ms), make('details', { class: 'what' }, summary, make('pre', { tabindex: '0' }, body)));
}

const namedRow = (name, count) => make('li', {}, make('span', {}, name), make('span', { class: 'detail' }, count));

function faultRow(rule) {
  const kind = typeof rule.respond === 'string' ? rule.respond.replaceAll('_', ' ') : JSON.stringify(rule.respond);
  const where = (rule.method ?? 'any method') + ' ' + (rule.path ?? 'any path');
  return namedRow(kind + ' — ' + where, rule.times === undefined ? 'until cleared' : rule.times + ' left');
}

function draw(view) {
  for (const [name, count] of Object.entries(view.counts)) {
    const node = part('count-' + name);
    if (node) node.textContent = count.toLocaleString();
  }
  fill(part('contact-rows'), view.contacts, (contact) => contact.id, contactRow);
  fill(part('activity-list'), view.activity, (item) => item.key, activityRow);
  fill(part('request-list'), view.requests, (request) => request.seq, requestRow);
  fill(part('tag-list'), view.tags, (tag) => tag.id, (tag) => namedRow(tag.name, tag.contacts + ' contacts'));
  fill(part('list-list'), view.lists, (list) => list.id, (list) => namedRow(list.name, list.active + ' active of ' + list.contacts));
  fill(part('fault-list'), view.faults.map((rule, at) => ({ ...rule, at })), (rule) => rule.at, faultRow);
  showEmpty('contacts', view.contacts.length === 0);
  showEmpty('activity', view.activity.length === 0);
  showEmpty('requests', view.requests.length === 0);
  showEmpty('faults', view.faults.length === 0);
  drawSettings(view.settings);
  isFirstFill = false;
}

function drawSettings(settings) {
  for (const field of part('settings-form').elements) {
    if (field === document.activeElement || !(field.name in settings)) continue;
    if (field.dataset.kind === 'flag') field.checked = settings[field.name];
    else field.value = String(settings[field.name]);
  }
}

/* One fetch at a time; a change that comes meanwhile asks for one more. */
let isBusy = false;
let isStale = false;
let isPaused = false;
async function refresh() {
  if (isPaused || isBusy) { isStale = true; return; }
  isBusy = true;
  isStale = false;
  try {
    const answer = await fetch('/_sandbox/overview?search=' + encodeURIComponent(part('search').value.trim()));
    draw(await answer.json());
  } catch { /* The event stream tells when the account is there again. */ }
  isBusy = false;
  if (isStale && !isPaused) refresh();
}

function say(text, isBad = false) {
  const status = part('status');
  status.textContent = text;
  status.classList.toggle('bad', isBad);
}

async function send(method, path, body, told) {
  try {
    const answer = await fetch('/_sandbox' + path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
    if (answer.ok) say(told);
    else say((await answer.json()).error.message, true);
  } catch { say('The simulated account does not answer.', true); }
  refresh();
}

async function openContact(id) {
  const answer = await fetch('/_sandbox/contacts/' + id);
  if (!answer.ok) return say('That contact is gone.', true);
  const contact = await answer.json();
  const facts = [['Address', contact.email], ['Phone', contact.phone], ['Id', contact.id], ['Created', new Date(contact.created).toLocaleString()],
    ['Updated', new Date(contact.updated).toLocaleString()], ...contact.fieldValues.map((value) => [value.title, value.value])];
  const name = (contact.firstName + ' ' + contact.lastName).trim() || contact.email;
  part('contact-body').replaceChildren(
    make('h2', { id: 'contact-name' }, name),
    make('dl', {}, ...facts.filter(([, value]) => value !== '').flatMap(([term, value]) => [make('dt', {}, term), make('dd', {}, value)])),
    make('p', {}, ...contact.tags.map(tagChip), ...contact.lists.map(listChip)),
    make('h2', {}, 'Activity'),
    contact.events.length === 0 ? make('p', { class: 'hint' }, 'No tracked event.') : make('ol', { class: 'stream' }, ...contact.events.map((event) =>
      make('li', {}, when(event.at), make('span', { class: 'what' }, make('strong', {}, event.event), make('span', { class: 'detail' }, event.eventdata === '' ? '' : ' — ' + event.eventdata))))),
    ...contact.notes.map((note) => make('p', {}, 'Note: ' + note.note)));
  part('contact-dialog').showModal();
}

const tabs = [...document.querySelectorAll('[role="tab"]')];
function select(tab, moveFocus) {
  for (const other of tabs) {
    const isIt = other === tab;
    other.setAttribute('aria-selected', String(isIt));
    other.tabIndex = isIt ? 0 : -1;
    part(other.getAttribute('aria-controls')).hidden = !isIt;
  }
  history.replaceState(null, '', '#show=' + tab.getAttribute('aria-controls'));
  if (moveFocus) tab.focus();
}
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
for (const [at, tab] of tabs.entries()) {
  tab.addEventListener('click', () => select(tab, false));
  tab.addEventListener('keydown', (event) => {
    const goal = event.key === 'Home' ? 0 : event.key === 'End' ? tabs.length - 1 : event.key in STEPS ? (at + STEPS[event.key] + tabs.length) % tabs.length : -1;
    if (goal < 0) return;
    event.preventDefault();
    select(tabs[goal], true);
  });
}
select(tabs.find((tab) => '#show=' + tab.getAttribute('aria-controls') === location.hash) ?? tabs[0], false);

part('search').addEventListener('input', refresh);
part('pause').addEventListener('click', () => {
  isPaused = !isPaused;
  part('pause').setAttribute('aria-pressed', String(isPaused));
  part('pause').textContent = isPaused ? 'Resume' : 'Pause';
  if (!isPaused) refresh();
});
part('seed-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const contacts = Number(part('seed-count').value);
  say('Adding ' + contacts.toLocaleString() + ' contacts …');
  send('POST', '/seed', { contacts, sample: true }, contacts.toLocaleString() + ' made-up contacts were added.');
});
part('reset').addEventListener('click', () => {
  if (confirm('Empty the account? Contacts, events, faults and settings go back to the start.')) send('POST', '/reset', undefined, 'The account is empty.');
});
part('fault-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const [method, path, times] = ['fault-method', 'fault-path', 'fault-times'].map((id) => part(id).value.trim());
  const rule = { respond: part('fault-kind').value, ...(method && { method }), ...(path && { path }), ...(times && { times: Number(times) }) };
  send('POST', '/faults', { rules: [rule] }, 'The fault is in force.');
});
part('fault-clear').addEventListener('click', () => send('DELETE', '/faults', undefined, 'No fault is in force.'));
part('settings-form').addEventListener('submit', (event) => event.preventDefault());
part('settings-form').addEventListener('change', ({ target }) => {
  const value = target.dataset.kind === 'flag' ? target.checked : target.dataset.kind === 'number' ? Number(target.value) : target.value;
  const label = part('settings-form').querySelector('label[for="' + target.id + '"]').textContent;
  send('POST', '/settings', { [target.name]: value }, label + ' is now ' + String(value) + '.');
});
for (const button of document.querySelectorAll('.copy')) {
  button.addEventListener('click', () => navigator.clipboard.writeText(button.dataset.copy).then(() => say('Copied.'), () => say('Copying was not allowed.', true)));
}

const stream = new EventSource('/_sandbox/live');
function shine(isOn, text) {
  part('live-dot').className = 'dot ' + (isOn ? 'on' : 'off');
  part('live-text').textContent = text;
}
stream.addEventListener('open', () => shine(true, 'live'));
stream.addEventListener('error', () => shine(false, 'not connected'));
stream.addEventListener('message', refresh);
`;
