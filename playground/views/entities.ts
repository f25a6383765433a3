// Entities, with or without aggregation: highlighted in their text, and as a table with scores.
import type { Entity } from "../../src/heads/entities.ts";
import { el } from "../dom.ts";
import { formatScore } from "./format.ts";
import { highlight } from "./highlight.ts";

/** @param none what to say if there are no entities */
export function entitiesInText(text: string, entities: readonly Entity[], none: string): HTMLElement {
  const spans = entities.map((entity) => ({ ...entity, label: labelOf(entity) }));
  const hint = entities.length === 0 && el("p", { class: "hint" }, none);
  return el("div", { class: "entities" }, highlight(text, spans), hint);
}

export function entityList(text: string, entities: readonly Entity[]): HTMLElement {
  const rows = entities.map((entity) =>
    el(
      "tr",
      {},
      el("td", { dir: "auto" }, text.slice(entity.start, entity.end)),
      el("td", {}, labelOf(entity)),
      el("td", { class: "number" }, formatScore(entity.score)),
    ),
  );
  const head = el("tr", {}, ...["Text", "Label", "Score"].map((name) => el("th", { scope: "col" }, name)));
  return el("table", { class: "list" }, el("thead", {}, head), el("tbody", {}, ...rows));
}

function labelOf(entity: Entity): string {
  return "entity" in entity ? entity.entity : entity.entity_group;
}
