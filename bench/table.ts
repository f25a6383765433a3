// Prints tables in Markdown, so that what a benchmark prints is what docs/benchmarks.md keeps.

export type Cell = string | number;

/** Numbers are shown with three digits that count. */
export function printTable(title: string, header: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const cells = [header, ...rows].map((row) => row.map(format));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  console.log(`\n${title}\n\n${[line(cells[0]!), rule, ...cells.slice(1).map(line)].join("\n")}`);
}

/** The middle one of an odd number of values, by size. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function format(cell: Cell): string {
  if (typeof cell === "string") return cell;
  return cell >= 100 ? cell.toFixed(0) : cell >= 10 ? cell.toFixed(1) : cell.toFixed(2);
}

/** How many times as long `slow` takes as `fast`. */
export function ratio(slow: number, fast: number): string {
  return `${(slow / fast).toFixed(2)}x`;
}

/** With one digit after the point. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
