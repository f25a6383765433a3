// Fill-mask: the words most likely to stand in a text's blanks.
import type { Fill } from "../../src/heads/fill-mask.ts";
import { type Tab, text } from "../tab.ts";
import { fillsView } from "../views/fills.ts";

export const fillMask: Tab<readonly Fill[] | readonly (readonly Fill[])[]> = {
  id: "fill-mask",
  title: "Fill-mask",
  about: "Suggests words for every [MASK] in a text. Select a word to insert it.",
  fields: [text("text", "Text with [MASK]")],
  examples: [
    { text: "She studied law at the [MASK] of Oxford." },
    { text: "The patient was taken to the [MASK] in an ambulance." },
    { text: "The band's second [MASK] was released in [MASK]." },
  ],
  body: ({ text }) => ({ inputs: text, parameters: { top_k: 8 } }),
  view: (fills, { text = "" }) => fillsView(text, isNested(fills) ? fills : [fills]),
};

/** For several masks, the answer has one list per mask. */
function isNested(fills: readonly Fill[] | readonly (readonly Fill[])[]): fills is readonly (readonly Fill[])[] {
  return Array.isArray(fills[0]);
}
