// A packed model of any shape in 4 bits (src/model-file/pack.ts: but for what costs most) with random weights, made while it is read: a large one never lies anywhere but in wasm memory.
import { encoderSpec } from "../../src/architectures/architectures.ts";
import { BertConfig } from "../../src/architectures/config.ts";
import { DEFAULT_EMBEDDING } from "../../src/architectures/embedding-spec.ts";
import { PACKED_FORMAT, PACKED_VERSION } from "../../src/model-file/packed.ts";
import { align } from "../../src/quantize/layout.ts";

interface Tensor {
  readonly name: string;
  readonly dtype: "U8" | "I8" | "F32";
  readonly shape: readonly number[];
  /** Of an F32: what it is full of. */
  readonly value?: number;
}

const CHUNK = 1 << 20;

/** @param settings as in config.json; attention heads must be a multiple of 16 wide */
export function randomPacked(settings: Readonly<Record<string, unknown>>): ReadableStream<Uint8Array> {
  const config = BertConfig.fromJSON(settings);
  const pieces = bytesOf(tensorsOf(config), {
    format: PACKED_FORMAT,
    version: PACKED_VERSION,
    config: JSON.stringify(config),
    encoder: JSON.stringify({ ...encoderSpec(config), outputs: [] }),
    sentence_embedding: JSON.stringify(DEFAULT_EMBEDDING),
    heads: "[]",
    quantization: "int4",
    digest: "0".repeat(64),
  });
  return new ReadableStream({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

function tensorsOf(config: BertConfig): Tensor[] {
  const { hidden_size: H, intermediate_size: F, vocab_size: V, max_position_embeddings: positions } = config;
  const f32 = (name: string, value: number, ...shape: number[]): Tensor => ({ name, dtype: "F32", shape, value });
  const norm = (name: string) => [f32(`${name}.weight`, 1, align(H)), f32(`${name}.bias`, 0, align(H))];
  // A weight is at most 8 × 127 × scale, and a row's sum should be about 1.
  const blocks = (name: string, N: number, K: number): Tensor[] => [
    { name: `${name}.weight`, dtype: "U8", shape: [align(N), align(K) / 2] },
    { name: `${name}.multiplier`, dtype: "I8", shape: [align(N), Math.ceil(align(K) / 32)] },
    f32(`${name}.scale`, 1 / (300 * Math.sqrt(K)), align(N)),
  ];
  const bytes = (name: string, N: number, K: number): Tensor[] => [
    { name: `${name}.weight`, dtype: "U8", shape: [align(N), align(K)] },
    f32(`${name}.scale`, 1 / (60 * Math.sqrt(K)), align(N)),
  ];
  const dense = (name: string, N: number, K: number, matrix: typeof blocks) => [
    ...matrix(name, N, K),
    f32(`${name}.bias`, 0, align(N)),
  ];
  return [
    ...blocks("embeddings.word_embeddings", V, H),
    ...bytes("embeddings.position_embeddings", positions, H),
    f32("embeddings.token_type_embeddings.weight", 0.01, align(2), align(H)),
    ...norm("embeddings.LayerNorm"),
    ...Array.from({ length: config.num_hidden_layers }, (_, layer) => layer).flatMap((layer) => {
      const at = `encoder.layer.${layer}`;
      const inner = layer === config.num_hidden_layers - 1 ? bytes : blocks;
      return [
        ...dense(`${at}.attention.self.qkv`, 3 * H, H, inner),
        ...dense(`${at}.attention.output.dense`, H, H, bytes),
        ...norm(`${at}.attention.output.LayerNorm`),
        ...dense(`${at}.intermediate.dense`, F, H, inner),
        ...dense(`${at}.output.dense`, H, F, inner),
        ...norm(`${at}.output.LayerNorm`),
      ];
    }),
  ];
}

function* bytesOf(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): Generator<Uint8Array> {
  const size = ({ dtype, shape }: Tensor) => (dtype === "F32" ? 4 : 1) * shape.reduce((a, b) => a * b, 1);
  let end = 0;
  const entries = tensors.map((tensor): [string, unknown] => {
    const start = end;
    end += size(tensor);
    return [tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [start, end] }];
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries([["__metadata__", metadata], ...entries])));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(header.length), true);
  yield prefix;
  yield header;
  const random = randomBytes();
  for (const tensor of tensors) {
    if (tensor.dtype === "F32") yield new Uint8Array(new Float32Array(size(tensor) / 4).fill(tensor.value!).buffer);
    else for (let at = 0; at < size(tensor); at += CHUNK) yield random.subarray(0, Math.min(CHUNK, size(tensor) - at));
  }
}

/** Below 128, as 7-bit weights are stored; as two 4-bit weights a byte they are any but the highest. */
function randomBytes(): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: CHUNK }, () => {
    state = (state * 48271) % 2147483647;
    return state >> 24;
  });
}
