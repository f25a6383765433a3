// What the data files of families are made of: dense steps, heads on the pooler or on every token, and the names of frameworks.
import type { NameTable } from "./architecture.ts";
import type { DenseStep, HeadOutput } from "./head-spec.ts";

/** x·W + b. */
export function dense(weight: string, size: number): DenseStep {
  return { op: "dense", weight, bias: `${weight}.bias`, size, activation: "none" };
}

/** The steps on the first token's hidden state. */
export function fromFirst(name: string, ...steps: HeadOutput["steps"]): HeadOutput {
  return { name, from: "cls", steps };
}

/** The steps on every token's hidden state. */
export function perToken(name: string, ...steps: HeadOutput["steps"]): HeadOutput {
  return { name, from: "token", steps };
}

/**
 * `bert/tf_bert_model/bert/encoder/layer_._0/output/LayerNorm/gamma:0`: a group, a model's name, then the tensor's.
 * @param parts what a tensor's own name begins with
 */
export function tensorflowNames(...parts: readonly string[]): NameTable {
  return {
    path: [
      [/:0$/, ""],
      [/^[^/]*\//, ""],
      // `mlm___cls` and `nsp___cls`: TensorFlow's own name, and PyTorch's.
      [/[^/]*___/g, ""],
      [/_\._/g, "/"],
      [new RegExp(`^.*?(?<=^|/)(?=(${parts.join("|")})/)`), ""],
    ],
    end: new Map([
      ["kernel", "weight"],
      ["gamma", "weight"],
      ["beta", "bias"],
      ["embeddings", "weight"],
    ]),
  };
}

/** `params/bert/encoder/layer/0/output/LayerNorm/scale`; `params` is there when a whole state was saved. */
export const FLAX_NAMES: NameTable = {
  path: [[/^params\//, ""]],
  end: new Map([
    ["kernel", "weight"],
    ["scale", "weight"],
    ["embedding", "weight"],
  ]),
};
