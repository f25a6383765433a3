// Scores as bars, best first. A bar may be a button, where something follows from choosing it.
import { el } from "../dom.ts";
import { score } from "./format.ts";

export interface Bar {
  readonly label: string;
  /** 0…1; the bar is as long. */
  readonly score: number;
  /** Where it stood in the list that was given. */
  readonly rank?: number;
}

export function bars(items: readonly Bar[], choose?: (index: number) => void): HTMLElement {
  return el(
    "ol",
    { class: "bars" },
    ...items.map((item, index) => el("li", {}, bar(item, choose && (() => choose(index))))),
  );
}

function bar({ label, score: value, rank }: Bar, choose?: () => void): HTMLElement {
  const parts = [
    el("span", { class: "bar-label" }, rank !== undefined && el("span", { class: "rank" }, `${rank} `), label),
    el("span", { class: "bar-score" }, score(value)),
    el("span", { class: "bar", "aria-hidden": "true", "--v": Math.max(0, Math.min(1, value)) }),
  ];
  return choose
    ? el("button", { type: "button", class: "bar-row", onclick: choose }, ...parts)
    : el("div", { class: "bar-row" }, ...parts);
}
