// What is not supported, and the error that says so: a row each, for the suite and for docs/models-supported.md.
import { readCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import type { ErrorType } from "../../src/errors.ts";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { AutoModel } from "../../src/models/auto.ts";
import { EncoderDecoderModel } from "../../src/models/encoder-decoder.ts";
import { exportOnnx } from "../../src/onnx/export.ts";
import { ProtoMessage } from "../../src/onnx/proto.ts";
import { openSource } from "../../src/source/source.ts";
import { convertSentencePiece } from "../../src/tokenizer/files/sentencepiece/convert.ts";
import { TrainingSession } from "../../src/train/fine-tune/session.ts";
import { readGolden } from "../goldens.ts";

export interface Unsupported {
  readonly what: string;
  readonly type: ErrorType;
  /** A part of the message. */
  readonly message: string;
  open(): Promise<unknown>;
}

const CROSS = "relatives/bert-cross-attention";

type Files = Readonly<Record<string, Uint8Array>>;

const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const config = (settings: object): Files => ({ "config.json": encode(settings) });

/** The reference's decoder with other settings. */
async function decoderWith(settings: object): Promise<Files> {
  const { files } = await readGolden("torch/causal-lm");
  const own = JSON.parse(new TextDecoder().decode(files["config.json"])) as object;
  return { ...files, ...config({ ...own, ...settings }) };
}

const family = (name: string, model_type: string): Unsupported => ({
  what: name,
  type: "invalid_config",
  message: `received "${model_type}"`,
  open: () => AutoModel.fromPretrained(config({ model_type })),
});

/** A SentencePiece model with these settings of its trainer. */
const sentencePiece = (what: string, message: string, trainer: ProtoMessage): Unsupported => ({
  what: `a SentencePiece model ${what}`,
  type: "unsupported",
  message,
  open: async () =>
    convertSentencePiece({
      name: "spiece.model",
      bytes: new ProtoMessage().message(2, trainer).finish(),
      family: "albert",
      doLowerCase: true,
      keepAccents: false,
    }),
});

export const UNSUPPORTED: readonly Unsupported[] = [
  family("DeBERTa", "deberta-v2"),
  family("ModernBERT", "modernbert"),
  family("T5 and other encoder-decoders", "t5"),
  family("GPT-2 and other decoders", "gpt2"),
  family("an EncoderDecoderModel by AutoModel", "encoder-decoder"),
  {
    what: "an EncoderDecoderModel of other families than BERT",
    type: "unsupported",
    message: "an EncoderDecoderModel is one of two BERTs",
    open: () => {
      const parts = { encoder: { model_type: "bert" }, decoder: { model_type: "gpt2" } };
      return EncoderDecoderModel.fromPretrained(config({ model_type: "encoder-decoder", ...parts }));
    },
  },
  {
    what: "cross-attention in another family than BERT, or of an encoder",
    type: "invalid_config",
    message: "add_cross_attention is supported for bert with is_decoder alone",
    open: async () => AutoModel.fromPretrained(await decoderWith({ is_decoder: false, add_cross_attention: true })),
  },
  {
    what: "training a decoder with cross-attention",
    type: "unsupported",
    message: "a decoder with cross-attention is not trained",
    open: async () => {
      const { files } = await readGolden(CROSS);
      const checkpoint = await readCheckpoint(await openSource(files));
      return TrainingSession.create(checkpoint.config, checkpoint.encoder);
    },
  },
  {
    what: "a decoder with cross-attention as an ONNX graph",
    type: "unsupported",
    message: "a decoder with cross-attention is not exported",
    open: async () => exportOnnx((await readGolden(CROSS)).files),
  },
  {
    what: "calibration of a decoder with cross-attention",
    type: "unsupported",
    message: "a decoder with cross-attention is not calibrated",
    open: async () => {
      const source = await openSource((await readGolden(CROSS)).files);
      return packCheckpoint(source, { quantization: "int8", calibration: async () => new Map() });
    },
  },
  {
    what: "relative positions in another family than BERT",
    type: "invalid_config",
    message: 'position_embedding_type "relative_key" is supported for bert alone',
    open: () => AutoModel.fromPretrained(config({ model_type: "electra", position_embedding_type: "relative_key" })),
  },
  {
    what: "another activation",
    type: "invalid_config",
    message: "hidden_act",
    open: () => AutoModel.fromPretrained(config({ model_type: "bert", hidden_act: "softplus" })),
  },
  sentencePiece("of BPE", "is a model of BPE", new ProtoMessage().int(3, 2)),
  sentencePiece("with byte fallback", "has byte fallback", new ProtoMessage().int(35, 1)),
];
