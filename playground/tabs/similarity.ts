// Sentence embeddings, compared with each other.
import { lines, splitLines, type Tab } from "../tab.ts";
import { heatMap } from "../views/heat-map.ts";

export const similarity: Tab<readonly (readonly number[])[]> = {
  id: "similarity",
  title: "Similarity",
  about: "Embeds sentences as vectors and compares them: the higher the cosine, the closer in meaning.",
  path: "/embed",
  fields: [lines("sentences", "Sentences")],
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
  body: ({ sentences }) => ({ inputs: splitLines(sentences) }),
  view: (vectors, { sentences }) => heatMap(splitLines(sentences), vectors),
};
