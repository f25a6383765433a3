// SentencePiece model files field by field: what is read of them, and the errors for damaged ones and for models of other kinds.
import { describe, expect, test } from "vitest";
import type { ErrorType } from "../../src/errors.ts";
import { ProtoMessage } from "../../src/onnx/proto.ts";
import { convertSentencePiece } from "../../src/tokenizer/files/sentencepiece/convert.ts";
import { readSentencePieceModel } from "../../src/tokenizer/files/sentencepiece/model.ts";
import { endsInDigitAndComma } from "../../src/tokenizer/files/sentencepiece/number-comma.ts";
import { XLMRobertaTokenizerFast } from "../../src/tokenizer/tokenizer.ts";
import { expectError } from "../expect-error.ts";
import { inWorkerd, readFixture } from "../fixtures.ts";

const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;

/** A piece; its type is left out if it is the usual one. */
const piece = (text: string, score = 0, type?: number) => {
  const message = new ProtoMessage().string(1, text).float(2, score);
  return type === undefined ? message : message.int(3, type);
};
const PIECES = [
  piece("<unk>", 0, UNKNOWN),
  piece("<s>", 0, CONTROL),
  piece("</s>", 0, CONTROL),
  piece("<sep>", 0, USER_DEFINED),
  piece("▁a", -1.5),
];
const model = (pieces: readonly ProtoMessage[], trainer = new ProtoMessage(), normalizer = new ProtoMessage()) =>
  pieces
    .reduce((message, each) => message.message(1, each), new ProtoMessage())
    .message(2, trainer)
    .message(3, normalizer)
    .finish();
const int = (field: number, value: number) => new ProtoMessage().int(field, value);

test("has pieces, and the settings that matter", () => {
  expect(readSentencePieceModel(model(PIECES), "spiece.model")).toEqual({
    pieces: [
      { piece: "<unk>", score: 0, type: "unknown" },
      { piece: "<s>", score: 0, type: "control" },
      { piece: "</s>", score: 0, type: "control" },
      { piece: "<sep>", score: 0, type: "user-defined" },
      { piece: "▁a", score: -1.5, type: "normal" },
    ],
    unkId: 0,
    charsmap: undefined,
    addsDummyPrefix: true,
    removesExtraSpaces: true,
  });
  const settings = int(3, 0).int(4, 0).bytes(2, new Uint8Array());
  const plain = readSentencePieceModel(model(PIECES, undefined, settings), "spiece.model");
  expect([plain.addsDummyPrefix, plain.removesExtraSpaces, plain.charsmap]).toEqual([false, false, undefined]);
});

test("skips fields that it does not know", () => {
  const bytes = new ProtoMessage().raw(model(PIECES)).string(4, "self test").int(200, 7).finish();
  expect(readSentencePieceModel(bytes, "spiece.model").pieces.length).toBe(5);
});

describe("is refused:", () => {
  const text = (bytes: readonly number[]) => new ProtoMessage().bytes(1, Uint8Array.from(bytes));
  const rows: readonly [what: string, bytes: Uint8Array, type: ErrorType, message: string][] = [
    ["an empty file", new Uint8Array(), "invalid_checkpoint", "it has no pieces"],
    ["a file that is not protobuf", new Uint8Array(40).fill(0xff), "invalid_checkpoint", "damaged or not protobuf"],
    ["one that ends early", model(PIECES).subarray(0, -1), "invalid_checkpoint", "damaged or not protobuf"],
    ["a piece without a text", model([...PIECES, new ProtoMessage()]), "invalid_checkpoint", "piece 5 is empty"],
    ["a piece that is not UTF-8", model([...PIECES, text([0xff])]), "invalid_checkpoint", "piece 5 is not UTF-8"],
    ["a piece twice", model([...PIECES, piece("▁a")]), "invalid_checkpoint", 'the piece "▁a" twice'],
    ["a score that is none", model([...PIECES, piece("b", Number.NaN)]), "invalid_checkpoint", "score of piece 5"],
    ["a type of pieces that is none", model([...PIECES, piece("b", 0, 9)]), "invalid_checkpoint", "type of piece 5"],
    ["no unknown token", model(PIECES.slice(1)), "invalid_checkpoint", "unknown token 0"],
    ["an unknown token elsewhere", model(PIECES, int(40, 9)), "invalid_checkpoint", "unknown token 9"],
    ["a field of another type", model([int(1, 5)]), "invalid_checkpoint", "field 1 at byte 0 is of another type"],
    ["a score as a text", model([new ProtoMessage().string(2, "x")]), "invalid_checkpoint", "field 2 at byte 0"],
    [
      "a damaged normalisation",
      model(PIECES, undefined, new ProtoMessage().bytes(2, Uint8Array.of(9, 0, 0, 0, 1))),
      "invalid_checkpoint",
      "precompiled normalisation is damaged",
    ],
    ["a model of BPE", model(PIECES, int(3, 2)), "unsupported", "is a model of BPE"],
    ["a model of an unknown type", model(PIECES, int(3, 7)), "unsupported", "is a model of type 7"],
    ["byte fallback", model(PIECES, int(35, 1)), "unsupported", "has byte fallback"],
    ["marks behind words", model(PIECES, int(24, 1)), "unsupported", "treat_whitespace_as_suffix"],
    ["spaces without marks", model(PIECES, undefined, int(5, 0)), "unsupported", "escape_whitespaces is false"],
  ];
  test.each(rows)("%s", (_, bytes, type, message) =>
    expectError(() => readSentencePieceModel(bytes, "spiece.model"), type, "spiece.model", message),
  );
});

test("becomes a tokenizer by its family's rules", () => {
  const file = { name: "sentencepiece.bpe.model", bytes: model(PIECES), doLowerCase: true, keepAccents: false };
  const xlm = convertSentencePiece({ ...file, family: "xlm-roberta" });
  expect(xlm.pieces.map(([text]) => text)).toEqual(["<s>", "<pad>", "</s>", "<unk>", "<sep>", "▁a", "<mask>"]);
  const camembert = convertSentencePiece({ ...file, family: "camembert" });
  expect(camembert.pieces.map(([text]) => text)).toEqual([
    ...["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED", "<s>", "</s>", "<sep>", "▁a", "<mask>"],
  ]);
  expect([camembert.options.unkToken, camembert.pieces[4]]).toEqual(["<unk>", ["<unk>NOTUSED", -100]]);
  const albert = convertSentencePiece({ ...file, bytes: model([...PIECES, piece("▁5,", -2)]), family: "albert" });
  expect(albert.pieces.at(-1)).toEqual(["▁5,", -102]);
  expect(albert.options.addedTokens).toContainEqual({ content: "<sep>", special: false, normalized: false });
});

test("ALBERT's rule knows the digits that Python knows", () => {
  const pieces = ["5,", "▁1٣,", "x²,", "③,", "𑁒,", ",", "a,", "½,", "5", "Ⅷ,"];
  expect(pieces.filter(endsInDigitAndComma)).toEqual(["5,", "▁1٣,", "x²,", "③,", "𑁒,"]);
});

test("in a Worker nothing is read of it, and an error says what to do", async ({ skip }) => {
  if (!inWorkerd) skip("read in Node.js: sentencepiece.node.test.ts");
  const bytes = (await readFixture(
    "test/goldens/tokenizer-relatives/sentencepiece/xlm-roberta/sentencepiece.bpe.model",
  ))!;
  await expectError(
    () => XLMRobertaTokenizerFast.fromPretrained({ "sentencepiece.bpe.model": bytes }),
    "unsupported",
    "sentencepiece.bpe.model cannot be read in a Worker: pack the model first with `bertlet convert`",
  );
});
