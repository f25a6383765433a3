// What is not supported, and the error that says so: a row each, for the suite and for docs/models-supported.md.
import type { ErrorType } from "../../src/errors.ts";
import { AutoModel, AutoTokenizer } from "../../src/models/auto.ts";
import { readGolden } from "../goldens.ts";

export interface Unsupported {
  readonly what: string;
  readonly type: ErrorType;
  /** A part of the message. */
  readonly message: string;
  open(): Promise<unknown>;
}

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

export const UNSUPPORTED: readonly Unsupported[] = [
  family("DeBERTa", "deberta-v2"),
  family("ModernBERT", "modernbert"),
  family("T5 and other encoder-decoders", "t5"),
  family("GPT-2 and other decoders", "gpt2"),
  family("EncoderDecoderModel", "encoder-decoder"),
  {
    what: "cross-attention",
    type: "invalid_config",
    message: "add_cross_attention is not supported",
    open: async () => AutoModel.fromPretrained(await decoderWith({ add_cross_attention: true })),
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
  {
    what: "spiece.model without tokenizer.json",
    type: "not_found",
    message: "there is neither a tokenizer.json nor a vocab.txt",
    open: () =>
      AutoTokenizer.fromPretrained({ ...config({ model_type: "albert" }), "spiece.model": new Uint8Array(8) }),
  },
];
