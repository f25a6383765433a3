// Packed files of version 2: their encoder was always BERT's, the pooler a special case, and heads had a class but no kind.
import { bertEncoder } from "../architectures/bert.ts";
import type { BertConfig } from "../architectures/config.ts";
import { DEFAULT_EMBEDDING, type EmbeddingSpec } from "../architectures/embedding-spec.ts";
import type { EncoderSpec } from "../architectures/encoder-spec.ts";
import { headKind } from "../architectures/head-spec.ts";

interface Converted {
  readonly encoder: EncoderSpec;
  /** Not yet checked. */
  readonly heads: unknown;
  readonly embedding: EmbeddingSpec;
}

/** Version 3's specs of a version 2 file. @param heads the file's, of any shape */
export function fromVersion2(config: BertConfig, heads: unknown, tensors: ReadonlyMap<string, unknown>): Converted {
  const encoder = bertEncoder(config);
  return {
    encoder: tensors.has("pooler.dense.weight") ? encoder : { ...encoder, outputs: [] },
    heads: mapItems(heads, (head) => ({
      ...head,
      kind: headKind(String(head.architecture)),
      outputs: mapItems(head.outputs, (output) => convertOutput(output, encoder)),
    })),
    embedding: DEFAULT_EMBEDDING,
  };
}

function convertOutput(output: Fields, { outputs: [pooler] }: EncoderSpec): Fields {
  if (output.from === "last_hidden_state") return { ...output, from: "token" };
  if (output.from !== "pooler_output" || !Array.isArray(output.steps)) return output;
  return { ...output, from: "cls", steps: [...pooler!.steps, ...output.steps] };
}

type Fields = Readonly<Record<string, unknown>>;

/** Changes the items of a list that are objects; anything else stays, to be refused by the schema. */
function mapItems(list: unknown, change: (item: Fields) => unknown): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((item: unknown) => (typeof item === "object" && item !== null ? change(item as Fields) : item));
}
