// Text classification: a text's most likely labels as bars.
import type { Label } from "../../src/heads/labels.ts";
import { headChoice, headOf, type Tab, text } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const classify: Tab<readonly Label[]> = {
  id: "classify",
  title: "Classification",
  about: "Labels a text, for example with its sentiment, its emotion or its intent.",
  fields: [text("text", "Text"), headChoice("sequence-classification")],
  examples: [
    { text: "I expected little and got a delight from start to finish." },
    { text: "Thank you so much, this made my week!", head: "emotion" },
    { text: "Please move two hundred euros from my savings to my checking account.", head: "intent" },
  ],
  body: (values) => ({ inputs: values.text, parameters: { ...headOf(values), top_k: 6 } }),
  view: (labels) => bars(labels),
};
