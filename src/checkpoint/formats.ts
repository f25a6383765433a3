// The formats that a checkpoint's weights come in, and which of them a folder has. A format knows its files and how they are read to
// tensors with PyTorch's names; which model they belong to is not its concern.
import type { TensorNames } from "../architectures/architecture.ts";
import { BertletError } from "../errors.ts";
import { readSafetensors, type TensorView } from "../safetensors.ts";
import { type ModelSource, readRequired } from "../source/source.ts";
import { readSharded } from "./sharded.ts";

/** A format of weights. */
export interface CheckpointFormat {
  readonly framework: "pytorch" | "tensorflow" | "flax";
  /** The file's name; with `.index.json` behind it, that of the index to several such files. */
  readonly file: string;
  /**
   * Reads the file, or one of its shards: tensors by PyTorch's names.
   * @param names how the model's family names its tensors
   */
  read(bytes: Uint8Array, names: TensorNames): Promise<Map<string, TensorView>>;
}

export const SAFETENSORS: CheckpointFormat = {
  framework: "pytorch",
  file: "model.safetensors",
  async read(bytes) {
    return new Map(readSafetensors(bytes).tensors);
  },
};

/** What is there of the weights: the file, or the index. */
export interface FoundWeights {
  readonly format: CheckpointFormat;
  readonly file: string;
  readonly sharded: boolean;
}

/** The first format whose file, or else whose index, is among `names`. */
export function findWeights(names: readonly string[], formats: readonly CheckpointFormat[]): FoundWeights | undefined {
  for (const format of formats) {
    for (const sharded of [false, true]) {
      const file = sharded ? `${format.file}.index.json` : format.file;
      if (names.includes(file)) return { format, file, sharded };
    }
  }
  return undefined;
}

/**
 * Reads the weights in the first of `formats` that `source` has: tensors by PyTorch's names.
 * @throws BertletError `not_found` when it has none, `unsupported` when it has only others, and what the format's reader throws
 * @example
 * const tensors = await readWeights(await openSource("bert-tiny"), [SAFETENSORS], BERT.names);
 */
export async function readWeights(
  source: ModelSource,
  formats: readonly CheckpointFormat[],
  family: TensorNames,
): Promise<Map<string, TensorView>> {
  const names = await source.list();
  const found = findWeights(names, formats);
  if (!found) throw noWeights(names, formats);
  const { format, file, sharded } = found;
  return sharded ? readSharded(source, file, format, family) : format.read(await readRequired(source, file), family);
}

const KNOWN = /^(model\.safetensors|pytorch_model\.bin|tf_model\.h5|flax_model\.msgpack)(\.index\.json)?$/;

function noWeights(names: readonly string[], formats: readonly CheckpointFormat[]): BertletError {
  const [first = "", ...rest] = formats.map(({ file }) => file);
  const wanted = [first, ...rest].join(", ");
  const others = names.filter((name) => KNOWN.test(name));
  if (others.length === 0) {
    const instead = rest.length > 0 ? `, and so is what could stand for it: ${rest.join(", ")}` : "";
    return new BertletError("not_found", `${first} is missing${instead}`);
  }
  return new BertletError(
    "unsupported",
    `${others.join(", ")} is there, but only ${wanted} is read here: pass the format's reader as formats, or convert the checkpoint`,
  );
}
