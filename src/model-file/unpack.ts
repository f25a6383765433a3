// The inverse of packing: a packed model's tensors in f32 under their canonical names, as a checkpoint has them. What was quantised comes
// back as it was rounded.
//
// Letters: N outputs, K inputs, H hidden, A heads, D head size, P padded D.
import {
  type Attention,
  attentionsAt,
  biasTable,
  type EncoderSpec,
  encoderShapes,
  qkvName,
} from "../architectures/encoder-spec.ts";
import { type HeadSpec, renameSteps, stepShapes } from "../architectures/head-spec.ts";
import type { Checkpoint, HeadInput } from "../checkpoint/checkpoint.ts";
import type { EmbeddingInput } from "../checkpoint/sentence-transformers.ts";
import { BertletError } from "../errors.ts";
import { rotateRows } from "../quantize/hadamard.ts";
import { align, f32Index, multiplierIndex, qc7wIndex, qm4wIndex } from "../quantize/layout.ts";
import type { TensorView } from "../safetensors.ts";
import { elementCount } from "../shape.ts";
import { EMBEDDING_PREFIX, packedNames } from "./pack.ts";
import type { PackedHeader } from "./packed.ts";

/**
 * The checkpoint that a packed model was made of, to the model's own precision.
 * @param weights the bytes of the model's weights, `header.weightBytes` of them
 * @throws BertletError `invalid_checkpoint` for a tensor that is missing or mis-shaped
 */
export function unpackModel(header: PackedHeader, weights: Uint8Array): Omit<Checkpoint, "files"> {
  const { config, encoder, heads, embedding } = header;
  const reader = new PackedTensors(header, weights);
  const tensors = new Map<string, TensorView>();
  for (let index = 0; index < encoder.layers.count; index++) {
    for (const attention of attentionsAt(encoder, index)) unpackAttention(reader, tensors, encoder, attention);
    const bias = biasTable(encoder, index);
    if (bias) tensors.set(bias.name, f32(bias.shape, reader.vector(bias.name, elementCount(bias.shape))));
  }
  for (const [name, shape] of encoderShapes(encoder)) {
    if (!tensors.has(name)) tensors.set(name, reader.tensor(name, shape));
  }
  return {
    config,
    encoder: tensors,
    heads: heads.map((head) => unpackHead(reader, head, encoder)),
    embedding: embedding && unpackEmbedding(reader, embedding, encoder),
  };
}

/** Takes query, key and value apart, and the padding of the attention heads out. */
function unpackAttention(
  reader: PackedTensors,
  tensors: Map<string, TensorView>,
  spec: EncoderSpec,
  attention: Attention,
): void {
  const { hiddenSize: H } = spec;
  const { heads: A, headSize: D } = spec.layers;
  const P = align(D);
  const qkv = reader.matrix(qkvName(attention), 3 * A * P, H);
  const biases = reader.vector(`${qkvName(attention)}.bias`, 3 * A * P);
  for (const [part, { name, N, K }] of [attention.query, attention.key, attention.value].entries()) {
    const first = part * A * P;
    tensors.set(`${name}.weight`, f32([N, K], takeRows(qkv.subarray(first * K, (first + A * P) * K), A, D, P, K)));
    tensors.set(`${name}.bias`, f32([N], takeRows(biases.subarray(first, first + A * P), A, D, P, 1)));
  }
  const { name, N, K } = attention.output;
  tensors.set(`${name}.weight`, f32([N, K], takeRows(reader.matrix(name, N, A * P), N * A, D, P, 1)));
  tensors.set(`${name}.bias`, f32([N], reader.vector(`${name}.bias`, N)));
}

function unpackHead(reader: PackedTensors, head: HeadSpec, encoder: EncoderSpec): HeadInput {
  const owner = `heads.${head.name}`;
  const own = (name: string) => (name.startsWith(`${owner}.`) ? name.slice(owner.length + 1) : name);
  const outputs = head.outputs.map((output) => ({ ...output, steps: renameSteps(output.steps, own) }));
  const inFile = packedNames(owner, encoder);
  const shapes = outputs.flatMap(({ steps }) => [...stepShapes(steps, encoder.hiddenSize)]);
  const tensors = new Map(
    shapes
      .filter(([name]) => inFile(name) !== name)
      .map(([name, shape]): [string, TensorView] => [name, reader.tensor(inFile(name), shape)]),
  );
  return { spec: { ...head, outputs }, tensors };
}

function unpackEmbedding(
  reader: PackedTensors,
  spec: NonNullable<PackedHeader["embedding"]>,
  encoder: EncoderSpec,
): EmbeddingInput {
  const steps = renameSteps(spec.steps, (name) => name.slice(EMBEDDING_PREFIX.length + 1));
  const shapes = stepShapes(steps, spec.pooling.length * encoder.hiddenSize);
  const read = ([name, shape]: readonly [string, readonly number[]]): [string, TensorView] => [
    name,
    reader.tensor(`${EMBEDDING_PREFIX}.${name}`, shape),
  ];
  return { spec: { ...spec, steps }, tensors: new Map([...shapes].map(read)) };
}

/** Reads tensors out of kernel layout. */
export class PackedTensors {
  readonly #header: PackedHeader;
  readonly #weights: Uint8Array;

  constructor(header: PackedHeader, weights: Uint8Array) {
    this.#header = header;
    this.#weights = weights;
  }

  /** A matrix `<name>.weight` or a vector by its name. */
  tensor(name: string, shape: readonly number[]): TensorView {
    const [N, K] = shape as [number, number?];
    const values = K === undefined ? this.vector(name, N) : this.matrix(name.slice(0, -".weight".length), N, K);
    return f32(shape, values);
  }

  /** [N]. */
  vector(name: string, N: number): Float32Array {
    return new Float32Array(this.#bytes(name, 4 * align(N)).slice().buffer).slice(0, N);
  }

  /** [N][K], row major. */
  matrix(name: string, N: number, K: number): Float32Array {
    const depth = align(K);
    const { tensors } = this.#header;
    const isInt4 = tensors.has(`${name}.multiplier`);
    const isQuantised = isInt4 || tensors.has(`${name}.scale`);
    const padded = isInt4
      ? this.#int4(name, N, depth)
      : isQuantised
        ? this.#int8(name, N, depth)
        : this.#f32(name, N, depth);
    // The block Hadamard transform is its own inverse.
    const rows = isQuantised ? rotateRows(padded, N, depth) : padded;
    return depth === K ? rows : takeRows(rows, N, K, depth, 1);
  }

  #f32(name: string, N: number, depth: number): Float32Array {
    const packed = new Float32Array(this.#bytes(`${name}.weight`, 4 * align(N) * depth).slice().buffer);
    return fill(N, depth, (n, k) => packed[f32Index(n, k, depth)]!);
  }

  #int8(name: string, N: number, depth: number): Float32Array {
    const packed = this.#bytes(`${name}.weight`, align(N) * depth);
    const scale = this.vector(`${name}.scale`, N);
    return fill(N, depth, (n, k) => (packed[qc7wIndex(n, k, depth)]! - 64) * scale[n]!);
  }

  #int4(name: string, N: number, depth: number): Float32Array {
    const packed = this.#bytes(`${name}.weight`, (align(N) * depth) / 2);
    const multipliers = new Int8Array(
      this.#bytes(`${name}.multiplier`, align(N) * Math.ceil(depth / 32)).slice().buffer,
    );
    const scale = this.vector(`${name}.scale`, N);
    return fill(N, depth, (n, k) => {
      const { byte, shift } = qm4wIndex(n, k, depth);
      const level = ((packed[byte]! >> shift) & 15) - 8;
      return level * multipliers[multiplierIndex(n, k, depth)]! * scale[n]!;
    });
  }

  #bytes(name: string, count: number): Uint8Array {
    const entry = this.#header.tensors.get(name);
    if (!entry) throw new BertletError("invalid_checkpoint", `the packed model has no tensor ${name}`);
    if (entry.end - entry.start !== count) {
      throw new BertletError("invalid_checkpoint", `${name} has ${entry.end - entry.start} bytes, not ${count}`);
    }
    return this.#weights.subarray(entry.start, entry.end);
  }
}

function fill(N: number, K: number, at: (n: number, k: number) => number): Float32Array {
  const values = new Float32Array(N * K);
  for (let n = 0; n < N; n++) for (let k = 0; k < K; k++) values[n * K + k] = at(n, k);
  return values;
}

/** [groups][padded][width] → [groups][size][width]. */
function takeRows(w: Float32Array, groups: number, size: number, padded: number, width: number): Float32Array {
  const taken = new Float32Array(groups * size * width);
  for (let group = 0; group < groups; group++) {
    taken.set(w.subarray(group * padded * width, (group * padded + size) * width), group * size * width);
  }
  return taken;
}

function f32(shape: readonly number[], values: Float32Array): TensorView {
  return { dtype: "F32", shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}
