// /generate with a model that has a causal head: the reference's tiny decoder, with a vocabulary of made-up words.
import { expect, test, vi } from "vitest";
import { loadPretrained } from "../../src/heads/pretrained.ts";
import type { ModelLoader } from "../../src/http/model-loader.ts";
import { loadOnce } from "../../src/http/model-loader.ts";
import { serve } from "../../src/http/serve.ts";
import { readGolden } from "../goldens.ts";

vi.mock("../../functions/default-model.ts", () => ({ defaultModel: () => Promise.reject(new Error("not here")) }));

const decoder: ModelLoader = loadOnce(async () => {
  const { files } = await readGolden("torch/causal-lm");
  const { vocab_size } = JSON.parse(new TextDecoder().decode(files["config.json"])) as { vocab_size: number };
  const words = Array.from({ length: vocab_size - 5 }, (_, index) => `w${index}`);
  const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words].join("\n");
  return loadPretrained({ ...files, "vocab.txt": new TextEncoder().encode(vocabulary) });
});

const { generate } = await import("../../functions/generate.ts");
const app = serve(decoder, generate);
const ask = async (body: object) => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await app.request("/generate", init);
  return { status: response.status, answer: (await response.json()) as unknown };
};
type Generated = [{ generated_text: string }];

test("texts are continued, the same way each time", async () => {
  const parameters = { max_new_tokens: 3 };
  const { status, answer } = await ask({ inputs: "w1 w2", parameters });
  expect(status).toBe(200);
  expect((answer as Generated)[0].generated_text).toMatch(/^w1 w2( w\d+){1,3}$/);
  expect((await ask({ inputs: ["w1 w2", "w3"], parameters })).answer).toEqual([answer, expect.any(Array)]);
});

test("parameters reach the generator", async () => {
  const drawn = async (seed: number) =>
    (await ask({ inputs: "w1", parameters: { do_sample: true, temperature: 5, top_k: 0, top_p: 0.99, seed } })).answer;
  expect(await drawn(1)).not.toEqual(await drawn(2));
  expect(await drawn(1)).toEqual(await drawn(1));
  expect(
    (await ask({ inputs: "w1", parameters: { num_beams: 2, length_penalty: 2, early_stopping: true } })).status,
  ).toBe(200);
});

test("what makes no sense is refused", async () => {
  for (const parameters of [
    { max_new_tokens: 257 },
    { num_beams: 9 },
    { temperature: 0 },
    { top_p: 2 },
    { num_beams: 2, do_sample: true },
  ])
    expect(await ask({ inputs: "w1", parameters })).toMatchObject({
      status: 422,
      answer: { error_type: "invalid_input" },
    });
});
