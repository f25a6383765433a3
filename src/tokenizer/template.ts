// Where special tokens go around a text or a pair, as data: BERT's [CLS] a [SEP] b [SEP], RoBERTa's <s> a </s></s> b </s>.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { strictObject } from "../schemas.ts";

const pieces = v.pipe(v.array(v.string()), v.maxLength(64));

export const templateSchema = strictObject({ single: pieces, pair: pieces });

/**
 * A template in the notation of the tokenizers library: pieces as `"[CLS]:0"`, where `$A` and `$B` stand for the texts and the number is
 * the token type.
 */
export type TemplateOptions = v.InferOutput<typeof templateSchema>;

/** One element of a row: a special token, or one of the texts. */
export interface Piece {
  /** The special token's id; -1 for a text. */
  readonly id: number;
  /** 0 or 1: which text; -1 for a special token. */
  readonly sequence: number;
  readonly type: number;
}

/** A template with its tokens looked up. */
export interface Template {
  readonly single: readonly Piece[];
  readonly pair: readonly Piece[];
  /** The number of special tokens around a single text. */
  readonly addedToSingle: number;
  /** The number of special tokens around a pair. */
  readonly addedToPair: number;
}

/**
 * @param idOf the id of a special token
 * @throws BertletError `invalid_config` for a piece that is malformed, or a text that is missing or repeated
 */
export function compileTemplate({ single, pair }: TemplateOptions, idOf: (token: string) => number): Template {
  return {
    single: parsePieces(single, [0], idOf),
    pair: parsePieces(pair, [0, 1], idOf),
    addedToSingle: single.length - 1,
    addedToPair: pair.length - 2,
  };
}

/** The template with token type 0 throughout. */
export function withoutTypes(template: Template): Template {
  const untype = (pieces: readonly Piece[]): Piece[] => pieces.map((piece) => ({ ...piece, type: 0 }));
  return { ...template, single: untype(template.single), pair: untype(template.pair) };
}

/** BERT's template. */
export function bertTemplate(cls: string, sep: string): TemplateOptions {
  const single = [`${cls}:0`, "$A:0", `${sep}:0`];
  return { single, pair: [...single, "$B:1", `${sep}:1`] };
}

/** RoBERTa's template: two separators between the texts, one token type. */
export function robertaTemplate(cls: string, sep: string): TemplateOptions {
  const single = [`${cls}:0`, "$A:0", `${sep}:0`];
  return { single, pair: [...single, `${sep}:0`, "$B:0", `${sep}:0`] };
}

/** Whether two templates make the same rows. */
export function isSameTemplate(a: TemplateOptions, b: TemplateOptions): boolean {
  return JSON.stringify([a.single, a.pair]) === JSON.stringify([b.single, b.pair]);
}

/** The special tokens in a list of pieces. */
export function specialTokensIn(written: readonly string[]): string[] {
  return written.map((piece) => parsePiece(piece).name).filter((name) => name !== "$A" && name !== "$B");
}

/** A piece's name, a special token or `$A` or `$B`, and its token type. */
export function parsePiece(piece: string): { name: string; type: number } {
  const [, name, type] = /^(.+):(\d{1,3})$/su.exec(piece) ?? [];
  if (name === undefined) throw new BertletError("invalid_config", `template: "${piece}" is not "token:type"`);
  return { name, type: Number(type) };
}

function parsePieces(written: readonly string[], texts: number[], idOf: (token: string) => number): Piece[] {
  const parsed = written.map((piece): Piece => {
    const { name, type } = parsePiece(piece);
    const sequence = name === "$A" ? 0 : name === "$B" ? 1 : -1;
    return { id: sequence < 0 ? idOf(name) : -1, sequence, type };
  });
  const found = parsed.map(({ sequence }) => sequence).filter((sequence) => sequence >= 0);
  if (found.toSorted().join() !== texts.join()) {
    const wanted = texts.length === 1 ? "$A once" : "$A and $B once each";
    throw new BertletError("invalid_config", `template: "${written.join(" ")}" must hold ${wanted}`);
  }
  return parsed;
}
