// How sure an entity must be: as the head says, or as the request does.
import { beforeAll, expect, test } from "vitest";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { entities } from "../../src/tasks/entities.ts";
import { parseBody, runTask, type Task } from "../../src/tasks/task.ts";
import { understand } from "../../src/tasks/understand/understand.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

let model: LoadedModel;
beforeAll(async () => {
  model = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
});

const ask = async <T>(task: Task, parameters: object) =>
  (await runTask(task, model, parseBody(task.body, { inputs: QUERY, parameters }))) as T;
// Out of scope for the slots' head.
const QUERY = "cheap red running shoes under 50 dollars size 42";
type Scored = readonly { readonly score: number }[];

test("a request's min_score replaces the thresholds of the head, for /entities and /understand", async () => {
  const bySlots = (parameters: object) => ask<Scored>(entities, { head: "slots", ...parameters });
  const understood = async (parameters: object) =>
    (await ask<{ slots: Scored }>(understand, { parts: ["slots"], ...parameters })).slots;
  for (const slots of [bySlots, understood]) {
    const all = await slots({ min_score: 0 });
    expect(all.length).toBeGreaterThan((await slots({})).length);
    const limit = all.map(({ score }) => score).toSorted()[1]!;
    expect(await slots({ min_score: limit })).toEqual(all.filter(({ score }) => score >= limit));
    expect(await slots({ min_score: 1 })).toEqual([]);
  }
});

test("a min_score that is no probability is refused", async () => {
  for (const task of [entities, understand])
    await expectError(() => ask(task, { min_score: 2 }), "invalid_input", "min_score");
});

test("an entity's word is the text as written, or its tokens", async () => {
  const words = async (parameters: object) => {
    const body = parseBody(entities.body, { inputs: "Zoë Kravitz left Málaga", parameters });
    return ((await runTask(entities, model, body)) as readonly { readonly word: string }[]).map(({ word }) => word);
  };
  expect(await words({})).toEqual(["Zoë Kravitz", "Málaga"]);
  expect(await words({ word_form: "tokens" })).toEqual(["zoe kravitz", "malaga"]);
});
