// Scores as bars, best first. With `choose`, every bar is a button.
import { el } from "../dom.ts";
import { formatScore } from "./format.ts";

export interface Bar {
  readonly label: string;
  /** From 0 to 1, which is the bar's length. */
  readonly score: number;
  /** The position in the request's list, from 1. */
  readonly position?: number;
}

export function bars(items: readonly Bar[], choose?: (index: number) => void): HTMLElement {
  return el(
    "ol",
    { class: "bars" },
    ...items.map((item, index) => el("li", {}, row(item, choose && (() => choose(index))))),
  );
}

function row({ label, score, position }: Bar, choose?: () => void): HTMLElement {
  const parts = [
    el(
      "span",
      { class: "bar-label" },
      position !== undefined && el("span", { class: "position" }, `${position} `),
      el("bdi", {}, label),
    ),
    el("span", { class: "bar-score" }, formatScore(score)),
    el("span", { class: "bar", "aria-hidden": "true", "--v": Math.max(0, Math.min(1, score)) }),
  ];
  return choose
    ? el("button", { type: "button", class: "bar-row", onclick: choose }, ...parts)
    : el("div", { class: "bar-row" }, ...parts);
}
