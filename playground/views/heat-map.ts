// How near sentences lie to each other: a table of cosines, the nearer the darker.
import { el, group } from "../dom.ts";

/** Vectors of length 1, one a sentence. */
export function heatMap(sentences: readonly string[], vectors: readonly (readonly number[])[]): Node {
  const numbers = sentences.map((_, index) => el("th", { scope: "col" }, String(index + 1)));
  const rows = vectors.map((vector, row) =>
    el(
      "tr",
      {},
      el(
        "th",
        { scope: "row", title: sentences[row] },
        el("b", {}, String(row + 1)),
        el("span", {}, ` ${sentences[row]}`),
      ),
      ...vectors.map((other, column) => cell(dot(vector, other), row === column)),
    ),
  );
  const table = el(
    "table",
    { class: "heat" },
    el("caption", {}, "Cosine of each sentence with each other"),
    el("thead", {}, el("tr", {}, el("td"), ...numbers)),
    el("tbody", {}, ...rows),
  );
  return group(el("div", { class: "scroll" }, table));
}

function cell(value: number, same: boolean): HTMLElement {
  const shown = Math.max(0, Math.min(1, value));
  const strength = same ? "same" : shown > 0.55 ? "strong" : "weak";
  return el("td", { class: strength, "--v": shown }, value.toFixed(2).replace("-0.00", "0.00"));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
