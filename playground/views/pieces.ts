// A text's tokens as coloured pieces with their ids. Pieces of one word have the same colour and stand close together.
import { el, group } from "../dom.ts";
import { directionOf, hueOf } from "./format.ts";

export interface Piece {
  readonly id: number;
  readonly token: string;
  readonly text: string;
  readonly special: boolean;
}

export function piecesView(text: string, pieces: readonly Piece[]): Node {
  let word = 0;
  const items = pieces.map((piece) => {
    if (!isContinuation(piece)) word++;
    return item(piece, hueOf(word));
  });
  const words = pieces.filter((piece) => !piece.special && !isContinuation(piece)).length;
  return group(
    el("ol", { class: "pieces", dir: directionOf(text), "aria-label": "Tokens" }, ...items),
    el("p", { class: "hint" }, `${pieces.length} tokens, ${words} words and punctuation marks`),
  );
}

function item(piece: Piece, hue: number): HTMLElement {
  const { id, token, text, special } = piece;
  const classes = ["piece", special && "special", isContinuation(piece) && "continues"].filter(Boolean).join(" ");
  return el(
    "li",
    { class: classes, title: `“${text}”`, "--hue": hue },
    el("span", { dir: "auto" }, token),
    el("small", {}, String(id)),
  );
}

function isContinuation({ token }: Piece): boolean {
  return token.startsWith("##");
}
