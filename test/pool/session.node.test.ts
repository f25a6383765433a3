// A pool of threads beside one session on the same file: the same outputs to the last bit, and the same errors.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerHeads } from "../../src/heads/run.ts";
import { packModel } from "../../src/model-file/pack.ts";
import { type LoadedModel, loadPacked } from "../../src/models/loaded-model.ts";
import { loadPool, type PooledModel } from "../../src/pool/index.ts";
import { Tensor } from "../../src/tensor.ts";
import { KeyValues } from "../../src/wasm/key-values.ts";
import type { Feeds, Fetches } from "../../src/wasm/session.ts";
import { tinyInput } from "../builders.ts";

const WORDS = "the quick brown fox jumps over a lazy dog while nobody looks and it rains in Berlin".split(" ");
/** 32 texts of 1 to about 100 words. */
const TEXTS = Array.from({ length: 32 }, (_, index) =>
  Array.from({ length: 1 + ((index * 29) % 101) }, (_, word) => WORDS[(word * 7 + index) % WORDS.length]).join(" "),
);

let one: LoadedModel;
let pool: PooledModel;
beforeAll(async () => {
  const file = await readFile("models/minilm-l6-heads/model.safetensors");
  [one, pool] = await Promise.all([loadPacked(file), loadPool(file, { threads: 2 })]);
});
afterAll(async () => {
  await Promise.all([one.session.release(), pool.session.release()]);
});

const bitsOf = ({ data }: Tensor) => new Int32Array((data as Float32Array).slice().buffer);

async function expectSame(feeds: Feeds, fetches?: Fetches): Promise<void> {
  const [expected, outputs] = await Promise.all([one.session.run(feeds, fetches), pool.session.run(feeds, fetches)]);
  expect(Object.keys(outputs)).toEqual(Object.keys(expected));
  for (const [name, tensor] of Object.entries(expected)) {
    expect([name, outputs[name]!.dims]).toEqual([name, tensor.dims]);
    expect(Buffer.compare(Buffer.from(bitsOf(tensor).buffer), Buffer.from(bitsOf(outputs[name]!).buffer))).toBe(0);
    expect((tensor.data as Float32Array).some((value) => value !== 0)).toBe(true);
  }
}

/** [8, 100] with masks of different lengths, the last padded on the left. */
function paddedFeeds(): Record<string, Tensor> {
  const [N, S] = [8, 100];
  const ids = Int32Array.from({ length: N * S }, (_, index) => 1000 + ((index * 7919) % 20_000));
  const mask = Int32Array.from({ length: N * S }, (_, index) => {
    const [row, column] = [Math.floor(index / S), index % S];
    return Number(row === N - 1 ? column >= 40 : column < 20 + 10 * row);
  });
  return { input_ids: new Tensor("int32", ids, [N, S]), attention_mask: new Tensor("int32", mask, [N, S]) };
}

test("the pool has the names of one session", () => {
  expect(pool.session.outputNames).toEqual(one.session.outputNames);
  expect(pool.session.inputNames).toEqual(one.session.inputNames);
  expect(pool.digest).toBe(one.digest);
  expect(pool.longestRow).toBe(one.longestRow);
  expect(pool.session.threadIds).toHaveLength(2);
});

describe("the outputs are those of one session to the last bit", () => {
  test("of ragged feeds, every output of every head", async () => {
    const { feeds } = pool.tokenization!.encode(TEXTS);
    await expectSame(feeds);
    await expectSame(feeds, ["hidden_states.3", "pooled.mean", "pooled.max", "sentence_embedding"]);
  });

  test("of padded feeds, attentions and masked first tokens among them", async () => {
    await expectSame(paddedFeeds(), ["last_hidden_state", "attentions.5", "pooled.cls", "entities.logits"]);
  });

  test("of tokens that were asked for, in any order, some rows without one", async () => {
    const { feeds } = pool.tokenization!.encode(TEXTS);
    const starts = feeds.row_starts!.data as Int32Array;
    const wanted = Int32Array.from([starts[30]! + 1, starts[2]!, starts[31]! - 1, starts[1]! + 2]);
    const output_tokens = new Tensor("int32", wanted, [4]);
    await expectSame({ ...feeds, output_tokens }, ["last_hidden_state", "sentence_embedding"]);
    await expectSame({ ...paddedFeeds(), output_tokens: new Tensor("int64", BigInt64Array.of(745n, 3n, 201n), [3]) }, [
      "hidden_states.6",
      "pooled.mean",
    ]);
  });

  test("of word vectors, token types, positions, a mask by query and a head mask", async () => {
    const { input_ids, attention_mask } = paddedFeeds();
    const token_type_ids = new Tensor(
      "int32",
      (attention_mask!.data as Int32Array).map((_, i) => i % 2),
      [8, 100],
    );
    const position_ids = new Tensor(
      "int32",
      Int32Array.from({ length: 800 }, (_, i) => (i * 3) % 512),
      [8, 100],
    );
    const head_mask = new Tensor(
      "float32",
      Float32Array.from({ length: 12 }, (_, head) => head % 2),
      [12],
    );
    const fetches = ["last_hidden_state", "sentiment.logits"];
    await expectSame({ input_ids: input_ids!, token_type_ids, position_ids, head_mask }, fetches);
    const values = Float32Array.from({ length: 800 * 384 }, (_, i) => Math.sin(i));
    const byQuery = Int32Array.from({ length: 8 * 100 * 100 }, (_, i) => Number(i % 100 <= Math.floor(i / 100) % 100));
    await expectSame(
      {
        inputs_embeds: new Tensor("float32", values, [8, 100, 384]),
        attention_mask: new Tensor("int32", byQuery, [8, 100, 100]),
      },
      fetches,
    );
  });

  test("of heads, several runs at once", async () => {
    const heads = ["intent", "slots", "entities", "sentiment"];
    const expected = await answerHeads(one, TEXTS, heads);
    const answers = await Promise.all(Array.from({ length: 5 }, () => answerHeads(pool, TEXTS, heads)));
    for (const answer of answers) expect(answer).toEqual(expected);
  });

  test("of other models and one thread", async () => {
    const file = await packModel(tinyInput());
    const tiny = await loadPacked(file);
    await using session = (await loadPool(file, { threads: 1 })).session;
    const input_ids = new Tensor(
      "int32",
      Int32Array.from({ length: 200 * 12 }, (_, i) => i % 20),
      [200, 12],
    );
    const expected = await tiny.session.run({ input_ids });
    expect(await session.run({ input_ids })).toEqual(expected);
  });
});

test("the caller is asked between two parts, and what it throws stops the run", async () => {
  const { feeds } = pool.tokenization!.encode(TEXTS);
  let asked = 0;
  const fetches = ["sentence_embedding"];
  await pool.session.run(feeds, fetches, { between: async () => void asked++ });
  expect(asked).toBeGreaterThan(0);
  const between = () => Promise.reject(new Error("enough"));
  await expect(pool.session.run(feeds, fetches, { between })).rejects.toThrow("enough");
  await expectSame(feeds, fetches);
});

describe("errors are those of one session", () => {
  const wrongId = () => {
    const feeds = paddedFeeds();
    (feeds.input_ids!.data as Int32Array)[7 * 100 + 50] = 99_999;
    return feeds;
  };
  test.each<[string, () => Feeds, string[]]>([
    ["a token that is not in the vocabulary, named by its row of the batch", wrongId, ["last_hidden_state"]],
    ["an output that the model does not have", paddedFeeds, ["mood.logits"]],
    ["an input that there is not", () => ({ ...paddedFeeds(), words: paddedFeeds().input_ids! }), ["pooled.cls"]],
    ["no input", () => ({}), ["pooled.cls"]],
    ["attentions of several ragged rows", () => pool.tokenization!.encode(["a", "b"]).feeds, ["attentions.0"]],
  ])("%s", async (_name, feeds, fetches) => {
    const error = await one.session.run(feeds(), fetches).catch((error) => error);
    expect(error.type).toBe("invalid_input");
    await expect(pool.session.run(feeds(), fetches)).rejects.toMatchObject({
      name: "BertletError",
      type: error.type,
      message: error.message,
    });
  });

  test("what only a thread finds out: a run that does not fit its memory", async () => {
    const file = await readFile("models/minilm-l6-heads/model.safetensors");
    await using session = (await loadPool(file, { threads: 2, maximumMemory: 30e6 })).session;
    const large = { input_ids: new Tensor("int32", new Int32Array(64 * 512).fill(2000), [64, 512]) };
    await expect(session.run(large, ["last_hidden_state"])).rejects.toMatchObject({ type: "input_too_large" });
    const { feeds } = pool.tokenization!.encode(["a"]);
    expect(Object.keys(await session.run(feeds, ["sentiment.logits"]))).toEqual(["sentiment.logits"]);
  });

  test("keys and values are not taken", async () => {
    const { feeds } = pool.tokenization!.encode(["a"]);
    const run = pool.session.run(feeds, [], { keyValues: [new KeyValues()] });
    await expect(run).rejects.toMatchObject({ type: "unsupported" });
    expect(pool.session).not.toHaveProperty("keyValuesOf");
  });
});
