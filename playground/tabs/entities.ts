// Token classification: entities, or the slots of a request, highlighted in their text.
import type { Entity } from "../../src/heads/entities.ts";
import { group } from "../dom.ts";
import { choice, headChoice, headOf, type Tab, text } from "../tab.ts";
import { entitiesInText, entityList } from "../views/entities.ts";

export const entities: Tab<readonly Entity[]> = {
  id: "entities",
  title: "Entities & slots",
  about: "Finds people, places and organizations in a text, or the slots of a request.",
  fields: [
    text("text", "Text"),
    headChoice("token-classification"),
    choice("aggregation", "Aggregation", () => ["first", "simple", "average", "max", "none"]),
  ],
  examples: [
    { text: "Marie Curie was born in Warsaw and moved to Paris, where she worked with Pierre Curie." },
    { text: "Book a table for four at an Italian restaurant tomorrow at seven", head: "slots" },
    { text: "Play the newest album by Miles Davis on Spotify", head: "slots" },
  ],
  body: (values) => ({
    inputs: values.text,
    parameters: { ...headOf(values), aggregation_strategy: values.aggregation },
  }),
  view: (found, { text = "" }) =>
    group(entitiesInText(text, found, "No entities found."), found.length > 0 && entityList(text, found)),
};
