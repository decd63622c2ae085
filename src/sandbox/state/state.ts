/** Holds everything one simulated account knows, in tables with the indexes its requests need. It must not know about HTTP. */
import type * as rows from './rows.ts';
import { type Change, type Row, type StoredTable, Table } from './table.ts';

type Listener = (change: Change) => void;

/** The one user every row of the simulated account belongs to. */
export const OWNER_ID = 1;

export class AccountState {
  readonly #listeners: Listener[] = [];
  readonly #tables = new Map<string, StoredTable>();

  readonly contacts = this.#table<rows.ContactRow>('contacts');
  /** By lower-cased address, for the account may or may not fold case. */
  readonly contactsByEmail = this.contacts.index((row) => row.email.toLowerCase());

  readonly fields = this.#table<rows.FieldRow>('fields');
  readonly fieldsByPerstag = this.fields.index((row) => row.perstag);
  readonly fieldsByTitle = this.fields.index((row) => row.title.toLowerCase());
  readonly fieldOptions = this.#table<rows.FieldOptionRow>('fieldOptions');
  readonly optionsByField = this.fieldOptions.index((row) => row.field);
  readonly fieldRels = this.#table<rows.FieldRelRow>('fieldRels');
  readonly relsByField = this.fieldRels.index((row) => row.field);
  readonly fieldValues = this.#table<rows.FieldValueRow>('fieldValues');
  readonly valuesByContact = this.fieldValues.index((row) => row.contact);
  readonly valuesByField = this.fieldValues.index((row) => row.field);

  readonly tags = this.#table<rows.TagRow>('tags');
  readonly tagsByName = this.tags.index((row) => row.tag.toLowerCase());
  readonly contactTags = this.#table<rows.ContactTagRow>('contactTags');
  readonly contactTagsByContact = this.contactTags.index((row) => row.contact);
  readonly contactTagsByTag = this.contactTags.index((row) => row.tag);

  readonly lists = this.#table<rows.ListRow>('lists');
  readonly contactLists = this.#table<rows.ContactListRow>('contactLists');
  readonly contactListsByContact = this.contactLists.index((row) => row.contact);
  readonly contactListsByList = this.contactLists.index((row) => row.list);
  readonly activeByList = this.contactLists.index((row) => (row.status === 1 ? row.list : undefined));
  readonly listGroups = this.#table<rows.ListGroupRow>('listGroups');
  readonly groups = this.#table<rows.GroupRow>('groups');

  readonly notes = this.#table<rows.NoteRow>('notes');
  readonly notesByOwner = this.notes.index((row) => `${row.reltype}/${row.relid}`);
  readonly automations = this.#table<rows.AutomationRow>('automations');
  readonly contactAutomations = this.#table<rows.ContactAutomationRow>('contactAutomations');
  readonly automationsByContact = this.contactAutomations.index((row) => row.contact);
  readonly entriesByAutomation = this.contactAutomations.index((row) => row.automation);

  readonly companies = this.#table<rows.CompanyRow>('accounts');
  readonly companiesByName = this.companies.index((row) => row.name.toLowerCase());
  readonly companyContacts = this.#table<rows.CompanyContactRow>('accountContacts');
  readonly companyContactsByContact = this.companyContacts.index((row) => row.contact);
  readonly companyContactsByCompany = this.companyContacts.index((row) => row.account);

  readonly eventNames = this.#table<rows.EventNameRow>('eventTrackingEvents');
  readonly eventNamesByName = this.eventNames.index((row) => row.name);
  readonly trackingLogs = this.#table<rows.TrackingLogRow>('trackingLogs');
  readonly logsByContact = this.trackingLogs.index((row) => row.contact);
  readonly siteDomains = this.#table<rows.SiteDomainRow>('siteTrackingDomains');
  readonly urlWhitelistings = this.#table<rows.UrlWhitelistingRow>('urlWhitelistings');
  readonly webhooks = this.#table<rows.WebhookRow>('webhooks');

  readonly dealGroups = this.#table<rows.DealGroupRow>('dealGroups');
  readonly dealStages = this.#table<rows.DealStageRow>('dealStages');
  readonly stagesByGroup = this.dealStages.index((row) => row.group);
  readonly deals = this.#table<rows.DealRow>('deals');
  readonly dealsByContact = this.deals.index((row) => row.contact ?? undefined);
  readonly dealsByCompany = this.deals.index((row) => row.account ?? undefined);
  readonly campaigns = this.#table<rows.CampaignRow>('campaigns');
  readonly forms = this.#table<rows.FormRow>('forms');
  readonly exclusions = this.#table<rows.ExclusionRow>('exclusions');
  readonly imports = this.#table<rows.ImportRow>('imports');
  readonly importsByBatch = this.imports.index((row) => row.batchId);
  readonly pendingImports = this.imports.index((row) => (row.done ? undefined : 'pending'));
  readonly connections = this.#table<rows.ConnectionRow>('connections');
  readonly shopCustomers = this.#table<rows.ShopCustomerRow>('ecomCustomers');
  readonly shopCustomersByExternal = this.shopCustomers.index((row) => `${row.connection}/${row.externalid}`);
  readonly shopCustomersByEmail = this.shopCustomers.index((row) => row.email.toLowerCase());
  readonly orders = this.#table<rows.OrderRow>('ecomOrders');
  readonly ordersByExternal = this.orders.index((row) =>
    row.externalid === null ? undefined : `${row.connection}/${row.externalid}`,
  );
  readonly ordersByCustomer = this.orders.index((row) => row.customer);
  readonly ordersByEmail = this.orders.index((row) => row.email.toLowerCase());
  readonly orderProducts = this.#table<rows.OrderProductRow>('ecomOrderProducts');
  readonly productsByOrder = this.orderProducts.index((row) => row.order);
  readonly triggers = this.#table<rows.TriggerRow>('triggers');

  /** Calls back for every change of any row, in order. Clearing is not a change of rows. */
  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Every table by the name it has in a state file. */
  get tables(): ReadonlyMap<string, StoredTable> {
    return this.#tables;
  }

  clear(): void {
    for (const table of this.#tables.values()) table.clear();
  }

  #table<R extends Row>(name: string): Table<R> {
    const table = new Table<R>(name, (change) => {
      for (const listener of this.#listeners) listener(change);
    });
    this.#tables.set(name, table);
    return table;
  }
}
