// Generating 64 tokens after a prompt of 32 with a decoder of bert-base's shape, random weights in int8: with the keys and values of the tokens
// before kept, and computing every row from its first token. Both find the same tokens.
import { headSpec } from "../src/architectures/architectures.ts";
import { BertConfig } from "../src/architectures/bert-config.ts";
import { headShapes } from "../src/architectures/head-spec.ts";
import { continueRows } from "../src/heads/generation/causal-model.ts";
import type { GenerationOptions } from "../src/heads/generation/options.ts";
import { packModel } from "../src/model-file/pack.ts";
import { type LoadedModel, loadPacked } from "../src/models/loaded-model.ts";
import { type InferenceSession, withRun } from "../src/wasm/session.ts";
import { randomEncoder, randomTensors } from "./random-checkpoint.ts";
import { type Cell, median, printTable, ratio } from "./table.ts";

const PROMPT = 32;
const TOKENS = 64;
const ROUNDS = 3;
const WAYS: readonly (readonly [name: string, options: GenerationOptions])[] = [
  ["greedy", {}],
  ["4 beams", { numBeams: 4 }],
];

export async function run(): Promise<void> {
  const model = await loadPacked(await randomDecoder());
  const rows: Cell[][] = [];
  for (const [name, options] of WAYS) {
    const { times, same } = await measure(model, { ...options, maxNewTokens: TOKENS });
    const [kept, computed] = times as [number, number];
    rows.push([name, kept, computed, ratio(computed, kept), same ? "the same" : "others"]);
  }
  printTable(
    `bert-base's shape in Node, int8: ${TOKENS} tokens after a prompt of ${PROMPT} (ms, medians of ${ROUNDS} alternating runs)`,
    ["", "kept", "computed again", "again/kept", "tokens"],
    rows,
  );
}

/** A decoder with a vocabulary head, as a packed file. */
async function randomDecoder(): Promise<Uint8Array> {
  const config = BertConfig.preset("base", { is_decoder: true });
  const spec = headSpec("BertLMHeadModel", config)!;
  const encoderTensors = randomEncoder(config);
  const own = new Map([...headShapes(spec, config.hidden_size)].filter(([name]) => !encoderTensors.has(name)));
  return packModel({
    config,
    encoder: views(encoderTensors),
    heads: [{ spec, tensors: views(randomTensors(own)) }],
    quantization: "int8",
  });
}

function views(tensors: ReturnType<typeof randomTensors>) {
  return new Map(
    Array.from(tensors, ([name, { shape, data }]) => [
      name,
      { dtype: "F32" as const, shape, bytes: new Uint8Array(data.buffer) },
    ]),
  );
}

/** Both ways in turn: their median times, and whether their tokens are the same. */
async function measure(
  model: LoadedModel,
  options: GenerationOptions,
): Promise<{ readonly times: number[]; readonly same: boolean }> {
  const [head] = model.heads;
  const prompt = Array.from({ length: PROMPT }, (_, index) => 1000 + 97 * index);
  const ways = [model, { ...model, session: withoutKeyValues(model.session) }];
  const times = ways.map((): number[] => []);
  const found: string[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, way] of ways.entries()) {
      const start = performance.now();
      const rows = await continueRows(way, head!, [prompt], options);
      // The first round warms up.
      if (round > 0) times[index]!.push(performance.now() - start);
      found[index] = rows.join();
    }
  }
  return { times: times.map(median), same: found[0] === found[1] };
}

function withoutKeyValues(session: InferenceSession): InferenceSession {
  return { ...withRun(session, session.run.bind(session)), keyValuesOf: undefined };
}
