// BERT's two pretraining tasks in one pass: masked words in a pair of texts, and whether the second text follows the first.
import type { PreTrainingAnswer } from "../../src/heads/pretraining.ts";
import { group } from "../dom.ts";
import { type Tab, text } from "../tab.ts";
import { bars } from "../views/bars.ts";
import { fillsView } from "../views/fills.ts";

export const pretraining: Tab<PreTrainingAnswer> = {
  id: "pretraining",
  title: "Pretraining",
  about: "Runs both of BERT's pretraining tasks in one pass: masked words and next sentence prediction.",
  fields: [text("text", "First text with [MASK]"), text("text_pair", "Second text")],
  examples: [
    { text: "The ship left the [MASK] at dawn.", text_pair: "It reached the island two days later." },
    { text: "The band released its first [MASK] in 1994.", text_pair: "Photosynthesis needs light and water." },
  ],
  body: ({ text, text_pair }) => ({ inputs: { text, text_pair } }),
  view: ({ fills, next_sentence }, { text, text_pair }) =>
    group(fillsView(`${text} ${text_pair}`, fills), bars(next_sentence)),
};
