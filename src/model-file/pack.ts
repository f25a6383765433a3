// Makes a packed model file of a checkpoint's tensors: checks them against the config all at once, quantises, lays them out, writes.
// The tensors come by canonical name (names.ts); which heads there are is the caller's to say.
import type { BertConfig } from "../architectures/config.ts";
import {
  type DenseStep,
  HEAD_NAME,
  type HeadSpec,
  type HeadStep,
  headShapes,
  isTied,
} from "../architectures/head-spec.ts";
import { encoderShapes } from "../architectures/names.ts";
import { sha256 } from "../digest.ts";
import { BertletError } from "../errors.ts";
import { rotateGram, rotateRows } from "../quantize/hadamard.ts";
import { align, packF32, packQc7w, packQm4w } from "../quantize/layout.ts";
import { type TensorView, toFloat32, type WritableTensor, writeSafetensors } from "../safetensors.ts";
import {
  PACKED_FORMAT,
  PACKED_VERSION,
  type PackedOrigin,
  QUANTIZATIONS,
  type Quantization,
  TOKENIZER_PREFIX,
} from "./packed.ts";

/** A head to pack: its spec, with tensor names as in the checkpoint, and those tensors. */
export interface HeadInput {
  readonly spec: HeadSpec;
  readonly tensors: ReadonlyMap<string, TensorView>;
}

/** The tokenizer's part: what its constructor reads back. */
export interface TokenizerInput {
  readonly config: unknown;
  readonly tables: ReadonlyMap<string, Uint8Array>;
}

export interface PackInput {
  readonly config: BertConfig;
  readonly encoder: ReadonlyMap<string, TensorView>;
  readonly heads: readonly HeadInput[];
  readonly quantization: Quantization;
  readonly tokenizer?: TokenizerInput | undefined;
  readonly origin?: PackedOrigin | undefined;
  /**
   * XᵀX [K][K] of the inputs X of a matrix, K padded, by the matrix's name in the packed model: it is rounded for them
   * (error-feedback.ts).
   */
  readonly grams?: ReadonlyMap<string, Float64Array> | undefined;
}

// Up to this many outputs a head's last matrix stays f32: it is small, and it decides.
const MAX_EXACT_OUTPUTS = 1024;

/**
 * Packs one encoder and its heads.
 * @throws BertletError `invalid_checkpoint` that names every missing and every mis-shaped tensor, and heads whose names clash; or every
 * tensor with weights that are no numbers
 */
export async function packModel(input: PackInput): Promise<Uint8Array<ArrayBuffer>> {
  const { config, encoder, heads, quantization, tokenizer, origin, grams } = input;
  const pooler = encoder.has("pooler.dense.weight") || heads.some(({ spec }) => usesPooler(spec));
  const problems = [
    ...misnamed(heads.map(({ spec }) => spec.name)),
    ...mismatches(encoder, encoderShapes(config, pooler), ""),
    ...heads.flatMap((head) => headMismatches(head, config.hidden_size)),
  ];
  if (problems.length > 0) throw new BertletError("invalid_checkpoint", problems.join("; "));

  const packer = new Packer(quantization, grams);
  packEncoder(packer, config, encoder, pooler);
  for (const head of heads) packHead(packer, head, config.hidden_size);
  for (const [name, bytes] of tokenizer?.tables ?? []) packer.bytes(TOKENIZER_PREFIX + name, bytes);
  packer.refuseBroken();
  const metadata = {
    format: PACKED_FORMAT,
    version: PACKED_VERSION,
    config: JSON.stringify(config),
    heads: JSON.stringify(heads.map(({ spec }) => packedSpec(spec))),
    quantization,
    ...(tokenizer && { tokenizer: JSON.stringify(tokenizer.config) }),
  };
  return writeSafetensors(packer.tensors, {
    ...metadata,
    digest: await packer.digest(metadata),
    ...(origin && { source: JSON.stringify(origin) }),
  });
}

/** What is wrong with the names of a model's heads. */
export function misnamed(names: readonly string[]): string[] {
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const unusable = names.filter((name) => !HEAD_NAME.test(name));
  return [
    ...Array.from(twice, (name) => `there are several heads ${name}`),
    ...unusable.map((name) => `head "${name}" must be named with letters, digits, _ and - alone`),
  ];
}

/** What is wrong with a head's tensors. */
export function headMismatches({ spec, tensors }: HeadInput, hiddenSize: number): string[] {
  return mismatches(tensors, headShapes(spec, hiddenSize), `head ${spec.name}: `);
}

export function usesPooler(spec: HeadSpec): boolean {
  return spec.outputs.some(({ from }) => from === "pooler_output");
}

function mismatches(
  tensors: ReadonlyMap<string, TensorView>,
  shapes: ReadonlyMap<string, readonly number[]>,
  where: string,
): string[] {
  const problems: string[] = [];
  for (const [name, shape] of shapes) {
    const found = tensors.get(name)?.shape;
    if (!found) problems.push(`${where}${name} is missing`);
    else if (found.join() !== shape.join()) {
      problems.push(`${where}${name} has shape [${found.join(", ")}] where the config asks for [${shape.join(", ")}]`);
    }
  }
  return problems;
}

/** Collects tensors in kernel layout, in the order in which the file holds them. */
export class Packer {
  readonly tensors = new Map<string, WritableTensor>();
  readonly #quantization: Quantization;
  readonly #grams: PackInput["grams"];
  /** Tensors that hold NaN or an infinity, as the checkpoint names them. */
  readonly #broken: string[] = [];

  constructor(quantization: Quantization, grams?: PackInput["grams"]) {
    this.#quantization = quantization;
    this.#grams = grams;
  }

  /** A tensor of the checkpoint as f32. */
  read(tensors: ReadonlyMap<string, TensorView>, name: string, where = ""): Float32Array {
    const values = toFloat32(tensors.get(name)!);
    if (!values.every(Number.isFinite)) this.#broken.push(where + name);
    return values;
  }

  /** @throws BertletError `invalid_checkpoint` that names every tensor read that holds NaN or an infinity */
  refuseBroken(): void {
    if (this.#broken.length === 0) return;
    throw new BertletError("invalid_checkpoint", `NaN or infinite weights in ${[...new Set(this.#broken)].join(", ")}`);
  }

  /** W [N][K], row major, as the model's other matrices or, where those are coarser, in `coarsest`. */
  matrix(name: string, w: Float32Array, N: number, K: number, coarsest: Quantization = "int4"): void {
    const [columns, depth] = [align(N), align(K)];
    const own = QUANTIZATIONS.indexOf(this.#quantization);
    switch (QUANTIZATIONS[Math.min(own, QUANTIZATIONS.indexOf(coarsest))]!) {
      case "f32":
        this.#add(`${name}.weight`, "F32", [columns, depth], packF32(w, N, K));
        break;
      case "int8": {
        const { weight, scale } = packQc7w(...this.#rotated(name, w, N, K));
        this.#add(`${name}.weight`, "U8", [columns, depth], weight);
        this.#add(`${name}.scale`, "F32", [columns], scale);
        break;
      }
      case "int4": {
        const { weight, multiplier, scale } = packQm4w(...this.#rotated(name, w, N, K));
        this.#add(`${name}.weight`, "U8", [columns, depth / 2], weight);
        this.#add(`${name}.multiplier`, "I8", [columns, multiplier.length / columns], multiplier);
        this.#add(`${name}.scale`, "F32", [columns], scale);
      }
    }
  }

  /** What a quantised matrix is packed from: all of it as the kernels meet it. */
  #rotated(name: string, w: Float32Array, N: number, K: number): Parameters<typeof packQc7w> {
    const depth = align(K);
    const gram = this.#grams?.get(name);
    return [rotateRows(w, N, K), N, depth, gram && rotateGram(gram, depth)];
  }

  vector(name: string, values: Float32Array): void {
    const padded = new Float32Array(align(values.length));
    padded.set(values);
    this.#add(name, "F32", [padded.length], padded);
  }

  bytes(name: string, bytes: Uint8Array): void {
    this.#add(name, "U8", [bytes.byteLength], bytes);
  }

  /** A tensor that is packed already. */
  copy(name: string, { dtype, shape, bytes }: TensorView): void {
    this.tensors.set(name, { dtype, shape, bytes });
  }

  /** SHA-256 over the metadata and every tensor's name and own SHA-256, in the order of the file. */
  async digest(metadata: Readonly<Record<string, string>>): Promise<string> {
    const digests: [name: string, digest: string][] = [];
    for (const [name, { bytes }] of this.tensors) digests.push([name, await sha256(bytes)]);
    return sha256(new TextEncoder().encode(JSON.stringify([metadata, digests])));
  }

  #add(
    name: string,
    dtype: WritableTensor["dtype"],
    shape: number[],
    data: Uint8Array | Int8Array | Float32Array,
  ): void {
    this.tensors.set(name, { dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
  }
}

function packEncoder(
  packer: Packer,
  config: BertConfig,
  tensors: ReadonlyMap<string, TensorView>,
  pooler: boolean,
): void {
  const { hidden_size: H, intermediate_size: F, num_attention_heads: A, headSize: D } = config;
  const read = (name: string) => packer.read(tensors, name);
  const norm = (name: string) => {
    packer.vector(`${name}.weight`, read(`${name}.weight`));
    packer.vector(`${name}.bias`, read(`${name}.bias`));
  };
  const dense = (name: string, N: number, K: number, coarsest: Quantization) => {
    packer.matrix(name, read(`${name}.weight`), N, K, coarsest);
    packer.vector(`${name}.bias`, read(`${name}.bias`));
  };
  packer.matrix("embeddings.word_embeddings", read("embeddings.word_embeddings.weight"), config.vocab_size, H);
  const { max_position_embeddings: positions, type_vocab_size: types } = config;
  // Small beside the words, and every token adds one.
  packer.matrix("embeddings.position_embeddings", read("embeddings.position_embeddings.weight"), positions, H, "int8");
  // A few rows that every token adds: rounding them would cost more than it saves.
  packer.matrix("embeddings.token_type_embeddings", read("embeddings.token_type_embeddings.weight"), types, H, "f32");
  norm("embeddings.LayerNorm");
  // Each attention head is padded to P columns, so that a head, too, begins at a multiple of 16.
  const P = align(D);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `encoder.layer.${layer}`;
    // Heads read what the last layer makes: nothing behind it evens its errors out.
    const coarsest = layer === config.num_hidden_layers - 1 ? "int8" : "int4";
    const parts = ["query", "key", "value"].map((part) => `${at}.attention.self.${part}`);
    const weights = parts.map((part) => padRows(read(`${part}.weight`), A, D, P, H));
    packer.matrix(`${at}.attention.self.qkv`, concatenate(weights), 3 * A * P, H, coarsest);
    const biases = parts.map((part) => padRows(read(`${part}.bias`), A, D, P, 1));
    packer.vector(`${at}.attention.self.qkv.bias`, concatenate(biases));
    const output = `${at}.attention.output.dense`;
    // A twelfth of a layer's weights: 4 bits here would cost as much as in half of the others.
    packer.matrix(output, padRows(read(`${output}.weight`), H * A, D, P, 1), H, A * P, "int8");
    packer.vector(`${output}.bias`, read(`${output}.bias`));
    norm(`${at}.attention.output.LayerNorm`);
    dense(`${at}.intermediate.dense`, F, H, coarsest);
    dense(`${at}.output.dense`, H, F, coarsest);
    norm(`${at}.output.LayerNorm`);
  }
  if (pooler) dense("pooler.dense", H, H, "int8");
}

export function packHead(packer: Packer, { spec, tensors }: HeadInput, hiddenSize: number): void {
  const read = (name: string) => packer.read(tensors, name, `head ${spec.name}: `);
  const packedName = (name: string) => packedTensorName(spec.name, name);
  for (const { steps } of spec.outputs) {
    let width = hiddenSize;
    for (const [index, step] of steps.entries()) {
      if (step.op === "layernorm") {
        packer.vector(packedName(`${step.weight}.weight`), read(`${step.weight}.weight`));
        packer.vector(packedName(`${step.weight}.bias`), read(`${step.weight}.bias`));
        continue;
      }
      const small = step.size <= MAX_EXACT_OUTPUTS;
      const coarsest = index < steps.length - 1 ? "int8" : small ? "f32" : "int4";
      if (!isTied(step))
        packer.matrix(packedName(step.weight), read(`${step.weight}.weight`), step.size, width, coarsest);
      packer.vector(packedName(step.bias), read(step.bias));
      width = step.size;
    }
  }
}

/** The name of a head's own tensor where several heads lie together. */
export function packedTensorName(head: string, tensor: string): string {
  return `heads.${head}.${tensor}`;
}

/** The spec with the names that the head's tensors have in the packed file. */
export function packedSpec(spec: HeadSpec): HeadSpec {
  const inFile = (tensor: string) => packedTensorName(spec.name, tensor);
  const rename = (step: HeadStep): HeadStep => {
    if (step.op === "layernorm") return { ...step, weight: inFile(step.weight) };
    return { ...step, weight: weightName(step, inFile), bias: inFile(step.bias) };
  };
  return { ...spec, outputs: spec.outputs.map((output) => ({ ...output, steps: output.steps.map(rename) })) };
}

function weightName(step: DenseStep, inFile: (tensor: string) => string): string {
  return isTied(step) ? step.weight : inFile(step.weight);
}

/** [groups][size][width] → [groups][padded][width], with zeros in the padding. */
function padRows(w: Float32Array, groups: number, size: number, padded: number, width: number): Float32Array {
  if (size === padded) return w;
  const result = new Float32Array(groups * padded * width);
  for (let group = 0; group < groups; group++) {
    result.set(w.subarray(group * size * width, (group + 1) * size * width), group * padded * width);
  }
  return result;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
