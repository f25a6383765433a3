// A model of bert-base's shape: 12 layers of 768, 110 million random weights. In Node both engines on the same weights; in workerd ours in
// int4 and, as far as the 112 MiB that a session may take there hold, in int8. onnxruntime-web's does not fit an isolate of 128 MB.
import { encoderSpec } from "../src/architectures/architectures.ts";
import { BertConfig } from "../src/architectures/bert-config.ts";
import { packModel } from "../src/model-file/pack.ts";
import { toOnnx } from "../src/onnx/to-onnx.ts";
import { node } from "./lab/node.ts";
import type { OpenLab, Runtime } from "./lab/runtime.ts";
import { workerd } from "./lab/workerd.ts";
import { write } from "./models.ts";
import { randomEncoder } from "./random-checkpoint.ts";
import { type Cell, median, printTable, ratio } from "./table.ts";
import { someTokens } from "./tokens.ts";

const LENGTHS = [8, 16, 32, 64, 128, 256, 512];
const ROUNDS = 5;
const FETCHES = ["last_hidden_state"];

/** A model's time and memory at one length. */
interface Figure {
  readonly time: number;
  readonly bytes: number;
}
/** By length; undefined where the model does not fit. */
type Figures = readonly (Figure | undefined)[];

export async function run(): Promise<void> {
  const paths = await prepare();
  const { int8, int4, ort } = await measureAll(node, ["int8", "int4", "ort"], paths);
  // One after the other: each has the isolate for itself.
  const small = {
    ...(await measureAll(workerd, ["int8"], paths)),
    ...(await measureAll(workerd, ["int4"], paths)),
  };
  printTable(
    `bert-base's shape in ${node.name}, one text of S tokens, last_hidden_state (ms, medians of alternating runs; MB of wasm memory)`,
    ["S", "int8", "MB", "int4", "MB", "ort", "MB", "ort/int8", "ort/int4"],
    rowsOf([int8!, int4!, ort!], ort!),
  );
  printTable(
    `The same in ${workerd.name}; the ratios are to onnxruntime-web in Node above, for it does not fit here`,
    ["S", "int8", "MB", "int4", "MB", "ort/int8", "ort/int4"],
    rowsOf([small.int8!, small.int4!], ort!),
  );
}

/** Time and memory of each model, then the ratios of the kernels' two. */
function rowsOf(models: readonly Figures[], ort: Figures): Cell[][] {
  return LENGTHS.map((S, i): Cell[] => {
    const figures = models.map((model) => model[i]);
    return [
      `${S}`,
      ...figures.flatMap((figure): Cell[] => (figure ? [figure.time, figure.bytes / 1e6] : ["does not fit", "—"])),
      ...figures.slice(0, 2).map((figure) => (figure ? ratio(ort[i]!.time, figure.time) : "—")),
    ];
  });
}

type Paths = Readonly<Record<string, string>>;

async function prepare(): Promise<Paths> {
  const config = BertConfig.preset("base");
  const tensors = randomEncoder(config);
  const encoder = new Map(
    Array.from(tensors, ([name, { shape, data }]) => {
      return [name, { dtype: "F32" as const, shape, bytes: new Uint8Array(data.buffer) }];
    }),
  );
  const paths: Record<string, string> = {};
  for (const quantization of ["int8", "int4"] as const) {
    const packed = await packModel({ config, encoder, heads: [], quantization });
    paths[quantization] = await write(`bert-base-${quantization}.safetensors`, packed);
  }
  return {
    ...paths,
    ort: await write("bert-base.onnx", toOnnx({ ...encoderSpec(config), outputs: [] }, tensors, { quantize: "int8" })),
  };
}

async function measureAll(runtime: Runtime, models: readonly string[], paths: Paths): Promise<Record<string, Figures>> {
  const lab = await runtime.open();
  try {
    for (const name of models) await lab.load({ name, engine: name === "ort" ? "ort" : "relaxed" }, paths[name]!);
    const figures = Object.fromEntries(models.map((name): [string, (Figure | undefined)[]] => [name, []]));
    for (const S of LENGTHS) {
      const found = await measure(lab, models, S);
      for (const name of models) figures[name]!.push(found?.[name]);
    }
    return figures;
  } finally {
    await lab.close();
  }
}

/** By model; undefined where one is refused for its memory. */
async function measure(
  lab: OpenLab,
  models: readonly string[],
  S: number,
): Promise<Record<string, Figure> | undefined> {
  const call = { texts: [someTokens(S)], padded: true, fetches: FETCHES };
  const subjects = Object.fromEntries(models.map((name) => [name, [{ ...call, session: name }]]));
  const timed = lab.time({ subjects, rounds: ROUNDS, repeats: Math.max(1, Math.round(32 / S)) });
  const timings = await timed.catch((error: Error) => {
    if (error.message.includes("the session may take")) return undefined;
    throw error;
  });
  if (!timings) return undefined;
  const { times, bytes } = timings;
  return Object.fromEntries(models.map((name) => [name, { time: median(times[name]!), bytes: bytes[name]! }]));
}
