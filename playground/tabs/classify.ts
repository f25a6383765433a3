// Text classification: the labels of a text as bars.
import type { Label } from "../../src/heads/labels.ts";
import { headOf, type Tab } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const classify: Tab<Label[]> = {
  id: "classify",
  title: "Classification",
  about: "What a text is: its mood, its emotion, or what its writer wants.",
  path: "/classify",
  fields: [
    { kind: "text", name: "text", label: "Text" },
    { kind: "head", name: "head", label: "Head", architecture: "BertForSequenceClassification" },
  ],
  examples: [
    { text: "I expected little and got a delight from start to finish." },
    { text: "Thank you so much, this made my week!" },
    { text: "Please move two hundred euros from my savings to my checking account." },
  ],
  body: (values) => ({ inputs: values.text, parameters: { ...headOf(values), top_k: 6 } }),
  view: (labels) => bars(labels),
};
