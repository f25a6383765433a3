// A text with blanks, and the words that may fill each blank. Selecting a word inserts it.
import type { Fill } from "../../src/heads/fill-mask.ts";
import { el, group } from "../dom.ts";
import { formatScore } from "./format.ts";

/** @param masks one list of fills per mask, in the order of the text */
export function fillsView(text: string, masks: readonly (readonly Fill[])[]): Node {
  const slots = masks.map((fills) => el("mark", {}, fills[0]?.token_str ?? ""));
  const parts = text.split("[MASK]").flatMap((part, index) => [part, slots[index] ?? ""]);
  const passage = el("p", { class: "passage", dir: "auto", "aria-live": "polite" }, ...parts);
  const lists = masks.map((fills, index) =>
    words(fills, slots[index]!, masks.length > 1 ? `Blank ${index + 1}` : "Blank"),
  );
  return group(passage, ...lists);
}

function words(fills: readonly Fill[], slot: HTMLElement, name: string): HTMLElement {
  const buttons = fills.map(({ token_str, score }, index) =>
    el(
      "button",
      { type: "button", class: "word", "aria-pressed": String(index === 0) },
      el("bdi", {}, token_str),
      el("small", {}, formatScore(score)),
    ),
  );
  for (const [index, button] of buttons.entries()) {
    button.addEventListener("click", () => {
      slot.textContent = fills[index]!.token_str;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
  }
  return el("div", { class: "words", role: "group", "aria-label": name }, ...buttons);
}
