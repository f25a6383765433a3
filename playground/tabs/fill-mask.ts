// Masked words: what may stand in a text's blanks.
import type { Fill } from "../../src/heads/fill-mask.ts";
import type { Tab } from "../tab.ts";
import { fillsView } from "../views/fills.ts";

export const fillMask: Tab<Fill[] | Fill[][]> = {
  id: "fill-mask",
  title: "Fill-mask",
  about: "What may stand where the text says [MASK]. Choose a word to put it in.",
  path: "/fill-mask",
  fields: [{ kind: "text", name: "text", label: "Text with [MASK]" }],
  examples: [
    { text: "He went to the [MASK] to buy some milk." },
    { text: "The capital of France is [MASK]." },
    { text: "The [MASK] opened the door and read the [MASK]." },
  ],
  body: ({ text }) => ({ inputs: text, parameters: { top_k: 8 } }),
  view: (fills, { text = "" }) => fillsView(text, isNested(fills) ? fills : [fills]),
};

/** Of several masks a list each. */
function isNested(fills: Fill[] | Fill[][]): fills is Fill[][] {
  return Array.isArray(fills[0]);
}
