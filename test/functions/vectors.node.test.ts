// Vectors, ranks and tokens over HTTP in workerd with the default model, in the shapes of Text Embeddings Inference.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/tasks/limits.ts";
import { requestsTo } from "./requests.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

const { send, answer, refused } = requestsTo(() => worker);
type Vector = number[];
const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

describe("/embed", () => {
  const embed = (inputs: unknown, more: object = {}) => answer<Vector[]>("/embed", { inputs, ...more });

  test("every text has a vector of length 1, a single one in a list of its own", async () => {
    const both = await embed(["it rains", "the rain falls"]);
    expect(both.map((vector) => vector.length)).toEqual([384, 384]);
    for (const vector of both) expect(dot(vector, vector)).toBeCloseTo(1, 4);
    expect(dot(both[0]!, both[1]!)).toBeGreaterThan(0.6);
    expect(await embed("it rains")).toEqual([both[0]]);
  });

  test("vectors can be left as they are, cut, and pooled otherwise", async () => {
    const [raw] = (await embed("it rains", { normalize: false })) as [Vector];
    expect(dot(raw, raw)).not.toBeCloseTo(1, 1);
    const [cut] = (await embed("it rains", { dimensions: 8 })) as [Vector];
    expect(cut).toHaveLength(8);
    expect(dot(cut, cut)).toBeCloseTo(1, 4);
    const pooled = await Promise.all(["mean", "cls", "max"].map((pooling) => embed("it rains", { pooling })));
    expect(new Set(pooled.map(([vector]) => vector![0])).size).toBe(3);
  });

  test("token ids stand for the text that they came from", async () => {
    const [[it], tokens] = await Promise.all([
      embed("it rains"),
      answer<{ id: number }[][]>("/tokenize", { inputs: "it rains" }),
    ]);
    const ids = tokens[0]!.map(({ id }) => id);
    expect(await embed(ids)).toEqual([it]);
    expect(await embed([ids, ids.slice(1, -1)])).toEqual([it, it]);
  });

  test("a text that is too long is cut, or refused", async () => {
    const long = "wonderful ".repeat(1000);
    expect(await embed(long, { truncate: null })).toHaveLength(1);
    await refused("/embed", { inputs: long, truncate: false }, 413, "input_too_large", "1002");
  });

  test("what makes no sense is refused", async () => {
    await refused("/embed", { inputs: "" }, 400, "empty_input");
    await refused("/embed", { inputs: [] }, 400, "empty_input");
    await refused("/embed", { inputs: [[]] }, 400, "empty_input");
    await refused("/embed", { inputs: [30_522] }, 422, "invalid_input", "30522");
    await refused("/embed", { inputs: [-1] }, 422, "invalid_input");
    await refused("/embed", { inputs: ["a", 1] }, 422, "invalid_input");
    await refused("/embed", { inputs: "a", dimensions: 385 }, 422, "invalid_input", "384");
    const middle = { inputs: "a", truncation_direction: "middle" };
    await refused("/embed", middle, 422, "invalid_input", "truncation_direction");
    const prompted = { inputs: "a", prompt_name: "query" };
    for (const path of ["/embed", "/embed_all", "/tokenize"])
      await refused(path, prompted, 422, "invalid_input", "prompt_name: the model has no prompt query; it has none");
    await refused("/embed", { inputs: "a", parameters: {} }, 422, "invalid_input", "parameters");
    await refused("/embed", { inputs: Array(2049).fill("a") }, 413, "input_too_large", "2048");
    await refused("/embed", { inputs: Array(200).fill("a ".repeat(600)) }, 413, "input_too_large", "tokens");
  });
});

describe("/embed_all", () => {
  test("every token has a vector", async () => {
    const [one, two] = await answer<Vector[][]>("/embed_all", { inputs: ["it rains", "rain"] });
    expect([one!.length, two!.length]).toEqual([4, 3]);
    expect(one![0]).toHaveLength(384);
  });

  test("an answer that would be too large is refused", async () => {
    const tokens = Math.floor(LIMITS.answer_numbers / 384);
    await refused("/embed_all", { inputs: Array(6).fill("a ".repeat(510)) }, 413, "input_too_large", String(tokens));
  });
});

describe("/rerank", () => {
  const query = "who wrote it?";
  const texts = ["It rained.", "Mary wrote it.", "Bananas are yellow."];
  const rerank = (more: object = {}) =>
    answer<{ index: number; score: number }[]>("/rerank", { query, texts, ...more });

  test("texts come best first, without themselves unless asked for", async () => {
    const ranked = await rerank();
    expect(ranked[0]).toEqual({ index: 1, score: expect.closeTo(0.9, 0) });
    expect(ranked.map(({ index }) => index).toSorted()).toEqual([0, 1, 2]);
    expect(await rerank({ return_text: true, top_k: 1 })).toEqual([{ ...ranked[0], text: "Mary wrote it." }]);
    const [raw] = await rerank({ raw_scores: true });
    expect(1 / (1 + Math.exp(-raw!.score))).toBeCloseTo(ranked[0]!.score, 4);
  });

  test("what makes no sense is refused", async () => {
    await refused("/rerank", { query, texts: [] }, 400, "empty_input");
    await refused("/rerank", { query: "", texts }, 400, "empty_input");
    await refused("/rerank", { texts }, 422, "invalid_input", "query");
    await refused("/rerank", { query, texts, head: "emotion" }, 422, "unsupported", "27");
    await refused("/rerank", { query, texts: Array(1001).fill("a") }, 413, "input_too_large");
  });
});

describe("/similarity", () => {
  const inputs = { source_sentence: "it rains", sentences: ["the rain falls", "bananas are yellow"] };

  test("every sentence has a cosine", async () => {
    const [near, far] = (await answer("/similarity", { inputs })) as [number, number];
    expect(near).toBeGreaterThan(0.6);
    expect(far).toBeLessThan(0.3);
    expect(await answer("/similarity", { inputs, parameters: { truncate: true, prompt_name: null } })).toEqual([
      near,
      far,
    ]);
  });

  test("what makes no sense is refused", async () => {
    await refused("/similarity", { inputs: { ...inputs, sentences: [] } }, 422, "invalid_input", "sentences");
    await refused("/similarity", { inputs: { ...inputs, source_sentence: " " } }, 400, "empty_input");
    await refused("/similarity", { inputs: { ...inputs, sentences: Array(128).fill("a") } }, 413, "input_too_large");
  });
});

describe("a text that is too long", () => {
  const beginning = "bananas are yellow and grow in warm places. ".repeat(80);
  // As many tokens as the model reads, [CLS] and [SEP] aside.
  const end = "a dreadful waste of time! ".repeat(85);
  const long = `${beginning}${end}`;

  test("is cut on the right unless the request says left, in either spelling", async () => {
    const embed = (inputs: string, direction?: string | null) =>
      answer<[Vector]>("/embed", { inputs, truncation_direction: direction });
    const [right, left] = [await embed(beginning), await embed(end)];
    for (const direction of [undefined, null, "right", "Right"]) expect(await embed(long, direction)).toEqual(right);
    for (const direction of ["left", "Left"]) expect(await embed(long, direction)).toEqual(left);
    expect(left).not.toEqual(right);
  });

  test("is cut on the left by all routes of TEI", async () => {
    const left = { truncation_direction: "left" };
    expect(await answer("/embed_all", { inputs: long, ...left })).toEqual(await answer("/embed_all", { inputs: end }));
    expect(await answer("/predict", { inputs: long, ...left })).toEqual(await answer("/predict", { inputs: end }));
    expect(await answer("/predict", { inputs: long })).not.toEqual(await answer("/predict", { inputs: end }));
    const compare = (sentence: string, parameters: object) =>
      answer("/similarity", { inputs: { source_sentence: "what a mess", sentences: [sentence] }, parameters });
    expect(await compare(long, left)).toEqual(await compare(end, {}));
    const rank = (text: string, more: object) => answer("/rerank", { query: "time", texts: [text], ...more });
    expect(await rank(long, left)).toEqual(await rank(end, left));
    expect(await rank(long, left)).not.toEqual(await rank(long, {}));
  });

  test("is refused where it may not be cut, on either side", async () => {
    const whole = { inputs: long, truncate: false, truncation_direction: "Left" };
    await refused("/embed", whole, 413, "input_too_large", "tokens");
  });
});

describe("/tokenize and /decode", () => {
  test("tokens come with their places, and ids give the text again", async () => {
    const inputs = "Tokenizing 😀 naïve";
    const [tokens] = await answer<{ id: number; text: string; start: number; stop: number }[][]>("/tokenize", {
      inputs,
    });
    expect(tokens![0]).toEqual({ id: 101, text: "[CLS]", token: "[CLS]", special: true, start: null, stop: null });
    expect(tokens![2]).toEqual({ id: 6026, text: "izing", token: "##izing", special: false, start: 5, stop: 10 });
    expect(tokens!.slice(1, -1).map(({ start, stop }) => inputs.slice(start, stop))).toEqual([
      "Token",
      "izing",
      "😀",
      "naïve",
    ]);
    const ids = tokens!.map(({ id }) => id);
    expect(await answer("/decode", { ids })).toEqual(["tokenizing naive"]);
    expect(await answer("/decode", { ids: [ids, [7592]], skip_special_tokens: false })).toEqual([
      "[CLS] tokenizing [UNK] naive [SEP]",
      "hello",
    ]);
  });

  test("special tokens can be left out, and offsets count code points", async () => {
    const body = { inputs: ["😀 a", "b"], add_special_tokens: false, offset_unit: "codepoint" };
    const [first, second] = await answer<{ text: string; start: number; stop: number }[][]>("/tokenize", body);
    expect(first).toMatchObject([
      { text: "😀", start: 0, stop: 1 },
      { text: "a", start: 2, stop: 3 },
    ]);
    expect(second).toHaveLength(1);
  });

  test("what makes no sense is refused", async () => {
    await refused("/tokenize", { inputs: " " }, 400, "empty_input");
    await refused("/tokenize", { inputs: "a ".repeat(LIMITS.batch_tokens) }, 413, "input_too_large", "tokens");
    await refused("/decode", { ids: [30_522] }, 422, "invalid_input", "30522");
    await refused("/decode", { ids: [1.5] }, 422, "invalid_input");
    await refused("/decode", {}, 422, "invalid_input", "ids");
  });
});

describe("/predict", () => {
  const predict = (inputs: unknown, more: object = {}) => answer("/predict", { inputs, ...more });

  test("a text has every label, best first; a batch a list each", async () => {
    const labels = [
      { label: "POSITIVE", score: expect.closeTo(0.985, 2) },
      { label: "NEGATIVE", score: expect.closeTo(0.015, 2) },
    ];
    expect(await predict("a delight")).toEqual(labels);
    expect(await predict(["a delight"])).toEqual(labels);
    expect(await predict([["a delight"], ["a delight"]])).toEqual([labels, labels]);
  });

  test("two strings are one pair", async () => {
    const [question, passage] = ["when was it built?", "It was built in 1894."];
    const pair = await predict([question, passage], { head: "rerank" });
    expect(pair).toEqual([{ label: expect.any(String), score: expect.any(Number) }]);
    expect(await predict([[question, passage], [question]], { head: "rerank" })).toEqual([pair, expect.any(Array)]);
    expect(pair).toEqual(
      await answer("/classify", { inputs: { text: question, text_pair: passage }, parameters: { head: "rerank" } }),
    );
  });

  test("scores can be left raw", async () => {
    const [best] = (await predict("a delight", { raw_scores: true })) as [{ score: number }];
    expect(best.score).toBeGreaterThan(1);
  });

  test("what makes no sense is refused", async () => {
    await refused("/predict", { inputs: ["a", "b", "c"] }, 422, "invalid_input", "pair");
    await refused("/predict", { inputs: [["a", "b", "c"]] }, 422, "invalid_input");
    await refused("/predict", { inputs: [] }, 400, "empty_input");
    await refused("/predict", { inputs: ["a", ""] }, 400, "empty_input");
    await refused("/predict", { inputs: "a", head: "slots" }, 404, "not_found");
  });
});

describe("what TEI says of itself", () => {
  test("/info has TEI's names", async () => {
    expect(await (await send("/info")).json()).toMatchObject({
      model_id: "minilm-l6-heads",
      model_sha: expect.stringMatching(/^[0-9a-f]{64}$/),
      max_input_length: 512,
      max_client_batch_size: LIMITS.texts,
      max_batch_tokens: LIMITS.batch_tokens,
      auto_truncate: true,
    });
  });

  test("/health is well", async () => {
    expect((await send("/health")).status).toBe(200);
  });

  test("/metrics counts requests, answers, tokens and memory", async () => {
    const value = async (name: string) => {
      const text = await (await send("/metrics")).text();
      return Number(
        text
          .replace(/,?isolate="[^"]+"/g, "")
          .replaceAll("{}", "")
          .split("\n")
          .find((line) => line.startsWith(`bertlet_${name} `))
          ?.split(" ")[1] ?? 0,
      );
    };
    const route = 'requests_total{route="/embed",method="POST",status="200"}';
    const [requests, tokens, hits] = [
      await value(route),
      await value("tokens_total"),
      await value('answers_total{cache="hit"}'),
    ];
    const inputs = `count me ${crypto.randomUUID()}`;
    await answer("/embed", { inputs });
    await answer("/embed", { inputs });
    const [row] = await answer<unknown[][]>("/tokenize", { inputs });
    expect((await value(route)) - requests).toBe(2);
    expect((await value("tokens_total")) - tokens).toBe(row!.length);
    expect((await value('answers_total{cache="hit"}')) - hits).toBe(1);
    expect(await value("memory_bytes")).toBeGreaterThan(20e6);
    expect(await value("memory_limit_bytes")).toBeGreaterThanOrEqual(await value("memory_bytes"));
  });
});

test.each(["/embed_all", "/rerank", "/similarity", "/decode"])(
  "%s takes no other method than its own",
  async (path) => {
    const response = await send(path, { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, expect.stringContaining("POST")]);
  },
);
