// Every text of a request is tokenised once, whatever the task does with it.
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { TASKS } from "../../src/tasks/index.ts";
import { parseBody, runTask, type Task } from "../../src/tasks/task.ts";
import { WordPiece } from "../../src/tokenizer/scanners/wordpiece.ts";
import { readFixture } from "../fixtures.ts";

let model: LoadedModel;
beforeAll(async () => {
  model = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const PAIR = { text: "She opened the [MASK].", text_pair: "Nobody was there." };
// Bodies of every task whose texts all differ.
const BODIES: Readonly<Record<string, object>> = {
  classify: { inputs: ["a delight", "a mess"] },
  entities: { inputs: ["Marie left Warsaw"] },
  answer: { inputs: [{ question: "Where does she live?", context: "She lives in Berlin. ".repeat(200) }] },
  "fill-mask": { inputs: ["He went to the [MASK].", "The [MASK] is [MASK]."] },
  "next-sentence": { inputs: PAIR },
  choose: { inputs: { prompt: "Which city?", choices: ["Cologne", "1945"] } },
  pretraining: { inputs: PAIR },
  "zero-shot": { inputs: "The striker scored.", parameters: { candidate_labels: ["sport", "cooking"] } },
  understand: { inputs: ["play some jazz", "book a table"], parameters: { parts: ["intent", "slots", "vector"] } },
  embed: { inputs: ["one sentence", "two sentences"] },
  embed_all: { inputs: ["one sentence"] },
  rerank: { query: "who wrote it?", texts: ["Mary wrote it.", "It rained."] },
  similarity: { inputs: { source_sentence: "It rains.", sentences: ["It pours.", "The sun shines."] } },
  tokenize: { inputs: ["one sentence", "two sentences"] },
  attention: { inputs: "one sentence" },
};

test.each(TASKS.filter(({ name }) => BODIES[name]).map((task): [string, Task] => [task.name, task]))(
  "%s scans each of its texts once",
  async (name, task) => {
    const scan = vi.spyOn(WordPiece.prototype, "scan");
    await runTask(task, model, parseBody(task.body, BODIES[name]));
    const texts = scan.mock.calls.map(([text, from, to]) => JSON.stringify([text, from, to]));
    expect(texts.length).toBeGreaterThan(0);
    expect(texts).toEqual([...new Set(texts)]);
  },
);

test("every task that reads texts is here", () => {
  // /decode takes ids; /generate needs a decoder and is tested in test/functions/generate.node.test.ts.
  const others = TASKS.map(({ name }) => name).filter((name) => !BODIES[name]);
  expect(others).toEqual(["generate", "decode"]);
});
