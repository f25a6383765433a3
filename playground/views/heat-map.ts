// Similarity of sentences: a table of cosines, the higher the darker.
import { el } from "../dom.ts";

/** @param vectors one per sentence, of length 1 */
export function heatMap(sentences: readonly string[], vectors: readonly (readonly number[])[]): Node {
  const numbers = sentences.map((_, index) => el("th", { scope: "col" }, String(index + 1)));
  const rows = vectors.map((vector, row) =>
    el(
      "tr",
      {},
      el(
        "th",
        { scope: "row", title: sentences[row], dir: "auto" },
        el("b", {}, String(row + 1)),
        el("span", {}, ` ${sentences[row]}`),
      ),
      ...vectors.map((other, column) => cell(dot(vector, other), row === column)),
    ),
  );
  const table = el(
    "table",
    { class: "heat" },
    el("caption", {}, "Cosine similarity of each pair of sentences"),
    el("thead", {}, el("tr", {}, el("td"), ...numbers)),
    el("tbody", {}, ...rows),
  );
  return el("div", { class: "scroll" }, table);
}

function cell(value: number, isSame: boolean): HTMLElement {
  const shown = Math.max(0, Math.min(1, value));
  const strength = isSame ? "same" : shown > 0.55 ? "strong" : "weak";
  return el("td", { class: strength, "--v": shown }, value.toFixed(2).replace("-0.00", "0.00"));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
