// A text's tokens as coloured pieces with their ids; pieces of one word have one colour and stand close.
import { el, group } from "../dom.ts";

export interface Piece {
  readonly id: number;
  readonly token: string;
  readonly text: string;
  readonly special: boolean;
}

export function piecesView(pieces: readonly Piece[]): Node {
  let word = 0;
  const items = pieces.map(({ id, token, text, special }) => {
    const continues = token.startsWith("##");
    if (!continues) word++;
    const kind = ["piece", special && "special", continues && "continues"].filter(Boolean).join(" ");
    const hue = Math.round(word * GOLDEN_ANGLE) % 360;
    return el(
      "li",
      { class: kind, title: `“${text}”`, "--hue": hue },
      el("span", {}, token),
      el("small", {}, String(id)),
    );
  });
  const words = pieces.filter(({ token, special }) => !special && !token.startsWith("##")).length;
  return group(
    el("ol", { class: "pieces", "aria-label": "Tokens" }, ...items),
    el("p", { class: "hint" }, `${pieces.length} tokens, ${words} words and marks`),
  );
}

const GOLDEN_ANGLE = 137.5;
