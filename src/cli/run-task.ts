// bertlet run: a task on texts of the command line, a file or standard input; one JSON line per text, as soon as it is there.
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { TASKS } from "../tasks/index.ts";
import { parseBody, runTask, type Task } from "../tasks/task.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { loadOnThreads, readThreads, THREADS } from "./threads.ts";
import { NARROW, widenVectors } from "./wide-vectors.ts";

export const run = defineCommand({
  name: "run",
  summary: "runs a task on a text, on the lines of a file or on those of standard input",
  positionals: ["task", "model", "text?"],
  options: {
    file: { type: "string", value: "<path>", summary: "one input per line (standard input)" },
    jsonl: { type: "boolean", summary: "a line is JSON: whatever the task takes as inputs" },
    parameters: { type: "string", value: "<JSON>", default: "{}", summary: "the task's parameters, as over HTTP" },
    threads: THREADS,
    narrow: NARROW,
  },
  async run({ file, jsonl, parameters, threads, narrow }, [name = "", modelFile = "", text], io) {
    const task = TASKS.find((known) => known.name === name);
    if (!task)
      throw new UsageError(`there is no task ${name}; the tasks are ${TASKS.map(({ name }) => name).join(", ")}`);
    if (text !== undefined && file !== undefined) throw new UsageError("give a text or --file, and not both");
    const given = readParameters(parameters);
    const count = readThreads(threads);
    await widenVectors(narrow);
    const model = await loadOnThreads(new Uint8Array(await readFile(modelFile)), count);
    const blank = { count: 0 };
    const answer = (inputs: readonly unknown[]) =>
      runTask(task, model, parseBody(task.body, bodyOf(task, inputs, given))) as Promise<unknown[]>;
    try {
      await answerInOrder(
        batches(text === undefined ? lines(file, blank) : [text], jsonl),
        { answer, ahead: count },
        io,
      );
    } finally {
      await model.session.release();
    }
    io.progress("");
    if (blank.count > 0) io.err(`note: ${blank.count} blank line${blank.count === 1 ? "" : "s"} left out`);
  },
});

interface Work {
  answer(inputs: readonly unknown[]): Promise<unknown[]>;
  /** How many batches are worked on at a time. */
  readonly ahead: number;
}

/** Prints the answers of each batch as soon as those of all batches before it are printed. After a failure nothing more is printed. */
async function answerInOrder(source: AsyncIterable<unknown[]>, { answer, ahead }: Work, io: Io): Promise<void> {
  let line = 0;
  const print = async (inputs: number, answers: Promise<unknown[]>) => {
    try {
      for (const answer of await answers) io.out(JSON.stringify(answer));
    } catch (error) {
      io.err(`in the inputs from number ${line + 1} on, blank lines not counted:`);
      throw error;
    }
    line += inputs;
    io.progress(`${line} inputs`);
  };
  const begun: Promise<void>[] = [];
  let last = Promise.resolve();
  try {
    for await (const inputs of source) {
      const answers = answer(inputs);
      last = last.then(() => print(inputs.length, answers));
      // Failures are thrown where their batch is waited for.
      for (const promise of [answers, last]) promise.catch(() => {});
      begun.push(last);
      if (begun.length >= ahead) await begun.shift();
    }
  } finally {
    await last;
  }
}

function readParameters(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new UsageError(`--parameters is a JSON object, and not ${json}`);
}

function bodyOf(task: Task, inputs: readonly unknown[], parameters: Record<string, unknown>): Record<string, unknown> {
  return Object.entries(parameters).reduce<Record<string, unknown>>(
    (body, [name, value]) => task.withParameter(body, name, value),
    { inputs },
  );
}

async function* lines(file: string | undefined, blank: { count: number }): AsyncGenerator<string> {
  const input = file === undefined ? process.stdin : createReadStream(file);
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === "") blank.count++;
    else yield line;
  }
}

// Inputs that run together: enough for the model, few enough to see answers soon.
const BATCH = 16;

async function* batches(source: AsyncIterable<string> | Iterable<string>, jsonl: boolean): AsyncGenerator<unknown[]> {
  let batch: unknown[] = [];
  let number = 0;
  for await (const line of source) {
    number++;
    batch.push(jsonl ? parseLine(line, number) : line);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new UsageError(`input ${number} is not JSON`);
  }
}
