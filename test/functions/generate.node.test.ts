// /generate with a model that has a causal head: the reference's tiny decoder, with a vocabulary of made-up words.
import { expect, test, vi } from "vitest";
import { keptTokens } from "../../src/heads/generation/continuation.ts";
import { createApp } from "../../src/http/app.ts";
import { loadOnce } from "../../src/http/models/load-once.ts";
import { generate } from "../../src/tasks/generate.ts";
import { LIMITS } from "../../src/tasks/limits.ts";
import { WordPiece } from "../../src/tokenizer/scanners/wordpiece.ts";
import { loadTinyDecoder } from "../tiny-decoder.ts";

const decoder = loadOnce(() => loadTinyDecoder());

const app = createApp({ model: decoder, tasks: [generate] });
const ask = async (body: object, to = app) => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await to.request("/generate", init);
  return { status: response.status, answer: (await response.json()) as unknown };
};
type Generated = [{ generated_text: string }];

/** What a row of 32 tokens costs that is not kept: each of 30 new tokens reads the 32 before it again, and those that are new. */
const PRICE = 30 * 32 + (30 * 29) / 2;

/** How many rows of 32 tokens and 30 new ones are kept. At their price, they are too many. */
async function mostRows(): Promise<number> {
  const rows = Math.floor(keptTokens(await decoder()) / (32 + 30));
  expect(rows * PRICE).toBeGreaterThan(LIMITS.sliced_tokens);
  return rows;
}

test("texts are continued, the same way each time", async () => {
  const parameters = { max_new_tokens: 3 };
  const { status, answer } = await ask({ inputs: "w1 w2", parameters });
  expect(status).toBe(200);
  expect((answer as Generated)[0].generated_text).toMatch(/^w1 w2( w\d+){1,3}$/);
  expect((await ask({ inputs: ["w1 w2", "w3"], parameters })).answer).toEqual([answer, expect.any(Array)]);
});

test("a prompt is tokenised once", async () => {
  const scan = vi.spyOn(WordPiece.prototype, "scan");
  await ask({ inputs: ["w1 w2", "w3"], parameters: { max_new_tokens: 2 } });
  expect(scan.mock.calls.map(([text]) => text)).toEqual(["w1 w2", "w3"]);
  scan.mockRestore();
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
    { temperature: 1e-320 },
    { num_beams: 2, length_penalty: 1e300 },
    { num_beams: 2, do_sample: true },
  ])
    expect(await ask({ inputs: "w1", parameters })).toMatchObject({
      status: 422,
      answer: { error_type: "invalid_input" },
    });
});

test("prompts that are too long are refused before anything is computed", async () => {
  const run = vi.spyOn((await decoder()).session, "run");
  const words = (count: number) => "w1 ".repeat(count);
  const refused = async (body: object, part: string) =>
    expect(await ask(body)).toEqual({
      status: 413,
      answer: { error: expect.stringContaining(part), error_type: "input_too_large" },
    });
  const { max_position_embeddings: most } = (await decoder()).config;
  await refused({ inputs: words(most) }, `text 0 has ${most + 1} tokens, the model takes ${most}`);
  await refused({ inputs: ["w1", words(most)] }, "text 1 has");
  const parameters = { max_new_tokens: 30 };
  const texts = (count: number) => Array<string>(count).fill(words(31));
  const most8 = Math.ceil(((await mostRows()) + 1) / 8);
  await refused({ inputs: texts(most8), parameters: { ...parameters, num_beams: 8 } }, `${most8 * 8 * PRICE} tokens`);
  expect(run).not.toHaveBeenCalled();
  expect(await ask({ inputs: texts(4), parameters })).toMatchObject({ status: 200 });
});

test("numbers that JSON has and nobody means are refused, and share no kept answer", async () => {
  for (const number of ["1e999", "-1e999"]) {
    const body = `{"inputs":"w1","parameters":{"num_beams":2,"length_penalty":${number}}}`;
    const init = { method: "POST", body, headers: { "content-type": "application/json" } };
    expect((await app.request("/generate", init)).status).toBe(422);
  }
});

test("a model whose settings ask for several sequences returns them with their texts, and at their price", async () => {
  const settings = { num_beams: 3, num_return_sequences: 2 };
  const several = createApp({ model: loadOnce(() => loadTinyDecoder(settings)), tasks: [generate] });
  const parameters = { max_new_tokens: 3 };
  const { answer } = await ask({ inputs: ["w1 w2", "w3"], parameters }, several);
  const [first, second] = answer as [Generated, Generated];
  for (const [texts, prompt] of [
    [first, "w1 w2"],
    [second, "w3"],
  ] as const) {
    expect(texts).toHaveLength(2);
    for (const { generated_text } of texts) expect(generated_text.startsWith(`${prompt} `)).toBe(true);
  }
  expect((await ask({ inputs: "w1 w2", parameters }, several)).answer).toEqual(first);
  const eight = createApp({ model: loadOnce(() => loadTinyDecoder({ ...settings, num_beams: 8 })), tasks: [generate] });
  const most8 = Math.ceil(((await mostRows()) + 1) / 8);
  const inputs = Array<string>(most8).fill("w1 ".repeat(31));
  expect(await ask({ inputs, parameters: { max_new_tokens: 30 } }, eight)).toMatchObject({
    status: 413,
    answer: { error: expect.stringContaining(`${8 * most8 * PRICE} tokens`) },
  });
});
