/** Bodies as a vendor's form posts them. It must not hold claims. */

/** `application/x-www-form-urlencoded`, in the order given. */
export function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}
