// The inputs of the reference's own tests of its pipelines, given to the reference and to us: the same answers, and the same refusals.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { modelFiles } from "../../src/models/save.ts";
import { saveFiles } from "../../src/source/save.ts";
import { readFixture, readJsonFixture } from "../fixtures.ts";
import { missingReference, reference } from "../functions/python.ts";

import { expectSame, type PipelineCase, TASKS } from "./pipeline-goldens.ts";

interface Task {
  readonly golden: string;
  readonly inputs: readonly unknown[];
  readonly parameters: readonly Readonly<Record<string, unknown>>[];
  readonly refused?: readonly unknown[];
}
type Reply = { readonly outputs: unknown } | { readonly refused: string };

const { tasks } = await readJsonFixture<{ tasks: readonly Task[] }>("test/models/reference-inputs.json");
const casesOf = ({ inputs, parameters, refused = [] }: Task) => [
  ...inputs.flatMap((input) => parameters.map((given) => ({ inputs: input, parameters: given }))),
  ...refused.map((input) => ({ inputs: input, parameters: {} })),
];
/** `text-classification-sentiment` → the reference's name of the task, and the head. */
const NAME = /^(text-classification|token-classification|question-answering|fill-mask)(?:-(.+))?$/;
const HEADS: Readonly<Record<string, string>> = { "fill-mask": "masked-lm" };

test("the reference's own test inputs have the reference's answers", { timeout: 600_000 }, async ({ skip }) => {
  if (!(await readFixture("../shared/models/minilm-l6-heads/config.json"))) return skip("../shared is not here");
  const reason = await missingReference("torch", "transformers");
  if (reason) return skip(reason);
  const model = await loadPretrained("../shared/models/minilm-l6-heads");
  const folder = await mkdtemp(join(tmpdir(), "bertlet-reference-"));
  const runs = [];
  for (const task of tasks) {
    const [, name = "", head = HEADS[name] ?? name] = NAME.exec(task.golden)!;
    const into = join(folder, head);
    await saveFiles(into, modelFiles(model, head, {}));
    runs.push({ head, task, run: [into, name, casesOf(task)] });
  }
  const asked = join(folder, "runs.json");
  await writeFile(asked, JSON.stringify(runs.map(({ run }) => run)));
  const { code, stdout, stderr } = await reference(join(process.cwd(), "test/models/reference_pipelines.py"), asked);
  expect(code, stderr).toBe(0);
  const replies = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Reply[]);
  for (const [index, { head, task }] of runs.entries()) {
    const { ask, read } = TASKS[task.golden]!;
    const answer = await ask(model, head);
    for (const [at, one] of casesOf(task).entries()) {
      const reply = replies[index]![at]!;
      const what = `${task.golden} ${JSON.stringify(one)}`;
      if ("refused" in reply) await expect(answer(one as PipelineCase), what).rejects.toThrow();
      else expectSame(await answer(one as PipelineCase), read(reply.outputs), what);
    }
    console.log(`${task.golden}: ${casesOf(task).length} of ${casesOf(task).length} agree`);
  }
  await model.session.release();
  await rm(folder, { recursive: true });
});
