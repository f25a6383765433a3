// Attention: how much each token attends to every other, in one layer.
import { choice, type Tab, text } from "../tab.ts";
import { type Attention, attentionView } from "../views/attention.ts";

export const attention: Tab<Attention> = {
  id: "attention",
  title: "Attention",
  about: "Shows which tokens each token attends to. Hover over or focus a token to see only its lines.",
  fields: [
    text("text", "Text"),
    choice("layer", "Layer", (model) =>
      Array.from({ length: model?.num_hidden_layers ?? 1 }, (_, index) => String(index + 1)),
    ),
  ],
  examples: [
    { text: "The animal didn't cross the street because it was too tired." },
    { text: "She poured water from the jug into the cup until it was full." },
  ],
  body: ({ text, layer }) => ({ inputs: text, parameters: { layer: Number(layer) - 1 } }),
  view: attentionView,
};
