// The tokenizer: the pieces that the model reads.
import type { Tab } from "../tab.ts";
import { type Piece, piecesView } from "../views/pieces.ts";

export const tokenize: Tab<Piece[][]> = {
  id: "tokenize",
  title: "Tokenizer",
  about: "The pieces that the model reads, with their numbers in its vocabulary.",
  path: "/tokenize",
  fields: [{ kind: "text", name: "text", label: "Text" }],
  examples: [
    { text: "Tokenization splits unbelievably long words into wordpieces, doesn't it?" },
    { text: "Ça va? 東京タワー costs ¥1,200 – naïve façades & emoji 🙂" },
  ],
  body: ({ text }) => ({ inputs: text }),
  view: ([pieces = []]) => piecesView(pieces),
};
