// /answer where there is nothing to find.
import { beforeAll, expect, test } from "vitest";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { answer } from "../../src/tasks/answer.ts";
import { parseBody, runTask } from "../../src/tasks/task.ts";
import { readFixture } from "../fixtures.ts";

let model: LoadedModel;
beforeAll(async () => {
  model = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
});

const ask = (body: object) => runTask(answer, model, parseBody(answer.body, body));
// A private-use character, which the tokenizer drops.
const empty = { question: "Who wrote it?", context: "\u{f2be8}" };
const full = { question: "Who wrote it?", context: "Mary Shelley wrote it." };

test("a context without tokens has an empty list of answers", async () => {
  expect(await ask({ inputs: empty })).toEqual([]);
  expect(await ask({ inputs: [empty, full] })).toEqual([[], expect.objectContaining({ answer: "Mary Shelley" })]);
  expect(await ask({ inputs: empty, parameters: { top_k: 3 } })).toEqual([]);
});
