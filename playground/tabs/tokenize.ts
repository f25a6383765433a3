// The tokenizer: a text's tokens, with their ids.
import { type Tab, text } from "../tab.ts";
import { type Piece, piecesView } from "../views/pieces.ts";

export const tokenize: Tab<readonly (readonly Piece[])[]> = {
  id: "tokenize",
  title: "Tokenizer",
  about: "Splits a text into the tokens that the model reads, and shows their ids in its vocabulary.",
  fields: [text("text", "Text")],
  examples: [
    { text: "Tokenization splits unbelievably long words into wordpieces, doesn't it?" },
    { text: "Ça va? 東京タワー costs ¥1,200 – naïve façades & emoji 🙂" },
  ],
  body: ({ text }) => ({ inputs: text }),
  view: ([pieces = []], { text = "" }) => piecesView(text, pieces),
};
