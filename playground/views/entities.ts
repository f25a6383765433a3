// Entities of any aggregation, as spans of their text and as a list with scores.
import type { Entity } from "../../src/heads/entities.ts";
import { el, group } from "../dom.ts";
import { score } from "./format.ts";
import { highlight } from "./highlight.ts";

export function entitiesView(text: string, entities: readonly Entity[], nothing: string): Node {
  const spans = entities.map((entity) => ({
    ...entity,
    label: "entity" in entity ? entity.entity : entity.entity_group,
  }));
  if (spans.length === 0) return group(highlight(text, []), el("p", { class: "hint" }, nothing));
  const rows = spans.map(({ start, end, label, score: value }) =>
    el(
      "tr",
      {},
      el("td", {}, text.slice(start, end)),
      el("td", {}, label),
      el("td", { class: "number" }, score(value)),
    ),
  );
  const head = el("tr", {}, ...["Text", "Label", "Score"].map((name) => el("th", { scope: "col" }, name)));
  return group(highlight(text, spans), el("table", { class: "list" }, el("thead", {}, head), el("tbody", {}, ...rows)));
}
