/** The names that the documented conventions give to one event. It must not know rules. */

/**
 * Each line is one event: Title Case, snake_case and GA4. Names in other letter case or with other separators count as
 * the same, so only what differs in words has to stand here. Source: Datafly Signal's event specifications.
 */
const SAME_EVENT: readonly (readonly string[])[] = [
  ['page', 'Page Viewed', 'page_view'],
  ['identify', 'Identified'],
  ['Product Viewed', 'view_item'],
  ['Product List Viewed', 'view_item_list'],
  ['Product Clicked', 'select_item'],
  ['Product Added', 'add_to_cart'],
  ['Product Removed', 'remove_from_cart'],
  ['Product Added to Wishlist', 'add_to_wishlist'],
  ['Cart Viewed', 'view_cart'],
  ['Checkout Started', 'begin_checkout'],
  ['Payment Info Entered', 'add_payment_info'],
  ['Order Completed', 'purchase'],
  ['Order Refunded', 'refund'],
  ['Products Searched', 'search', 'view_search_results'],
  ['Promotion Viewed', 'view_promotion'],
  ['Promotion Clicked', 'select_promotion'],
  ['Signed Up', 'sign_up'],
  ['Signed In', 'login'],
  ['Lead Generated', 'generate_lead'],
];

const CLASS_BY_NAME = new Map(
  SAME_EVENT.flatMap((names) => names.map((name) => [folded(name), folded(names[0] ?? name)] as const)),
);

/** The same text for all names of one event. */
export function eventClass(name: string): string {
  const plain = folded(name);
  return CLASS_BY_NAME.get(plain) ?? plain;
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '_');
}
