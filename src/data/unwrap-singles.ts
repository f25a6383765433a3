// Tools that can give several labels export lists even where each text has one.
import { cellOf, type Row } from "./table.ts";

/**
 * The rows with the item in the place of the list, in each of these columns where no list has several items or none.
 * @example
 * unwrapSingles([{ topic: ["a"] }, { topic: ["b"] }], ["topic"]); // [{ topic: "a" }, { topic: "b" }]
 */
export function unwrapSingles(rows: readonly Row[], columns: readonly string[]): readonly Row[] {
  const single = columns.filter((column) =>
    rows.every((row) => {
      const value = cellOf(row, column);
      return !Array.isArray(value) || value.length === 1;
    }),
  );
  return rows.map((row) => {
    const items = single.flatMap((column) => {
      const value = cellOf(row, column);
      return Array.isArray(value) ? [[column, value[0]] as const] : [];
    });
    return { ...row, ...Object.fromEntries(items) };
  });
}
