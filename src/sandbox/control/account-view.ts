/** What a test or a person sees of the whole account: plain, joined, bounded. It must not know the vendor's own form. */
import type { Context } from '../context.ts';
import type { ContactRow, OrderRow, TriggerName } from '../state/rows.ts';

/** So many contacts, and so many events and triggers, at most; the newest are kept. `counts` are always whole. */
export const MAX_CONTACTS = 10_000;
export const MAX_EVENTS = 100_000;

export interface ContactView {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string;
  readonly fieldValues: readonly {
    readonly field: string;
    readonly perstag: string;
    readonly title: string;
    readonly value: string;
  }[];
  /** Names. */
  readonly tags: readonly string[];
  readonly lists: readonly { readonly id: string; readonly name: string; readonly status: number }[];
  /** Ids at the shop. */
  readonly orders: readonly string[];
}

/** An order, or a cart while it has no id at the shop. Amounts in minor units. */
export interface OrderView {
  readonly id: string;
  readonly externalid: string;
  readonly externalcheckoutid: string;
  readonly email: string;
  readonly shop: string;
  /** 0 pending, 1 completed, 2 abandoned, 3 recovered, 4 waiting. */
  readonly state: number;
  readonly source: number;
  readonly total: number;
  readonly currency: string;
  readonly products: readonly { readonly name: string; readonly price: number; readonly quantity: number }[];
}

export interface AccountView {
  readonly contacts: readonly ContactView[];
  readonly events: readonly {
    readonly email: string;
    readonly event: string;
    readonly eventdata: string;
    readonly at: string;
  }[];
  readonly orders: readonly OrderView[];
  readonly carts: readonly OrderView[];
  readonly tags: readonly { readonly id: string; readonly tag: string; readonly contacts: number }[];
  readonly fields: readonly {
    readonly id: string;
    readonly title: string;
    readonly perstag: string;
    readonly type: string;
  }[];
  readonly lists: readonly {
    readonly id: string;
    readonly name: string;
    readonly active: number;
    readonly contacts: number;
  }[];
  readonly webhooks: readonly {
    readonly id: string;
    readonly name: string;
    readonly url: string;
    readonly events: readonly string[];
  }[];
  /** Automation triggers that would have fired, oldest first; `subject` is the list, tag, event or automation. */
  readonly triggers: readonly {
    readonly name: TriggerName;
    readonly subject: string;
    readonly contact: string;
    readonly contact_id: string;
    readonly at: string;
  }[];
  readonly notes: readonly {
    readonly id: string;
    readonly note: string;
    readonly reltype: string;
    readonly relid: string;
  }[];
  readonly counts: { readonly contacts: number; readonly events: number; readonly triggers: number };
}

export function accountView(context: Context): AccountView {
  const { state } = context;
  const orders = state.orders
    .newest(MAX_CONTACTS)
    .reverse()
    .map((row) => orderView(context, row));
  return {
    contacts: state.contacts
      .newest(MAX_CONTACTS)
      .reverse()
      .map((row) => contactView(context, row)),
    events: state.trackingLogs
      .newest(MAX_EVENTS)
      .reverse()
      .map((row) => ({
        email: state.contacts.get(row.contact)?.email ?? '',
        event: row.type,
        eventdata: row.value,
        at: instant(row.createdAt),
      })),
    orders: orders.filter(({ externalid }) => externalid !== ''),
    carts: orders.filter(({ externalid }) => externalid === ''),
    tags: state.tags
      .all()
      .map((row) => ({ id: String(row.id), tag: row.tag, contacts: state.contactTagsByTag.count(row.id) })),
    fields: state.fields
      .all()
      .map(({ id, title, perstag, type }) => ({ id: String(id), title, perstag, type })),
    lists: state.lists.all().map(({ id, name }) => ({
      id: String(id),
      name,
      active: state.activeByList.count(id),
      contacts: state.contactListsByList.count(id),
    })),
    webhooks: state.webhooks
      .all()
      .map(({ id, name, url, events }) => ({ id: String(id), name, url, events })),
    triggers: state.triggers
      .newest(MAX_EVENTS)
      .reverse()
      .map((row) => ({
        name: row.name,
        subject: row.subject,
        contact: row.email,
        contact_id: String(row.contact),
        at: instant(row.createdAt),
      })),
    notes: state.notes
      .newest(MAX_CONTACTS)
      .reverse()
      .map((row) => ({ id: String(row.id), note: row.note, reltype: row.reltype, relid: String(row.relid) })),
    counts: { contacts: state.contacts.size, events: state.trackingLogs.size, triggers: state.triggers.size },
  };
}

export function contactView({ state }: Context, row: ContactRow): ContactView {
  return {
    id: String(row.id),
    email: row.email,
    firstName: row.firstName,
    lastName: row.lastName,
    phone: row.phone,
    fieldValues: state.valuesByContact.find(row.id).map((value) => {
      const field = state.fields.get(value.field);
      return {
        field: String(value.field),
        perstag: field?.perstag ?? '',
        title: field?.title ?? '',
        value: value.value,
      };
    }),
    tags: state.contactTagsByContact.find(row.id).flatMap((owned) => state.tags.get(owned.tag)?.tag ?? []),
    lists: state.contactListsByContact.find(row.id).map((on) => ({
      id: String(on.list),
      name: state.lists.get(on.list)?.name ?? '',
      status: on.status,
    })),
    orders: state.ordersByEmail.find(row.email.toLowerCase()).flatMap(({ externalid }) => externalid ?? []),
  };
}

function orderView({ state }: Context, row: OrderRow): OrderView {
  return {
    id: String(row.id),
    externalid: row.externalid ?? '',
    externalcheckoutid: row.externalcheckoutid ?? '',
    email: row.email,
    shop: state.connections.get(row.connection)?.name ?? '',
    state: row.state,
    source: row.source,
    total: row.totalPrice,
    currency: row.currency,
    products: state.productsByOrder
      .find(row.id)
      .map(({ name, price, quantity }) => ({ name, price, quantity })),
  };
}

export function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
