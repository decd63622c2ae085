/** The rows of a simulated account as it keeps them: plain values, times in milliseconds. It must not know how the API writes them. */
import type { JsonObject } from '../json.ts';
import type { Row } from './table.ts';

/** Status of a contact on a list (activecampaign: 0 unconfirmed, 1 active, 2 unsubscribed, 3 bounced). */
export type ListStatus = 0 | 1 | 2 | 3;

export interface ContactRow extends Row {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** True once PUT or PATCH rewrote the row: several nulls then read as zero values. */
  readonly rewritten: boolean;
}

export interface FieldRow extends Row {
  readonly title: string;
  readonly type: string;
  readonly descript: string | null;
  readonly perstag: string;
  readonly defval: string | null;
  readonly visible: boolean;
  readonly isrequired: boolean;
  readonly service: string;
  readonly ordernum: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface FieldOptionRow extends Row {
  readonly field: number;
  readonly orderid: number;
  readonly value: string;
  readonly label: string;
  readonly isdefault: boolean;
  readonly createdAt: number;
}

export interface FieldRelRow extends Row {
  readonly field: number;
  /** The list the field is shown on; 0 is all lists. */
  readonly relid: number;
  readonly createdAt: number;
}

export interface FieldValueRow extends Row {
  readonly contact: number;
  readonly field: number;
  readonly value: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface TagRow extends Row {
  readonly tag: string;
  readonly tagType: string;
  readonly description: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ContactTagRow extends Row {
  readonly contact: number;
  readonly tag: number;
  readonly createdAt: number;
}

export interface ListRow extends Row {
  readonly name: string;
  readonly stringid: string;
  readonly senderUrl: string;
  readonly senderReminder: string;
  readonly sendLastBroadcast: boolean;
  readonly channel: string;
  readonly userid: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ContactListRow extends Row {
  readonly contact: number;
  readonly list: number;
  readonly status: ListStatus;
  readonly sourceid: number;
  readonly subscribedAt: number | null;
  readonly unsubscribedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ListGroupRow extends Row {
  readonly list: number;
  readonly group: number;
}

export interface GroupRow extends Row {
  readonly title: string;
  readonly descript: string;
  readonly createdAt: number;
}

export interface NoteRow extends Row {
  readonly note: string;
  readonly reltype: string;
  readonly relid: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface AutomationRow extends Row {
  readonly name: string;
  readonly description: string;
  readonly createdAt: number;
}

export interface ContactAutomationRow extends Row {
  readonly contact: number;
  readonly automation: number;
  readonly createdAt: number;
}

/** A company, which the vendor calls an account. */
export interface CompanyRow extends Row {
  readonly name: string;
  readonly accountUrl: string | null;
  readonly owner: number;
  readonly fields: readonly JsonObject[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface CompanyContactRow extends Row {
  readonly account: number;
  readonly contact: number;
  readonly jobTitle: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface EventNameRow extends Row {
  readonly name: string;
}

export interface TrackingLogRow extends Row {
  readonly contact: number;
  readonly type: string;
  readonly value: string;
  readonly createdAt: number;
}

/** A domain of the older whitelist, `siteTrackingDomains`. */
export interface SiteDomainRow extends Row {
  readonly name: string;
}

/** An entry of the newer whitelist, `prism/urlWhitelistings`. */
export interface UrlWhitelistingRow extends Row {
  readonly domain: string;
  readonly page: string;
  readonly tracking: boolean;
  readonly conversations: boolean;
  readonly wordpress: boolean;
}

export interface WebhookRow extends Row {
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly sources: readonly string[];
  readonly listid: number;
  readonly createdAt: number;
}

export interface DealGroupRow extends Row {
  readonly title: string;
  readonly currency: string;
  readonly autoassign: number;
  readonly allusers: number;
  readonly allgroups: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface DealStageRow extends Row {
  readonly group: number;
  readonly title: string;
  readonly color: string;
  readonly order: number;
  readonly width: number;
  /** Stages that came with their pipeline have no dates. */
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
}

export interface DealRow extends Row {
  readonly title: string;
  readonly description: string;
  readonly contact: number | null;
  readonly account: number | null;
  readonly value: number;
  readonly currency: string;
  readonly group: number;
  readonly stage: number;
  readonly owner: number;
  readonly percent: number;
  readonly status: number;
  /** True once PUT or PATCH rewrote the row, which then shows its next task, as none. */
  readonly rewritten: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface CampaignRow extends Row {
  readonly name: string;
  readonly automation: number | null;
  readonly createdAt: number;
}

export interface FormRow extends Row {
  readonly name: string;
  readonly createdAt: number;
}

export interface ExclusionRow extends Row {
  readonly matchPhrase: string;
  readonly matchType: string;
  readonly channel: string;
  readonly lists: readonly number[];
}

/** One queued bulk import; `contacts` holds what was sent until the import has run. */
export interface ImportRow extends Row {
  readonly batchId: string;
  readonly queuedAt: number;
  readonly dueAt: number;
  readonly contacts: readonly JsonObject[];
  readonly count: number;
  readonly excludeAutomations: boolean;
  readonly callback: JsonObject | null;
  readonly done: boolean;
  readonly success: readonly string[];
  readonly failure: readonly string[];
}

/** A shop that sends its orders, in the vendor's word a connection. */
export interface ConnectionRow extends Row {
  readonly service: string;
  readonly externalid: string;
  readonly name: string;
  readonly logoUrl: string;
  readonly linkUrl: string;
  readonly listId: string;
  readonly status: number;
  readonly syncStatus: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ShopCustomerRow extends Row {
  readonly connection: number;
  readonly externalid: string;
  readonly email: string;
  readonly acceptsMarketing: boolean;
  readonly updatedAt: number;
}

/** 0 pending, 1 completed, 2 abandoned, 3 recovered, 4 waiting. */
export type OrderState = 0 | 1 | 2 | 3 | 4;

/** An order, or a cart while it has no `externalid`. Amounts in minor units. */
export interface OrderRow extends Row {
  readonly connection: number;
  readonly customer: number;
  readonly externalid: string | null;
  readonly externalcheckoutid: string | null;
  readonly source: number;
  readonly state: OrderState;
  readonly email: string;
  readonly currency: string;
  readonly totalPrice: number;
  readonly shippingAmount: number;
  readonly taxAmount: number;
  readonly discountAmount: number;
  readonly orderNumber: string;
  readonly orderUrl: string;
  readonly shippingMethod: string;
  readonly discounts: readonly JsonObject[];
  readonly externalCreatedAt: number;
  readonly externalUpdatedAt: number | null;
  readonly abandonedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface OrderProductRow extends Row {
  readonly order: number;
  readonly connection: number;
  readonly externalid: string;
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
  readonly category: string;
  readonly sku: string;
  readonly description: string;
  readonly imageUrl: string;
  readonly productUrl: string;
  readonly createdAt: number;
}

/** One automation trigger that would have fired. */
export interface TriggerRow extends Row {
  readonly name: TriggerName;
  readonly subject: string;
  readonly contact: number;
  readonly email: string;
  readonly createdAt: number;
}

export type TriggerName =
  | 'subscribes'
  | 'unsubscribes'
  | 'tag_added'
  | 'tag_removed'
  | 'event_recorded'
  | 'enters_automation'
  | 'makes_purchase'
  | 'abandons_cart';
