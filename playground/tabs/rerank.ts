// Reranking: texts ordered by how well they answer a query.
import type { RankedDocument } from "../../src/models/bert-for-sequence-classification.ts";
import { lines, type Tab } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const rerank: Tab<RankedDocument[]> = {
  id: "rerank",
  title: "Rerank",
  about: "Texts in the order in which they answer a query; the number is the place they had before.",
  path: "/rerank",
  fields: [
    { kind: "line", name: "query", label: "Query" },
    { kind: "lines", name: "texts", label: "Texts" },
  ],
  examples: [
    {
      query: "When was the bridge built?",
      texts: [
        "Bananas are rich in potassium.",
        "The bridge crosses the river at its narrowest point.",
        "Work on the bridge began in 1886 and ended in 1894.",
        "The river floods in spring.",
      ].join("\n"),
    },
    {
      query: "Who discovered penicillin?",
      texts: [
        "Penicillin is an antibiotic.",
        "Alexander Fleming noticed in 1928 that a mould killed his bacteria.",
        "Aspirin was first made in 1897.",
      ].join("\n"),
    },
  ],
  body: ({ query, texts }) => ({ query, texts: lines(texts), return_text: true }),
  view: (ranked) => bars(ranked.map(({ text, score, index }) => ({ label: text, score, rank: index + 1 }))),
};
