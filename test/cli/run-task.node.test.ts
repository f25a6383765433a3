// bertlet run: tasks on texts of the command line, of files and of standard input.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bertlet } from "./bertlet.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const HEAD = ["--parameters", '{"head":"sentiment"}'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-run-"));
});
afterAll(() => rm(folder, { recursive: true }));

const answersIn = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("a text has its answer on a line", async () => {
  const { code, out, err } = await bertlet("run", "classify", MODEL, "a delight", ...HEAD);
  expect([code, err]).toEqual([0, ""]);
  expect(answersIn(out)).toEqual([[{ label: "POSITIVE", score: expect.any(Number) }]]);
});

test("a file has an answer per line, in its order, blank lines aside", async () => {
  const file = join(folder, "lines.txt");
  const texts = Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? "a dull mess" : "a delight"));
  await writeFile(file, texts.join("\n\n"));
  const { out, err } = await bertlet("run", "classify", MODEL, "--file", file, ...HEAD);
  expect(err).toBe("note: 39 blank lines left out\n");
  expect(answersIn(out).map(([{ label }]) => label)).toEqual(
    texts.map((text) => (text === "a delight" ? "POSITIVE" : "NEGATIVE")),
  );
});

test("threads answer as one does, line by line in order, and name the input that fails after the answers before it", async () => {
  const file = join(folder, "many.txt");
  const texts = Array.from({ length: 100 }, (_, index) => `text ${index} ${"with words ".repeat(index % 17)}`);
  await writeFile(file, texts.join("\n"));
  const task = ["run", "embed", MODEL, "--file", file];
  const one = await bertlet(...task);
  const two = await bertlet(...task, "--threads", "2");
  expect(answersIn(one.out)).toHaveLength(100);
  expect(two).toEqual(one);
  await writeFile(file, [...texts.slice(0, 40).map((text) => `${text} [MASK]`), "no mask"].join("\n"));
  const failed = await bertlet("run", "fill-mask", MODEL, "--file", file, "--threads", "2");
  expect([failed.code, answersIn(failed.out).length]).toEqual([1, 32]);
  expect(failed.err).toContain("in the inputs from number 33 on");
});

test("standard input may hold JSON, for tasks that take more than a text", () => {
  const input =
    '{"question":"who wrote it?","context":"Mary wrote it."}\n{"question":"when?","context":"It was in 1818."}\n';
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["src/cli/index.ts", "run", "answer", MODEL, "--jsonl"],
    { input, encoding: "utf8" },
  );
  expect([status, stderr]).toEqual([0, ""]);
  expect(answersIn(stdout).map(({ answer }) => answer)).toEqual(["Mary", "1818"]);
});

test.each([
  [["run", "clasify", MODEL, "a"], 2, "there is no task clasify; the tasks are classify"],
  [["run", "classify", MODEL, "a", "--file", "b"], 2, "a text or --file"],
  [["run", "classify", MODEL, "a", "--parameters", "[]"], 2, "--parameters is a JSON object"],
  [["run", "classify", MODEL, "a", "--parameters", '{"topk":1}'], 1, "the known keys are head, top_k"],
  [["run", "classify", MODEL, "a", "--threads", "0"], 2, "--threads is a whole number from 1 to 256, and not 0"],
  [["run", "classify", MODEL, "a", "--threads", "two"], 2, "and not two"],
  [["run", "classify", "package.json", "a", "--threads", "2"], 1, "not a valid safetensors file"],
  [["run", "classify", MODEL, "{", "--jsonl"], 2, "input 1 is not JSON"],
  [["run", "rerank", MODEL, "a"], 1, "query"],
  [["run", "classify", MODEL, "--file", "no-such-file"], 1, "no such file"],
  [["run", "fill-mask", MODEL, "no mask"], 1, "has no [MASK]"],
])("%j fails with a sentence", async (args, code, message) => {
  const outcome = await bertlet(...args);
  expect([outcome.code, outcome.out]).toEqual([code, ""]);
  expect(outcome.err).toContain(message);
});
