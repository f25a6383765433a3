// Prompts of a model, by name, in every task that takes prompt_name.
import { beforeAll, expect, test } from "vitest";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { embed, embedAll } from "../../src/tasks/embed.ts";
import { similarity } from "../../src/tasks/similarity.ts";
import { parseBody, runTask, type Task } from "../../src/tasks/task.ts";
import { tokenize } from "../../src/tasks/tokenize.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

let plain: LoadedModel;
let prompted: LoadedModel;
beforeAll(async () => {
  plain = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
  const prompts: [string, string][] = [
    ["query", "query: "],
    ["passage", "passage: "],
  ];
  prompted = { ...plain, embedding: { ...plain.embedding, prompts, defaultPrompt: "passage" } };
});

const run = (task: Task, model: LoadedModel, body: object) => runTask(task, model, parseBody(task.body, body));
const source_sentence = "rain";

test.each<[string, Task, (prompt: string, name?: string | null) => object]>([
  ["embed", embed as Task, (prompt, prompt_name) => ({ inputs: [`${prompt}it rains`], prompt_name })],
  ["embed_all", embedAll as Task, (prompt, prompt_name) => ({ inputs: [`${prompt}it rains`], prompt_name })],
  ["tokenize", tokenize as Task, (prompt, prompt_name) => ({ inputs: [`${prompt}it rains`], prompt_name })],
  [
    "similarity",
    similarity as Task,
    (prompt, prompt_name) => ({
      inputs: { source_sentence: prompt + source_sentence, sentences: [`${prompt}it rains`] },
      parameters: { prompt_name },
    }),
  ],
])("%s puts the named prompt, or the model's default, before each text", async (_name, task, body) => {
  expect(await run(task, prompted, body("", "query"))).toEqual(await run(task, plain, body("query: ")));
  for (const none of [undefined, null])
    expect(await run(task, prompted, body("", none))).toEqual(await run(task, plain, body("passage: ")));
  await expectError(() => run(task, prompted, body("", "document")), "invalid_input", "it has query, passage");
  await expectError(() => run(task, plain, body("", "query")), "invalid_input", "it has none");
});
