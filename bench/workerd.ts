// Starts the Workers of bench/workers in a real workerd, with the one model that both engines have: all-MiniLM-L6-v2 in int8.
import { copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { createTestHarness } from "wrangler";
import { convert } from "../src/cli/convert.ts";
import { exportOnnx } from "../src/weights/onnx/export.ts";

const MODELS = "../shared/models";
const CONFIG = "bench/workers/wrangler.toml";

export interface BenchWorker {
  post<T>(body: unknown): Promise<T>;
  close(): Promise<void>;
}

/** Puts both forms of the model where the Workers import them from; false where ../shared is absent. */
export async function prepareModels(): Promise<boolean> {
  const present = await stat(`${MODELS}/all-minilm-l6-v2`).catch(() => undefined);
  if (!present) {
    console.log("left out: ../shared/models is not here, and both engines need the same model");
    return false;
  }
  await mkdir("dist/bench", { recursive: true });
  await convert([`${MODELS}/all-minilm-l6-v2`, "dist/bench/all-minilm-l6-v2.safetensors"]);
  await writeFile("dist/bench/all-minilm-l6-v2-dynamic.onnx", await dynamicOnnx(`${MODELS}/all-minilm-l6-v2`));
  await copyFile(`${MODELS}/all-minilm-l6-v2-int8-onnx/model.onnx`, "dist/bench/all-minilm-l6-v2.onnx");
  return true;
}

/**
 * The graph that onnxruntime-web's dynamic int8 quantisation computes with (MatMulInteger). The packaged model.onnx holds int8 weights
 * too, but turns them into f32 when it loads and multiplies in f32.
 */
function dynamicOnnx(folder: string): Promise<Uint8Array> {
  return exportOnnx(folder, { quantize: "int8" });
}

/** @param env a Worker of bench/workers/wrangler.toml; engines.ts when left out */
export async function startBenchWorker(env?: string): Promise<BenchWorker> {
  const harness = createTestHarness({ workers: [{ configPath: CONFIG, ...(env && { env }) }] });
  const { url } = await harness.listen();
  return {
    post: async <T>(body: unknown) => {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      return (await response.json()) as T;
    },
    close: () => harness.close(),
  };
}

/** S token ids that look like a text: [CLS], word pieces spread over the vocabulary, [SEP]. */
export function someTokens(S: number): number[] {
  return Array.from({ length: S }, (_, i) => (i === 0 ? 101 : i === S - 1 ? 102 : 1000 + ((i * 7919) % 20_000)));
}
