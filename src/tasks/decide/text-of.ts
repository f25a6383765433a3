// JSON as text that a model of language reads: the same text for the same value, whatever the order of its keys.

/**
 * A text as it is. An object is a line per field, `key: value`, its keys in order; a list a line per element. Names of fields are written with
 * spaces, and null as nothing.
 *
 * @example
 * textOf({ order_id: 7, items: ["cup", "plate"] }); // "items: cup, plate\norder id: 7"
 */
export function textOf(value: unknown): string {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return entriesOf(value)
      .map(([key, inner]) => `${words(key)}: ${inline(inner)}`)
      .join("\n");
  }
  return Array.isArray(value) ? value.map(inline).join("\n") : inline(value);
}

function inline(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(inline).join(", ");
  if (typeof value !== "object") return String(value);
  return entriesOf(value)
    .map(([key, inner]) => `${words(key)}: ${inline(inner)}`)
    .join("; ");
}

function entriesOf(value: object): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** `wants_refund` and `wantsRefund` as words. */
export function words(name: string): string {
  return name
    .replaceAll(/[_-]+/g, " ")
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .trim();
}
