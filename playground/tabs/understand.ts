// Search query understanding: intent, slots, entities, sentiment and vector of a query, from one pass of the encoder.
import type { Entity } from "../../src/heads/entities.ts";
import type { Label } from "../../src/heads/labels.ts";
import { el, group } from "../dom.ts";
import type { Tab } from "../tab.ts";
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

const parts = ["query", "intent", "slots", "entities", "sentiment", "vector"];

export const understand: Tab<Understanding> = {
  id: "understand",
  title: "Query understanding",
  about: "What a search query wants, what it names, and where: several heads and a vector in one pass.",
  path: "/understand",
  fields: [{ kind: "line", name: "query", label: "Query" }],
  examples: [
    { query: "play some jazz by Miles Davis" },
    { query: "book a table for two at an Italian restaurant in Berlin tomorrow" },
    { query: "how much money is in my savings account" },
  ],
  body: ({ query }) => ({ inputs: query, parameters: { parts } }),
  view({ query, intent, slots, entities, sentiment, vector }, values) {
    const text = values.query ?? "";
    const scope = intent.out_of_scope && el("p", { class: "hint" }, "Out of scope: this intent is not to be believed.");
    return group(
      part("Intent", bars([intent]), scope),
      part("Slots", entitiesInText(text, slots, "No slot is filled.")),
      part("Entities", entitiesInText(text, entities, "Nothing is named here.")),
      part("Sentiment", bars([sentiment])),
      part(`Vector of ${vector.length}`, vectorStrip(vector)),
      part("Query as read", el("code", {}, query)),
    );
  },
};

function part(title: string, ...children: (Node | false)[]): Node {
  return el("section", { class: "part" }, el("h3", {}, title), ...children);
}
