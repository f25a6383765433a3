// A model split over two sessions: hidden states pass from one to the other, and together they give what the whole gives.
import { Tensor } from "onnxruntime-common";
import { describe, expect, test } from "vitest";
import type { LayerRange } from "../../src/model-file/layers.ts";
import { packModel } from "../../src/model-file/pack.ts";
import { QUANTIZATIONS } from "../../src/model-file/packed.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import type { Feeds } from "../../src/wasm/session.ts";
import { streamOf, tinyInput } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { int32, values } from "../goldens.ts";
import { randomPacked } from "./random-model.ts";

// H is no multiple of 16, so that rows in memory are wider than in the feed.
const tiny = { hidden_size: 20, num_hidden_layers: 3 };
const ids = [
  [2, 7, 19, 0, 11],
  [5, 13, 1, 3, 4],
];
const mask = {
  attention_mask: int32([
    [1, 0, 1, 1, 1],
    [1, 1, 1, 0, 0],
  ]),
};

async function halves(file: Uint8Array, at: number, all = 3): Promise<[KernelSession, KernelSession]> {
  const part = (layers: LayerRange) => KernelSession.create(file, { layers });
  return [await part([0, at]), await part([at, all])];
}

describe.each(QUANTIZATIONS)("in %s, two sessions", (quantization) => {
  test.each([
    ["padded rows, masked ones among them", { input_ids: int32(ids), ...mask }, mask],
    ["whole rows", { input_ids: int32(ids) }, {}],
    [
      "ragged rows",
      { input_ids: new Tensor("int32", Int32Array.from(ids.flat()), [10]), row_starts: starts(0, 3, 10) },
      { row_starts: starts(0, 3, 10) },
    ],
    [
      "some rows of the outputs",
      { input_ids: int32(ids), output_tokens: starts(9, 2) },
      { output_tokens: starts(9, 2) },
      { input_ids: int32(ids) },
    ],
  ])("give the numbers of one: %s", async (_, feeds: Feeds, handed: Feeds, lowerFeeds: Feeds = feeds) => {
    const file = await packModel({ ...tinyInput(tiny), quantization });
    const whole = await KernelSession.create(file);
    const expected = await whole.run(feeds);
    for (const at of [1, 2]) {
      const [lower, upper] = await halves(file, at);
      expect(upper.outputNames).toEqual(whole.outputNames);
      const { last_hidden_state } = await lower.run(lowerFeeds, ["last_hidden_state"]);
      // What a longer run has left in memory must not count.
      await upper.run({ hidden_states: new Tensor("float32", new Float32Array(2 * 12 * 20).fill(50), [2, 12, 20]) });
      const outputs = await upper.run({ hidden_states: last_hidden_state!, ...handed });
      for (const name of whole.outputNames) {
        expect(outputs[name]?.dims, name).toEqual(expected[name]?.dims);
        expect(values(outputs[name]), name).toEqual(values(expected[name]));
      }
      await Promise.all([lower.release(), upper.release()]);
    }
    await whole.release();
  });
});

describe("a part of a model", () => {
  const pack = async () => packModel({ ...tinyInput(tiny), quantization: "int8" });

  test("counts its own layers, and says what it takes and gives", async () => {
    const file = await pack();
    const [lower, upper] = await halves(file, 1);
    expect([lower.inputNames, upper.inputNames]).toEqual([
      ["input_ids", "inputs_embeds", "attention_mask", "token_type_ids", "position_ids", "head_mask"],
      ["hidden_states", "attention_mask", "head_mask"],
    ]);
    expect(lower.outputNames).toEqual(["last_hidden_state"]);
    expect([lower, upper].map(({ model }) => model.header.config.num_hidden_layers)).toEqual([1, 2]);
    const whole = await KernelSession.create(file);
    const expected = await whole.run({ input_ids: int32(ids) }, ["hidden_states.1", "hidden_states.2", "attentions.1"]);
    const feed = { hidden_states: expected["hidden_states.1"]! };
    const outputs = await upper.run(feed, ["hidden_states.0", "hidden_states.1", "attentions.0"]);
    expect(values(outputs["hidden_states.0"])).toEqual(values(expected["hidden_states.1"]));
    expect(values(outputs["hidden_states.1"])).toEqual(values(expected["hidden_states.2"]));
    expect(values(outputs["attentions.0"])).toEqual(values(expected["attentions.1"]));
  });

  test("places its own tensors alone; word embeddings twice where a head is tied to them", async () => {
    const file = await pack();
    const [lower, upper] = await halves(file, 1);
    const names = ({ model }: KernelSession) => [...model.header.tensors.keys()];
    const groups = (session: KernelSession) => [
      ...new Set(
        names(session).map((name) =>
          name
            .split(".")
            .slice(0, name.startsWith("encoder") ? 3 : 2)
            .join("."),
        ),
      ),
    ];
    expect(groups(lower)).toEqual([
      "embeddings.word_embeddings",
      "embeddings.position_embeddings",
      "embeddings.token_type_embeddings",
      "embeddings.LayerNorm",
      "encoder.layer.0",
    ]);
    expect(groups(upper)).toEqual([
      "embeddings.word_embeddings",
      "encoder.layer.0",
      "encoder.layer.1",
      "pooler.dense",
      "heads.mood",
      "heads.entities",
      "heads.words",
    ]);
    const untied = await packModel({ ...tinyInput(tiny), heads: tinyInput(tiny).heads.slice(0, 2) });
    expect(groups((await halves(untied, 1))[1])[0]).toBe("encoder.layer.0");
  });

  test("is read from a stream as from a buffer", async () => {
    const file = await pack();
    const layers = [1, 3] as const;
    const whole = await KernelSession.create(file, { layers });
    const streamed = await KernelSession.create(streamOf(file, 1000), { layers });
    const feeds = { hidden_states: new Tensor("float32", Float32Array.from({ length: 80 }, Math.sin), [1, 4, 20]) };
    const [a, b] = [await whole.run(feeds), await streamed.run(feeds)];
    for (const name of whole.outputNames) expect(values(a[name])).toEqual(values(b[name]));
  });

  test.each([[[0, 0]], [[2, 1]], [[-1, 2]], [[0, 4]], [[0.5, 2]], [[0, Number.NaN]]] as const)(
    "is none: layers %j",
    async (layers) => {
      await expectError(async () => KernelSession.create(await pack(), { layers }), "invalid_input", "layers [");
    },
  );

  const floats = (...dims: number[]) => new Tensor("float32", new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
  test.each<[string, Feeds, string]>([
    [
      "ids",
      { input_ids: int32(ids) },
      "this session begins after layer 0 and takes no input_ids; inputs are hidden_states, attention_mask, head_mask",
    ],
    ["nothing", {}, "hidden_states is missing"],
    ["another width", { hidden_states: floats(1, 2, 16) }, "float32 [1, 2, 16] where float32 [batch, length, 20]"],
    ["integers", { hidden_states: int32([Array(20).fill(1)]) }, "hidden_states is int32 [1, 20]"],
    ["no rows", { hidden_states: floats(2, 20) }, "dimensions"],
    ["too many tokens", { hidden_states: floats(1, 13, 20) }, "13 tokens"],
    ["a mask of another shape", { hidden_states: floats(2, 5, 20), attention_mask: int32([[1]]) }, "attention_mask"],
  ])("refuses %s where hidden states belong", async (_, feeds, message) => {
    const [, upper] = await halves(await pack(), 1);
    await expectError(() => upper.run(feeds), "invalid_input", message);
    expect((await upper.run({ hidden_states: floats(1, 12, 20) }, ["pooler_output"])).pooler_output?.dims).toEqual([
      1, 20,
    ]);
  });

  test("of the whole takes ids and no hidden states", async () => {
    const session = await KernelSession.create(await pack(), { layers: [0, 3] });
    expect(session.outputNames).toContain("mood.logits");
    await expectError(() => session.run({ hidden_states: floats(1, 2, 20) }), "invalid_input", "hidden_states");
  });
});

test("bert-large in two sessions, each of which an isolate has room for", async () => {
  const large = { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096 };
  const ISOLATE = 112 * 2 ** 20;
  const feeds = { input_ids: int32([Array.from({ length: 128 }, (_, i) => 1000 + 50 * i)]) };
  const create = (layers: LayerRange) => KernelSession.create(randomPacked(large), { layers, maximumMemory: ISOLATE });
  const lower = await create([0, 12]);
  const { last_hidden_state } = await lower.run(feeds, ["last_hidden_state"]);
  await lower.release();
  const upper = await create([12, 24]);
  const result = await upper.run({ hidden_states: last_hidden_state! }, ["last_hidden_state"]);
  expect(values(result.last_hidden_state).every(Number.isFinite)).toBe(true);
  expect(values(result.last_hidden_state)).not.toEqual(values(last_hidden_state));
  await upper.release();
}, 20_000);

function starts(...indices: readonly number[]): Tensor {
  return new Tensor("int32", Int32Array.from(indices), [indices.length]);
}
