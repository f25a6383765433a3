// Sentence vectors, compared with each other.
import { lines, type Tab } from "../tab.ts";
import { heatMap } from "../views/heat-map.ts";

export const similarity: Tab<number[][]> = {
  id: "similarity",
  title: "Similarity",
  about: "A vector a sentence; the nearer two of them, the more alike what the sentences mean.",
  path: "/embed",
  fields: [{ kind: "lines", name: "sentences", label: "Sentences" }],
  examples: [
    {
      sentences: [
        "The cat sleeps on the sofa.",
        "A kitten is napping on the couch.",
        "The dog barks at the postman.",
        "Interest rates rose again in June.",
        "The central bank made borrowing dearer.",
      ].join("\n"),
    },
    {
      sentences: [
        "How do I reset my password?",
        "I cannot log in any more.",
        "Where is my parcel?",
        "My order has not arrived yet.",
        "Do you ship to Norway?",
      ].join("\n"),
    },
  ],
  body: ({ sentences }) => ({ inputs: lines(sentences) }),
  view: (vectors, { sentences }) => heatMap(lines(sentences), vectors),
};
