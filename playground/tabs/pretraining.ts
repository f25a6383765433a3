// BERT's two training tasks in one pass: blanks in a pair of texts, and whether the second follows.
import type { PreTrainingAnswer } from "../../src/heads/pretraining.ts";
import { group } from "../dom.ts";
import type { Tab } from "../tab.ts";
import { bars } from "../views/bars.ts";
import { fillsView } from "../views/fills.ts";

export const pretraining: Tab<PreTrainingAnswer> = {
  id: "pretraining",
  title: "Pretraining",
  about: "The two tasks that BERT learns from, in one pass: blanks to fill, and whether the second text follows.",
  path: "/pretraining",
  fields: [
    { kind: "text", name: "text", label: "First text with [MASK]" },
    { kind: "text", name: "text_pair", label: "Second text" },
  ],
  examples: [
    { text: "She opened the [MASK] and looked into the room.", text_pair: "Nobody was there." },
    { text: "The ship left the [MASK] at dawn.", text_pair: "Photosynthesis needs light and [MASK]." },
  ],
  body: ({ text, text_pair }) => ({ inputs: { text, text_pair } }),
  view: ({ fills, next_sentence }, { text, text_pair }) =>
    group(fillsView(`${text} ${text_pair}`, fills), bars(next_sentence)),
};
