// POST /classify over HTTP, in workerd, with the default model: behind the gateway and deployed alone.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readShared } from "../shared.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

interface Label {
  label: string;
  score: number;
}

/** The sentiment head's, by which logits are divided. */
const TEMPERATURE = 1.437;

describe.each([
  { where: "behind the gateway", env: undefined },
  { where: "deployed alone", env: "classify" },
])("$where", ({ env }) => {
  let worker: RunningWorker;
  beforeAll(async () => {
    worker = await startWorker(env);
  }, 60_000);
  afterAll(() => worker.close());

  const send = (body: string, headers: Record<string, string> = { "content-type": "application/json" }) =>
    fetch(new URL("/classify", worker.url), { method: "POST", headers, body });
  const classify = async (inputs: unknown, parameters?: unknown) => {
    const response = await send(JSON.stringify({ inputs, parameters }));
    expect(response.status, await response.clone().text()).toBe(200);
    return (await response.json()) as unknown;
  };

  test("requests that come first and at once are all answered", async () => {
    const answers = await Promise.all(["good", "bad", "fine"].map((text) => classify(`a ${text} film`)));
    expect(answers).toHaveLength(3);
  });

  test("a text gets its best label", async () => {
    expect(await classify("a delight from start to finish")).toEqual([
      { label: "POSITIVE", score: expect.closeTo(0.986, 2) },
    ]);
  });

  test("several texts and pairs get a list each", async () => {
    const texts = (await classify(["a delight", "a bore"])) as Label[][];
    expect(texts.map(([best]) => best?.label)).toEqual(["POSITIVE", "NEGATIVE"]);
    const question = "when was the bridge built?";
    const pairs = [
      [question, "The bridge was built in 1894."],
      [question, "Bananas are rich in potassium."],
    ];
    const [[right], [wrong]] = (await classify(pairs, { head: "rerank" })) as [[Label], [Label]];
    expect(right.score).toBeGreaterThan(wrong.score);
  });

  test("parameters choose head, labels and scores", async () => {
    const all = (await classify("thank you so much", { head: "emotion", top_k: null })) as Label[];
    expect(all).toHaveLength(27);
    expect(all[0]).toMatchObject({ label: "gratitude" });
    expect(all.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 4);
    expect(all).toEqual(all.toSorted((a, b) => b.score - a.score));
    expect(await classify("what is my balance", { head: "intent", top_k: 3 })).toHaveLength(3);
    const [raw] = (await classify("a delight", { function_to_apply: "none" })) as [Label];
    expect(raw.score).toBeGreaterThan(1);
    const [independent] = (await classify("a delight", { function_to_apply: "sigmoid" })) as [Label];
    expect(independent.score).toBeCloseTo(1 / (1 + Math.exp(-raw.score / TEMPERATURE)), 5);
  });

  test("a text that is too long is cut, or refused when it must not be", async () => {
    const long = "wonderful ".repeat(1000);
    expect(await classify(long)).toMatchObject([{ label: "POSITIVE" }]);
    const response = await send(JSON.stringify({ inputs: long, parameters: { truncation: false } }));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      error_type: "input_too_large",
      error: expect.stringContaining("1002"),
    });
  });

  test("the same request again is a HIT", async () => {
    const body = JSON.stringify({ inputs: `once and again ${crypto.randomUUID()}` });
    const first = await send(body);
    const second = await send(body);
    expect([first.headers.get("x-cache"), second.headers.get("x-cache")]).toEqual(["MISS", "HIT"]);
    expect(await second.text()).toBe(await first.text());
    expect(second.headers.get("content-type")).toBe("application/json");
  });

  test.each<[string, string, number, string]>([
    ["not JSON", "{", 400, "invalid_json"],
    ["an empty text", '{"inputs":""}', 400, "empty_input"],
    ["no inputs", "{}", 422, "invalid_input"],
    ["a lone surrogate", '{"inputs":"\\udc00"}', 422, "invalid_input"],
    ["an unknown head", '{"inputs":"x","parameters":{"head":"none"}}', 404, "not_found"],
    ["a head of another task", '{"inputs":"x","parameters":{"head":"slots"}}', 404, "not_found"],
    ["an unknown parameter", '{"inputs":"x","parameters":{"topk":1}}', 422, "invalid_input"],
    ["top_k of nothing", '{"inputs":"x","parameters":{"top_k":0}}', 422, "invalid_input"],
    ["an unknown score function", '{"inputs":"x","parameters":{"function_to_apply":"tanh"}}', 422, "invalid_input"],
    ["too many texts", JSON.stringify({ inputs: Array(129).fill("x") }), 413, "input_too_large"],
    ["too many tokens", JSON.stringify({ inputs: Array(64).fill("a ".repeat(600)) }), 413, "input_too_large"],
  ])("%s is refused, and the next request works", async (_what, body, status, error_type) => {
    const response = await send(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/\w/), error_type });
    expect(await classify("still a delight")).toMatchObject([{ label: "POSITIVE" }]);
  });

  test("/info names the model and its heads", async () => {
    const info = (await (await fetch(new URL("/info", worker.url))).json()) as { heads: { name: string }[] };
    expect(info).toMatchObject({ model: { name: "minilm-l6-heads", license: "Apache-2.0", quantization: "int8" } });
    expect(info.heads.map(({ name }) => name)).toContain("sentiment");
  });

  test("SST-2 dev through HTTP gives the model card's accuracy within half a point", async ({ skip }) => {
    const file = await readShared("data/sst2_glue/glue_dev.tsv.gz");
    if (!file) return skip("../shared is not here: SST-2 may not be redistributed");
    const rows = file
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t") as [string, string]);
    let right = 0;
    for (let start = 0; start < rows.length; start += 64) {
      const batch = rows.slice(start, start + 64);
      const answers = (await classify(batch.map(([text]) => text))) as Label[][];
      right += batch.filter(([, gold], row) => (answers[row]![0]!.label === "POSITIVE") === (gold === "1")).length;
    }
    expect(rows).toHaveLength(872);
    expect(Math.abs(right / rows.length - 0.8876)).toBeLessThan(0.005);
  }, 120_000);
});
