// Reranking: texts ordered by how well they answer a query.
import type { RankedDocument } from "../../src/models/bert-for-sequence-classification.ts";
import { line, lines, splitLines, type Tab } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const rerank: Tab<readonly RankedDocument[]> = {
  id: "rerank",
  title: "Rerank",
  about: "Sorts texts by how well they answer a query. The number is the text's original position.",
  fields: [line("query", "Query"), lines("texts", "Texts")],
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
        "Alexander Fleming discovered penicillin in 1928.",
        "Aspirin was first made in 1897.",
      ].join("\n"),
    },
  ],
  body: ({ query, texts }) => ({ query, texts: splitLines(texts), return_text: true }),
  view: (ranked) => bars(ranked.map(({ text, score, index }) => ({ label: text, score, position: index + 1 }))),
};
