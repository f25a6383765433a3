// Attention: what each token looks at, in one layer.
import type { Tab } from "../tab.ts";
import { type Attention, attentionView } from "../views/attention.ts";

export const attention: Tab<Attention> = {
  id: "attention",
  title: "Attention",
  about: "What each token looks at, in a layer's heads. Point at a token, or focus it, to see its lines alone.",
  path: "/attention",
  fields: [
    { kind: "text", name: "text", label: "Text" },
    { kind: "choice", name: "layer", label: "Layer", options: ["1", "2", "3", "4", "5", "6"] },
  ],
  examples: [
    { text: "The animal didn't cross the street because it was too tired." },
    { text: "She poured water from the jug into the cup until it was full." },
  ],
  body: ({ text, layer }) => ({ inputs: text, parameters: { layer: Number(layer) - 1 } }),
  view: attentionView,
};
