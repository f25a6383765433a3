// A checkpoint written as the Hub has it: config.json and model.safetensors under the reference's names, for the reference to load.
import { architectureOf, encoderSpec } from "../architectures/architectures.ts";
import { encoderShapes } from "../architectures/encoder-spec.ts";
import { headShapes } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { type TensorView, toFloat16, toFloat32, writeSafetensors } from "../safetensors.ts";
import type { Checkpoint } from "./checkpoint.ts";

export interface WriteOptions {
  /** The head whose class is written; the bare encoder when left out. */
  readonly head?: string;
  /** float32 when left out. */
  readonly dtype?: "float32" | "float16";
}

/**
 * The files of a folder that the reference's `from_pretrained` loads; the tokenizer's are not among them.
 * @throws BertletError `not_found` for a head that is not there, `invalid_checkpoint` for one with tensors missing
 * @example
 * const files = writeCheckpoint(await readCheckpoint(source), { dtype: "float16" });
 * files.get("model.safetensors");
 */
export function writeCheckpoint(
  checkpoint: Omit<Checkpoint, "files">,
  { head, dtype = "float32" }: WriteOptions = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  const { config, encoder, heads } = checkpoint;
  const { baseClass, names } = architectureOf(config);
  const chosen = heads.find(({ spec }) => spec.name === head);
  if (head !== undefined && !chosen) {
    const present = heads.map(({ spec }) => spec.name).join(", ") || "none";
    throw new BertletError("not_found", `the model has no head ${head}; it has ${present}`);
  }
  // Classes with a head put a prefix before the encoder's names.
  const prefix = chosen ? names.prefix : "";
  const tensors = new Map<string, TensorView>();
  const own = encoderShapes(encoderSpec(config));
  for (const [name, tensor] of encoder) if (own.has(name)) tensors.set(prefix + name, convert(tensor, dtype));
  for (const name of chosen ? headShapes(chosen.spec, config.hidden_size).keys() : []) {
    if (!own.has(name)) tensors.set(name, convert(required(chosen!.tensors, name), dtype));
  }
  const { labels = [], problem_type } = chosen?.spec ?? {};
  const settings = {
    ...config.toJSON(),
    architectures: [chosen?.spec.architecture ?? baseClass],
    torch_dtype: dtype,
    ...(labels.length > 0 && {
      id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
      label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    }),
    ...(chosen && { problem_type }),
  };
  return new Map([
    ["config.json", toJson(settings)],
    // The reference refuses a file that does not say which framework wrote it.
    ["model.safetensors", writeSafetensors(tensors, { format: "pt" })],
    ...(chosen?.spec.generation ? [["generation_config.json", toJson(chosen.spec.generation)] as const] : []),
  ]);
}

/** A JSON file as the Hub has it. */
export function toJson(value: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

function required(tensors: ReadonlyMap<string, TensorView>, name: string): TensorView {
  const tensor = tensors.get(name);
  if (!tensor) throw new BertletError("invalid_checkpoint", `${name} is missing`);
  return tensor;
}

function convert(tensor: TensorView, dtype: "float32" | "float16"): TensorView {
  const values = toFloat32(tensor);
  const bytes = dtype === "float32" ? new Uint8Array(values.buffer) : new Uint8Array(toFloat16(values).buffer);
  return { dtype: dtype === "float32" ? "F32" : "F16", shape: tensor.shape, bytes };
}
