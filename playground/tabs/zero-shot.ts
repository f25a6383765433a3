// Zero-shot classification: labels that no head was trained on.
import type { Label } from "../../src/heads/labels.ts";
import { lines, splitLines, type Tab, text } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const zeroShot: Tab<readonly Label[]> = {
  id: "zero-shot",
  title: "Zero-shot",
  about: "Classifies a text with labels of your own, without training: by the similarity of their embeddings.",
  fields: [text("text", "Text"), lines("labels", "Labels")],
  examples: [
    {
      text: "The striker scored twice in the last ten minutes.",
      labels: "sport\ncooking\npolitics\ntravel",
    },
    {
      text: "Simmer the onions until they are soft, then add the tomatoes.",
      labels: "sport\ncooking\npolitics\ntravel",
    },
    { text: "My parcel has still not arrived.", labels: "delivery\nrefund\npraise\naccount" },
  ],
  body: ({ text, labels }) => ({ inputs: text, parameters: { candidate_labels: splitLines(labels) } }),
  view: (labels) => bars(labels),
};
