// Next sentence prediction: whether one text follows another.
import type { Label } from "../../src/heads/labels.ts";
import type { Tab } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const nextSentence: Tab<Label[]> = {
  id: "next-sentence",
  title: "Next sentence",
  about: "Whether the second text may follow the first.",
  path: "/next-sentence",
  fields: [
    { kind: "text", name: "text", label: "First text" },
    { kind: "text", name: "text_pair", label: "Second text" },
  ],
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
