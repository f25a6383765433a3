// Query understanding: a query's intent, slots, entities, sentiment and embedding, from one pass of the encoder.
import type { Entity } from "../../src/heads/entities.ts";
import type { Label } from "../../src/heads/labels.ts";
import { el, group } from "../dom.ts";
import { line, type Tab } from "../tab.ts";
import { bars } from "../views/bars.ts";
import { entitiesInText } from "../views/entities.ts";
import { vectorStrip } from "../views/vector-strip.ts";

interface Understanding {
  readonly query: string;
  readonly intent: Label & { readonly out_of_scope: boolean };
  readonly slots: readonly Entity[];
  readonly entities: readonly Entity[];
  readonly sentiment: Label;
  readonly vector: readonly number[];
}

const PARTS = ["query", "intent", "slots", "entities", "sentiment", "vector"];

export const understand: Tab<Understanding> = {
  id: "understand",
  title: "Query understanding",
  about: "Reads a search query with several heads in one pass: intent, slots, entities, sentiment and embedding.",
  fields: [line("query", "Query")],
  examples: [
    { query: "play some jazz by Miles Davis" },
    { query: "book a table for two at an Italian restaurant tomorrow" },
    { query: "will it be cold in Canada tomorrow" },
  ],
  body: ({ query }) => ({ inputs: query, parameters: { parts: PARTS } }),
  view({ query, intent, slots, entities, sentiment, vector }, values) {
    const text = values.query ?? "";
    const scope =
      intent.out_of_scope && el("p", { class: "hint" }, "Out of scope: the query fits none of the known intents.");
    return group(
      part("Intent", bars([intent]), scope),
      part("Slots", entitiesInText(text, slots, "No slots found.")),
      part("Entities", entitiesInText(text, entities, "No entities found.")),
      part("Sentiment", bars([sentiment])),
      part(`Vector of ${vector.length} dimensions`, vectorStrip(vector)),
      part("Cleaned query", el("p", { class: "passage", dir: "auto" }, el("code", {}, query))),
    );
  },
};

function part(title: string, ...children: (Node | false)[]): Node {
  return el("section", { class: "part" }, el("h3", {}, title), ...children);
}
