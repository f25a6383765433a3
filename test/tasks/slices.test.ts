// Long lists in slices: the same answers, in order, within the budget of each slice, with turns for others between.
import { beforeAll, expect, test, vi } from "vitest";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { embed } from "../../src/tasks/embed.ts";
import { LIMITS } from "../../src/tasks/limits.ts";
import { forRequest } from "../../src/tasks/request-model.ts";
import { inSlices } from "../../src/tasks/slices.ts";
import { runTask } from "../../src/tasks/task.ts";
import { TurnQueue } from "../../src/tasks/turns.ts";
import { newUsage } from "../../src/tasks/usage.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

let model: LoadedModel;
beforeAll(async () => {
  model = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
});

/** `count` texts of `words` tokens each, [CLS] and [SEP] aside. */
const texts = (count: number, words: number) => Array.from({ length: count }, () => "a ".repeat(words));

test("the slices of a list are its texts in order, none over the tokens of a slice", async () => {
  const most = model.tokenization!.maxLength;
  const long = texts(Math.ceil((2.5 * LIMITS.slice_tokens) / most), most - 2);
  const slices: (readonly string[])[] = [];
  const answers = await inSlices(forRequest(model), long, { truncation: true }, async (_model, slice) => {
    slices.push(slice);
    return slice.map((text) => text.length);
  });
  expect(answers).toEqual(long.map((text) => text.length));
  expect(slices.flat()).toEqual(long);
  expect(slices.length).toBeGreaterThan(2);
  for (const slice of slices) expect(slice.length * most).toBeLessThanOrEqual(LIMITS.slice_tokens);
});

test("a short list is one slice, and is not tokenised to find that out", async () => {
  const request = forRequest(model);
  const encode = vi.spyOn(request.tokenization!.tokenizer, "encodeBatch");
  const slices: (readonly string[])[] = [];
  await inSlices(request, texts(8, 3), {}, async (_model, slice) => {
    slices.push(slice);
    return [];
  });
  expect(slices.map(({ length }) => length)).toEqual([8]);
  expect(encode).not.toHaveBeenCalled();
  encode.mockRestore();
});

test("vectors of many texts are those of each alone, and all their tokens and characters are counted", async () => {
  const inputs = Array.from({ length: 150 }, (_, index) => `text ${index} ${"a ".repeat(index % 20)}`);
  const usage = newUsage();
  const vectors = await runTask(embed, model, { inputs } as never, { usage });
  expect(vectors).toHaveLength(150);
  for (const index of [0, 7, 149]) {
    const [vector] = await runTask(embed, model, { inputs: inputs[index]! } as never);
    for (const [dimension, value] of vector!.entries()) expect(vectors[index]![dimension]).toBeCloseTo(value, 5);
  }
  const { encoding } = model.tokenization!.encode(inputs);
  expect([usage.tokens, usage.characters]).toEqual([encoding.input_ids.length, inputs.join("").length]);
});

test("another request has its turn between two slices", async () => {
  const turns = new TurnQueue();
  const order: string[] = [];
  const ask = async (name: string, count: number) => {
    await runTask(embed, model, { inputs: texts(count, 10) } as never, { turns });
    order.push(name);
  };
  await Promise.all([ask("long", 400), ask("short", 1)]);
  expect(order).toEqual(["short", "long"]);
});

test("too many tokens in all are refused before anything is computed", async () => {
  const most = model.tokenization!.maxLength;
  const count = Math.ceil(LIMITS.sliced_tokens / most) + 1;
  const compute = vi.fn(async () => []);
  const refusal = inSlices(forRequest(model), texts(count, most), { truncation: true }, compute);
  await expectError(() => refusal, "input_too_large", String(LIMITS.sliced_tokens));
  expect(compute).not.toHaveBeenCalled();
});

test("a text that may not be truncated is named by its place in the whole list", async () => {
  const inputs = [...texts(900, 3), "a ".repeat(model.tokenization!.maxLength)];
  const refusal = () => runTask(embed, model, { inputs, truncate: false } as never);
  await expectError(refusal, "input_too_large", "text 900");
});
