// Entities of any aggregation: marked in their text, and as a list with scores.
import type { Entity } from "../../src/heads/entities.ts";
import { el } from "../dom.ts";
import { score } from "./format.ts";
import { highlight } from "./highlight.ts";

/** The text with its entities, or with the word that there are none. */
export function entitiesInText(text: string, entities: readonly Entity[], nothing: string): HTMLElement {
  const passage = highlight(
    text,
    entities.map((entity) => ({ ...entity, label: labelOf(entity) })),
  );
  if (entities.length === 0) passage.append(el("span", { class: "hint" }, ` ${nothing}`));
  return passage;
}

export function entityList(text: string, entities: readonly Entity[]): HTMLElement {
  const rows = entities.map((entity) => {
    const number = el("td", { class: "number" }, score(entity.score));
    return el("tr", {}, el("td", {}, text.slice(entity.start, entity.end)), el("td", {}, labelOf(entity)), number);
  });
  const head = el("tr", {}, ...["Text", "Label", "Score"].map((name) => el("th", { scope: "col" }, name)));
  return el("table", { class: "list" }, el("thead", {}, head), el("tbody", {}, ...rows));
}

/** A token's label, or that of a group. */
function labelOf(entity: Entity): string {
  return "entity" in entity ? entity.entity : entity.entity_group;
}
