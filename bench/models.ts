// The models of ../shared that both engines can run, written to dist/bench in the form of each. Benchmarks ask for what they need.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { packCheckpoint } from "../src/model-file/pack-checkpoint.ts";
import { exportOnnx } from "../src/onnx/export.ts";
import { openSource } from "../src/source/source.ts";

const MODELS = "../shared/models";
const FOLDER = "dist/bench";
const EMBEDDER = `${MODELS}/all-minilm-l6-v2`;
const HEADS = `${MODELS}/minilm-l6-heads`;

/** all-MiniLM-L6-v2 in int8, as paths. */
export interface Embedder {
  readonly packed: string;
  /**
   * What onnxruntime-web's dynamic int8 quantisation computes with (MatMulInteger): the fair yardstick. The packaged graph, `weightOnly`,
   * holds int8 weights too, but turns them into f32 when it loads and multiplies in f32.
   */
  readonly dynamic: string;
  readonly weightOnly: string;
}

/** Undefined, and said so, where ../shared is absent. */
export async function prepareEmbedder(): Promise<Embedder | undefined> {
  if (!(await isHere(EMBEDDER))) return undefined;
  return {
    packed: await write("all-minilm-l6-v2.safetensors", await pack(EMBEDDER)),
    dynamic: await write("all-minilm-l6-v2-dynamic.onnx", await exportOnnx(EMBEDDER, { quantize: "int8" })),
    weightOnly: `${EMBEDDER}-int8-onnx/model.onnx`,
  };
}

/** The default model as it ships, and a dynamic int8 graph of encoder and head for each of `heads`; undefined as above. */
export async function prepareHeads(heads: readonly string[]) {
  if (!(await isHere(HEADS))) return undefined;
  const graphs = [];
  for (const head of heads) {
    graphs.push(await write(`${head}.onnx`, await exportOnnx(HEADS, { heads: [head], quantize: "int8" })));
  }
  return { packed: "models/minilm-l6-heads/model.safetensors", graphs };
}

/** Writes a file to where the Workers of bench/workers import from. */
export async function write(name: string, bytes: Uint8Array): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const path = `${FOLDER}/${name}`;
  await writeFile(path, bytes);
  return path;
}

async function pack(folder: string): Promise<Uint8Array> {
  return packCheckpoint(await openSource(folder), { quantization: "int8" });
}

async function isHere(folder: string): Promise<boolean> {
  if (await stat(folder).catch(() => undefined)) return true;
  console.log("left out: ../shared/models is not here, and both engines need the same model");
  return false;
}
