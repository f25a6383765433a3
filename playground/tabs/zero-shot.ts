// Labels of one's own: no head was trained on them.
import type { Label } from "../../src/heads/labels.ts";
import { lines, type Tab } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const zeroShot: Tab<Label[]> = {
  id: "zero-shot",
  title: "Own labels",
  about: "Labels that no head was trained on: the text gets the one whose sentence lies nearest to it.",
  path: "/zero-shot",
  fields: [
    { kind: "text", name: "text", label: "Text" },
    { kind: "lines", name: "labels", label: "Labels" },
  ],
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
  body: ({ text, labels }) => ({ inputs: text, parameters: { candidate_labels: lines(labels) } }),
  view: (labels) => bars(labels),
};
