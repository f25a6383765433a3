// The default model as it is shipped: it loads from a buffer or a stream, stays small, and says where it comes from.
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import { readFixture } from "../fixtures.ts";
import { difference, int32, values } from "../goldens.ts";

const FILE = "models/minilm-l6-heads/model.safetensors";
const MB = 1e6;
let file: Uint8Array;
let session: KernelSession;

beforeAll(async () => {
  file = (await readFixture(FILE))!;
  session = await KernelSession.create(file);
}, 60_000);
afterAll(() => session.release());

test("names its licence, its heads and its tokenizer", () => {
  const { origin, heads, quantization, digest } = session.model.header;
  expect([origin?.name, origin?.license, quantization]).toEqual(["minilm-l6-heads", "Apache-2.0", "int8"]);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(heads.map(({ name, task }) => `${name}: ${task}`)).toEqual([
    "sentiment: text-classification",
    "emotion: text-classification",
    "intent: text-classification",
    "rerank: text-classification",
    "entities: token-classification",
    "slots: token-classification",
    "question-answering: question-answering",
    "multiple-choice: multiple-choice",
    "next-sentence: next-sentence-prediction",
    "masked-lm: fill-mask",
    "pretraining: pretraining",
  ]);
  expect([...session.model.tokenizerTables.keys()]).toContain("vocab");
});

test("fits an asset, and its session 32 MB of wasm memory at the full length", async () => {
  expect(file.byteLength).toBeLessThan(25 * 2 ** 20);
  const ids = Array.from({ length: 512 }, (_, i) => 1000 + i);
  await session.run({ input_ids: int32([ids, ids, ids, ids]) }, ["last_hidden_state"]);
  const { bytes } = session.memory;
  expect(bytes).toBeLessThan(32 * MB);
  for (let run = 0; run < 5; run++) await session.run({ input_ids: int32([ids]) }, ["last_hidden_state"]);
  expect(session.memory.bytes).toBe(bytes);
});

test("loads from a stream as from a buffer", async () => {
  const stream = new Blob([file as Uint8Array<ArrayBuffer>]).stream();
  const streamed = await KernelSession.create(stream);
  const feeds = { input_ids: int32([[101, 7592, 2088, 102]]) };
  const [a, b] = await Promise.all([session.run(feeds), streamed.run(feeds)]);
  for (const name of session.outputNames) expect(values(a[name])).toEqual(values(b[name]));
  await streamed.release();
}, 60_000);

test("both builds of the kernels agree", async () => {
  const baseline = await KernelSession.create(file, { build: "baseline" });
  const feeds = { input_ids: int32([[101, 1037, 12208, 2013, 2707, 2000, 3926, 102]]) };
  const names = ["last_hidden_state", "sentiment.logits"];
  const [a, b] = await Promise.all([session.run(feeds, names), baseline.run(feeds, names)]);
  for (const name of names) expect(difference(a[name], [...values(b[name])])).toBeLessThan(0.02);
  await baseline.release();
});

test("a run that would not fit is refused before it starts", async () => {
  const small = await KernelSession.create(file, { maximumMemory: 26 * MB });
  const short = { input_ids: int32([[101, 102]]) };
  const before = await small.run(short, ["last_hidden_state"]);
  const held = small.memory.bytes;
  const long = { input_ids: int32([Array(512).fill(101)]) };
  await expect(small.run(long, ["last_hidden_state"])).rejects.toMatchObject({ type: "input_too_large" });
  expect(small.memory.bytes).toBe(held);
  expect(values((await small.run(short, ["last_hidden_state"])).last_hidden_state)).toEqual(
    values(before.last_hidden_state),
  );
  await small.release();
  await expect(KernelSession.create(file, { maximumMemory: 20 * MB })).rejects.toMatchObject({ type: "out_of_memory" });
});
