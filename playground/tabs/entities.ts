// Token classification: entities, or the slots of a query, marked in their text.
import type { Entity } from "../../src/heads/entities.ts";
import { group } from "../dom.ts";
import { headOf, type Tab } from "../tab.ts";
import { entitiesInText, entityList } from "../views/entities.ts";

export const entities: Tab<Entity[]> = {
  id: "entities",
  title: "Entities & slots",
  about: "Who and what is named in a text, or what a spoken request says of each of its slots.",
  path: "/entities",
  fields: [
    { kind: "text", name: "text", label: "Text" },
    { kind: "head", name: "head", label: "Head", architecture: "BertForTokenClassification" },
    {
      kind: "choice",
      name: "aggregation",
      label: "Aggregation",
      options: ["first", "simple", "average", "max", "none"],
    },
  ],
  examples: [
    {
      text: "Marie Curie left Warsaw for Paris, where she later worked at the Sorbonne with Pierre Curie.",
      head: "entities",
    },
    { text: "Book a table for four at an Italian restaurant in Berlin tomorrow at seven", head: "slots" },
    { text: "Play the newest album by Miles Davis on Spotify", head: "slots" },
  ],
  body: (values) => ({
    inputs: values.text,
    parameters: { ...headOf(values), aggregation_strategy: values.aggregation },
  }),
  view: (found, { text = "" }) =>
    group(entitiesInText(text, found, "Nothing is named here."), found.length > 0 && entityList(text, found)),
};
