// A SentencePiece model file, read into its pieces and the settings that matter to tokenizers. Fields are numbered as in sentencepiece_model.proto.
import { BertletError } from "../../../errors.ts";
import { FIXED32, LENGTH, type ProtoField, readFields, VARINT } from "../../../protobuf.ts";
import { Charsmap } from "../../unigram/charsmap.ts";
import { LARGEST_VOCABULARY, tooManyTokens } from "../../vocabulary.ts";

/** What a piece is for; `unused` ones are never a token of SentencePiece's own, but are of the reference's fast tokenizers. */
export type PieceType = "normal" | "unknown" | "control" | "user-defined" | "unused" | "byte";

export interface ModelPiece {
  readonly piece: string;
  /** Its log probability. */
  readonly score: number;
  readonly type: PieceType;
}

export interface SentencePieceModel {
  /** In order of id. */
  readonly pieces: readonly ModelPiece[];
  readonly unkId: number;
  /** The table of the precompiled normalisation; undefined without one. */
  readonly charsmap: Uint8Array | undefined;
  /** Whether a text begins with the mark of a space. */
  readonly addsDummyPrefix: boolean;
  /** Whether spaces at the ends of a text and repeated ones are removed. */
  readonly removesExtraSpaces: boolean;
}

const PIECE_TYPES: Readonly<Record<number, PieceType>> = {
  1: "normal",
  2: "unknown",
  3: "control",
  4: "user-defined",
  5: "unused",
  6: "byte",
};
const ALGORITHMS: Readonly<Record<number, string>> = { 1: "unigram", 2: "BPE", 3: "word", 4: "char" };

/**
 * @param file the name, for errors
 * @throws BertletError `invalid_checkpoint` for a file that is damaged or contradicts itself, `unsupported` for another algorithm than unigram, for
 * byte fallback and for marks of spaces elsewhere than before words
 * @example
 * readSentencePieceModel(await readFile("spiece.model"), "spiece.model").pieces[0]; // { piece: "<pad>", score: 0, type: "control" }
 */
export function readSentencePieceModel(bytes: Uint8Array, file: string): SentencePieceModel {
  const pieces: ModelPiece[] = [];
  const trainer = { algorithm: 1, suffix: 0, byteFallback: 0, unkId: 0 };
  const normalizer = { charsmap: undefined as Uint8Array | undefined, prefix: 1, extra: 1, marks: 1 };
  for (const field of readFields(bytes, file)) {
    const message = () => subMessage(bytes, field, file);
    if (field.number === 1 && pieces.push(readPiece(message(), pieces.length, file)) > LARGEST_VOCABULARY)
      throw tooManyTokens();
    if (field.number === 2) readTrainer(message(), trainer, file);
    if (field.number === 3) readNormalizer(message(), normalizer, file);
  }
  checkSupported(trainer, normalizer, file);
  checkPieces(pieces, trainer.unkId, file);
  const charsmap = normalizer.charsmap?.length ? normalizer.charsmap : undefined;
  checkCharsmap(charsmap, file);
  return {
    pieces,
    unkId: trainer.unkId,
    charsmap,
    addsDummyPrefix: normalizer.prefix !== 0,
    removesExtraSpaces: normalizer.extra !== 0,
  };
}

function readPiece(bytes: Uint8Array, id: number, file: string): ModelPiece {
  let piece = "";
  let score = 0;
  let type: PieceType | undefined = "normal";
  for (const field of readFields(bytes, file)) {
    if (field.number === 1) piece = readText(subMessage(bytes, field, file), id, file);
    if (field.number === 2) score = readFloat(bytes, field, file);
    if (field.number === 3) type = PIECE_TYPES[readNumber(field, file)];
  }
  if (piece === "") throw invalid(file, `piece ${id} is empty`);
  if (!Number.isFinite(score)) throw invalid(file, `the score of piece ${id} is not a number`);
  if (!type) throw invalid(file, `the type of piece ${id} is not known`);
  return { piece, score, type };
}

type Trainer = Record<"algorithm" | "suffix" | "byteFallback" | "unkId", number>;

function readTrainer(bytes: Uint8Array, trainer: Trainer, file: string): void {
  for (const field of readFields(bytes, file)) {
    if (field.number === 3) trainer.algorithm = readNumber(field, file);
    if (field.number === 24) trainer.suffix = readNumber(field, file);
    if (field.number === 35) trainer.byteFallback = readNumber(field, file);
    if (field.number === 40) trainer.unkId = readNumber(field, file);
  }
}

interface Normalizer {
  charsmap: Uint8Array | undefined;
  prefix: number;
  extra: number;
  marks: number;
}

function readNormalizer(bytes: Uint8Array, normalizer: Normalizer, file: string): void {
  for (const field of readFields(bytes, file)) {
    if (field.number === 2) normalizer.charsmap = subMessage(bytes, field, file);
    if (field.number === 3) normalizer.prefix = readNumber(field, file);
    if (field.number === 4) normalizer.extra = readNumber(field, file);
    if (field.number === 5) normalizer.marks = readNumber(field, file);
  }
}

function checkSupported({ algorithm, suffix, byteFallback }: Trainer, { marks }: Normalizer, file: string): void {
  const unsupported = (what: string) => new BertletError("unsupported", `${file} ${what}`);
  if (algorithm !== 1) {
    const name = ALGORITHMS[algorithm] ?? `type ${algorithm}`;
    throw unsupported(`is a model of ${name}; of SentencePiece's, unigram models are read`);
  }
  if (byteFallback) throw unsupported("has byte fallback, which no tokenizer here has");
  if (suffix)
    throw unsupported(
      "puts the mark of a space behind words (treat_whitespace_as_suffix); marks before words are read",
    );
  if (!marks) throw unsupported("leaves spaces as they are (escape_whitespaces is false); pieces with marks are read");
}

function checkPieces(pieces: readonly ModelPiece[], unkId: number, file: string): void {
  if (pieces.length === 0) throw invalid(file, "it has no pieces");
  if (pieces[unkId]?.type !== "unknown") throw invalid(file, `its unknown token ${unkId} is no piece of that type`);
  const seen = new Set<string>();
  for (const { piece } of pieces) {
    if (seen.has(piece)) throw invalid(file, `it has the piece ${JSON.stringify(piece)} twice`);
    seen.add(piece);
  }
}

function checkCharsmap(charsmap: Uint8Array | undefined, file: string): void {
  try {
    if (charsmap) new Charsmap(charsmap);
  } catch (cause) {
    throw new BertletError("invalid_checkpoint", `${file}: ${(cause as Error).message}`, { cause });
  }
}

function subMessage(bytes: Uint8Array, field: ProtoField, file: string): Uint8Array {
  if (field.wire !== LENGTH) throw wrongWire(field, file);
  return bytes.subarray(field.payload, field.end);
}

function readNumber(field: ProtoField, file: string): number {
  if (field.wire !== VARINT) throw wrongWire(field, file);
  return field.value;
}

function readFloat(bytes: Uint8Array, field: ProtoField, file: string): number {
  if (field.wire !== FIXED32) throw wrongWire(field, file);
  return new DataView(bytes.buffer, bytes.byteOffset + field.payload, 4).getFloat32(0, true);
}

function readText(bytes: Uint8Array, id: number, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new BertletError("invalid_checkpoint", `${file}: piece ${id} is not UTF-8`, { cause });
  }
}

function wrongWire({ number, start }: ProtoField, file: string): BertletError {
  return invalid(file, `field ${number} at byte ${start} is of another type than SentencePiece's`);
}

function invalid(file: string, what: string): BertletError {
  return new BertletError("invalid_checkpoint", `${file}: ${what}`);
}
