// Makes a packed model file of a checkpoint's tensors: checks them against the specs all at once, quantises, lays them out, writes.
// The tensors come by canonical name (names.ts); which heads there are is for the caller to say.
import { encoderSpec } from "../architectures/architectures.ts";
import type { BertConfig } from "../architectures/config.ts";
import { DEFAULT_EMBEDDING, type EmbeddingSpec } from "../architectures/embedding-spec.ts";
import {
  type Attention,
  attentionsAt,
  biasTable,
  type EncoderSpec,
  embeddingWidthOf,
  encoderShapes,
  layerAt,
  layersOf,
  projectionOf,
  qkvName,
} from "../architectures/encoder-spec.ts";
import {
  HEAD_NAME,
  type HeadSpec,
  type HeadStep,
  headShapes,
  renameSteps,
  stepShapes,
} from "../architectures/head-spec.ts";
import type { HeadInput } from "../checkpoint/checkpoint.ts";
import type { EmbeddingInput } from "../checkpoint/sentence-transformers.ts";
import { BertletError } from "../errors.ts";
import { align } from "../quantize/layout.ts";
import { type TensorView, writeSafetensors } from "../safetensors.ts";
import {
  PACKED_FORMAT,
  PACKED_VERSION,
  type PackedHeader,
  type PackedOrigin,
  type Quantization,
  TOKENIZER_PREFIX,
} from "./packed.ts";
import { type Grams, Packer } from "./packer.ts";
import { packedDigest } from "./verify.ts";

type Tensors = ReadonlyMap<string, TensorView>;
type Shapes = ReadonlyMap<string, readonly number[]>;

/** The tokenizer's part: what its constructor reads back. */
export interface TokenizerInput {
  readonly config: unknown;
  readonly tables: ReadonlyMap<string, Uint8Array>;
}

export interface PackInput {
  readonly config: BertConfig;
  readonly encoder: Tensors;
  readonly heads: readonly HeadInput[];
  /** DEFAULT_EMBEDDING when left out. */
  readonly embedding?: EmbeddingInput | undefined;
  readonly quantization: Quantization;
  readonly tokenizer?: TokenizerInput | undefined;
  readonly origin?: PackedOrigin | undefined;
  /** From calibration: matrices with an entry are rounded for their inputs. */
  readonly grams?: Grams | undefined;
}

// Up to this many outputs a head's last matrix stays f32: it is small, and it decides.
const MAX_EXACT_OUTPUTS = 1024;

/** Where the sentence embedding's own tensors are in the file. */
export const EMBEDDING_PREFIX = "sentence_embedding";

/**
 * Packs one encoder and its heads.
 * @throws BertletError `invalid_checkpoint` that names every missing and every mis-shaped tensor, and heads whose names clash; or every
 * tensor with weights that are not finite
 */
export async function packModel(input: PackInput): Promise<Uint8Array<ArrayBuffer>> {
  const { config, encoder: tensors, heads, quantization, tokenizer, origin, grams } = input;
  const embedding = input.embedding ?? { spec: DEFAULT_EMBEDDING, tensors: new Map() };
  const encoder = presentOutputs(encoderSpec(config), tensors, heads);
  const problems = [
    ...invalidNames(heads.map(({ spec }) => spec.name)),
    ...mismatches(tensors, encoderShapes(encoder), ""),
    ...embeddingMismatches(embedding, encoder),
    ...heads.flatMap((head) => headMismatches(head, encoder)),
  ];
  if (problems.length > 0) throw new BertletError("invalid_checkpoint", problems.join("; "));

  const packer = new Packer(quantization, grams);
  packEncoder(packer, encoder, tensors);
  const packedEmbedding = packEmbedding(packer, embedding, encoder);
  const packedHeads = heads.map((head) => packHead(packer, head, encoder));
  for (const [name, bytes] of tokenizer?.tables ?? []) packer.bytes(TOKENIZER_PREFIX + name, bytes);
  packer.refuseBroken();
  return writePacked(packer, {
    config,
    encoder,
    heads: packedHeads,
    embedding: packedEmbedding,
    quantization,
    tokenizer: tokenizer?.config,
    origin,
  });
}

/** The file of a packer's tensors. */
export async function writePacked(
  packer: Packer,
  header: Omit<PackedHeader, "digest" | "tensors" | "weightBytes">,
): Promise<Uint8Array<ArrayBuffer>> {
  const { config, encoder, heads, embedding, quantization, tokenizer, origin } = header;
  const metadata = {
    format: PACKED_FORMAT,
    version: PACKED_VERSION,
    config: JSON.stringify(config),
    encoder: JSON.stringify(encoder),
    heads: JSON.stringify(heads),
    sentence_embedding: JSON.stringify(embedding),
    quantization,
    ...(tokenizer !== undefined && { tokenizer: JSON.stringify(tokenizer) }),
  };
  return writeSafetensors(packer.tensors, {
    ...metadata,
    digest: await packedDigest(metadata, packer.tensors),
    ...(origin && { source: JSON.stringify(origin) }),
  });
}

/** The spec without those outputs (the pooler's) of which the checkpoint has no tensor and which no head shares. */
export function presentOutputs(spec: EncoderSpec, tensors: Tensors, heads: readonly HeadInput[]): EncoderSpec {
  const shared = new Set(heads.flatMap((head) => [...headShapes(head.spec, spec.hiddenSize).keys()]));
  const outputs = spec.outputs.filter(({ steps }) =>
    [...stepShapes(steps, spec.hiddenSize).keys()].some((name) => tensors.has(name) || shared.has(name)),
  );
  return { ...spec, outputs };
}

/** What is wrong with the names of a model's heads. */
export function invalidNames(names: readonly string[]): string[] {
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const unusable = names.filter((name) => !HEAD_NAME.test(name));
  return [
    ...Array.from(repeated, (name) => `there are several heads ${name}`),
    ...unusable.map((name) => `head "${name}" must be named with letters, digits, _ and - alone`),
  ];
}

/** What is wrong with a head's tensors: its own, and what it expects of those it shares with the encoder. */
export function headMismatches({ spec, tensors }: HeadInput, encoder: EncoderSpec): string[] {
  const shared = encoderShapes(encoder);
  const shapes = headShapes(spec, encoder.hiddenSize);
  return shapeProblems(shapes, (name) => shared.get(name) ?? tensors.get(name)?.shape, `head ${spec.name}: `);
}

function embeddingMismatches({ spec, tensors }: EmbeddingInput, encoder: EncoderSpec): string[] {
  const shapes = stepShapes(spec.steps, spec.pooling.length * encoder.hiddenSize);
  return mismatches(tensors, shapes, "sentence embedding: ");
}

/** Of a head's tensors those that are not the encoder's. */
export function ownShapes(shapes: Shapes, encoder: EncoderSpec): Map<string, readonly number[]> {
  const shared = encoderShapes(encoder);
  return new Map([...shapes].filter(([name]) => !shared.has(name)));
}

function mismatches(tensors: Tensors, shapes: Shapes, owner: string): string[] {
  return shapeProblems(shapes, (name) => tensors.get(name)?.shape, owner);
}

function shapeProblems(
  shapes: Shapes,
  shapeOf: (name: string) => readonly number[] | undefined,
  owner: string,
): string[] {
  const problems: string[] = [];
  for (const [name, shape] of shapes) {
    const found = shapeOf(name);
    if (!found) problems.push(`${owner}${name} is missing`);
    else if (found.join() !== shape.join()) {
      problems.push(`${owner}${name} has shape [${found.join(", ")}] where the config asks for [${shape.join(", ")}]`);
    }
  }
  return problems;
}

/**
 * How coarse a table may be. Positions are few beside the words, and every token adds one; types are a few rows, and rounding them would
 * cost more than it saves.
 */
const COARSEST_TABLE = { ids: "int4", positions: "int8", types: "f32" } as const;

function packEncoder(packer: Packer, spec: EncoderSpec, tensors: Tensors): void {
  const { hiddenSize: H, embeddings, norm, outputs } = spec;
  const E = embeddingWidthOf(spec);
  for (const { table, index, rows } of embeddings) {
    packer.matrix(table, packer.read(tensors, `${table}.weight`), rows, E, COARSEST_TABLE[index]);
  }
  packNorm(packer, norm, tensors);
  const projection = projectionOf(spec);
  if (projection) {
    packer.matrix(projection.name, packer.read(tensors, `${projection.name}.weight`), H, E, "int8");
    packer.vector(`${projection.name}.bias`, packer.read(tensors, `${projection.name}.bias`));
  }
  const layers = layersOf(spec);
  for (const [index, layer] of layers.entries()) {
    const bias = biasTable(spec, index);
    if (bias && !packer.tensors.has(bias.name)) packer.vector(bias.name, packer.read(tensors, bias.name));
    // Layers may share their tensors.
    if (layers.findIndex(({ query }) => query.name === layer.query.name) < index) continue;
    // No later layer can absorb the last layer's quantisation error.
    packLayer(packer, spec, index, tensors, index === layers.length - 1 ? "int8" : "int4");
  }
  for (const { steps } of outputs) {
    packSteps(packer, steps, H, { read: (name) => packer.read(tensors, name), rename: (name) => name }, "int8");
  }
}

function packLayer(packer: Packer, spec: EncoderSpec, index: number, tensors: Tensors, coarsest: Quantization): void {
  const { up, down, outputNorm } = layerAt(spec, index);
  for (const attention of attentionsAt(spec, index)) packAttention(packer, spec, attention, tensors, coarsest);
  for (const { name, N, K } of [up, down]) {
    packer.matrix(name, packer.read(tensors, `${name}.weight`), N, K, coarsest);
    packer.vector(`${name}.bias`, packer.read(tensors, `${name}.bias`));
  }
  packNorm(packer, outputNorm, tensors);
}

function packAttention(
  packer: Packer,
  { layers }: EncoderSpec,
  attention: Attention,
  tensors: Tensors,
  coarsest: Quantization,
): void {
  const { heads: A, headSize: D } = layers;
  const { query, key, value, output, attentionNorm } = attention;
  const read = (name: string) => packer.read(tensors, name);
  // Each attention head is padded to P columns, so that it begins at a multiple of 16.
  const P = align(D);
  const parts = [query, key, value];
  const weights = parts.map(({ name, K }) => padRows(read(`${name}.weight`), A, D, P, K));
  packer.matrix(qkvName(attention), concatenate(weights), 3 * A * P, query.K, coarsest);
  const biases = parts.map(({ name }) => padRows(read(`${name}.bias`), A, D, P, 1));
  packer.vector(`${qkvName(attention)}.bias`, concatenate(biases));
  // A twelfth of a layer's weights: 4 bits here would cost as much as in half of the others.
  packer.matrix(output.name, padRows(read(`${output.name}.weight`), output.N * A, D, P, 1), output.N, A * P, "int8");
  packer.vector(`${output.name}.bias`, read(`${output.name}.bias`));
  packNorm(packer, attentionNorm, tensors);
}

function packNorm(packer: Packer, name: string, tensors: Tensors): void {
  for (const part of ["weight", "bias"]) packer.vector(`${name}.${part}`, packer.read(tensors, `${name}.${part}`));
}

/** Packs a head's own tensors and returns its spec with their names in the file. */
export function packHead(packer: Packer, { spec, tensors }: HeadInput, encoder: EncoderSpec): HeadSpec {
  const rename = packedNames(`heads.${spec.name}`, encoder);
  const read = (name: string) => packer.read(tensors, name, `head ${spec.name}: `);
  const outputs = spec.outputs.map((output) => {
    packSteps(packer, output.steps, encoder.hiddenSize, { read, rename });
    return { ...output, steps: renameSteps(output.steps, rename) };
  });
  return { ...spec, outputs };
}

function packEmbedding(packer: Packer, { spec, tensors }: EmbeddingInput, encoder: EncoderSpec): EmbeddingSpec {
  const rename = (name: string) => `${EMBEDDING_PREFIX}.${name}`;
  const read = (name: string) => packer.read(tensors, name, "sentence embedding: ");
  packSteps(packer, spec.steps, spec.pooling.length * encoder.hiddenSize, { read, rename });
  return { ...spec, steps: renameSteps(spec.steps, rename) };
}

/** The names of a head's tensors in the packed file: its own are under `owner`, the encoder's keep their names. */
export function packedNames(owner: string, encoder: EncoderSpec): (tensor: string) => string {
  const shared = encoderShapes(encoder);
  return (tensor) => (shared.has(tensor) ? tensor : `${owner}.${tensor}`);
}

interface StepSource {
  read(name: string): Float32Array;
  /** The name in the file; the same as in the checkpoint means that the tensor is packed already. */
  rename(name: string): string;
}

/** @param coarsest of the last matrix; by its size when left out */
function packSteps(
  packer: Packer,
  steps: readonly HeadStep[],
  width: number,
  { read, rename }: StepSource,
  coarsest?: Quantization,
): void {
  let size = width;
  const vector = (name: string) => {
    if (!packer.tensors.has(rename(name))) packer.vector(rename(name), read(name));
  };
  for (const [index, step] of steps.entries()) {
    if (step.op === "layernorm") {
      vector(`${step.weight}.weight`);
      vector(`${step.weight}.bias`);
    }
    if (step.op !== "dense") continue;
    const name = rename(`${step.weight}.weight`);
    const last = index === steps.length - 1 ? (coarsest ?? (step.size <= MAX_EXACT_OUTPUTS ? "f32" : "int4")) : "int8";
    if (!packer.tensors.has(name)) {
      packer.matrix(name.slice(0, -".weight".length), read(`${step.weight}.weight`), step.size, size, last);
    }
    vector(step.bias);
    size = step.size;
  }
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
