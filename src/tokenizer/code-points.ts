// UTF-16 indices of a text as code point indices, which is what Python counts.

/** What offsets count: UTF-16 units, so that `text.slice(start, end)` is right, or code points. */
export type OffsetUnit = "utf16" | "codepoint";

/** Converts UTF-16 indices of `text` to `unit`. An index inside a surrogate pair counts as the end of the pair's code point. */
export function offsetMapper(text: string, unit: OffsetUnit = "utf16"): (index: number) => number {
  if (unit === "utf16" || !SURROGATE.test(text)) return (index) => index;
  const points = new Int32Array(text.length + 1);
  for (let i = 0; i < text.length; i++) points[i + 1] = points[i]! + (isTrail(text, i) ? 0 : 1);
  return (index) => points[index]!;
}

const SURROGATE = /[\uD800-\uDFFF]/;

/** Whether unit `at` is the second of a surrogate pair. */
function isTrail(text: string, at: number): boolean {
  return at > 0 && (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}
