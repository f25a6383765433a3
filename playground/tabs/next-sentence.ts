// Next sentence prediction: whether the second text follows the first.
import type { Label } from "../../src/heads/labels.ts";
import { type Tab, text } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const nextSentence: Tab<readonly Label[]> = {
  id: "next-sentence",
  title: "Next sentence",
  about: "Predicts whether the second text follows the first.",
  fields: [text("text", "First text"), text("text_pair", "Second text")],
  examples: [
    {
      text: "The cathedral was begun in 1248.",
      text_pair: "It was finished more than six hundred years later, in 1880.",
    },
    { text: "The cathedral was begun in 1248.", text_pair: "Bananas are rich in potassium." },
  ],
  body: ({ text, text_pair }) => ({ inputs: { text, text_pair }, parameters: { top_k: 2 } }),
  view: (labels) => bars(labels),
};
