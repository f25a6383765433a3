// The choices of a new project: from options, else asked on a terminal, else the defaults.
import { type Prompt, UsageError } from "../command.ts";
import { TASK_CHOICES, TASKS_OF_HEADS, type TaskChoice } from "./tasks.ts";

const MODELS = ["bundled", "r2"] as const;

/** The tasks of --tasks and --heads; asked for if neither is given. */
export async function chooseTasks(
  tasks: string | undefined,
  heads: string | undefined,
  prompt: Prompt | undefined,
): Promise<TaskChoice[]> {
  const named = tasks === undefined && heads === undefined ? await askTasks(prompt) : split(tasks);
  const names = new Set([...named, ...split(heads).map(taskOfHead)]);
  return [...names].map(findTask);
}

export async function chooseModel(model: string | undefined, prompt: Prompt | undefined): Promise<"bundled" | "r2"> {
  const answer = model ?? (await prompt?.("Where is the model: bundled with the script, or in r2? (bundled) "));
  const name = answer || "bundled";
  const found = MODELS.find((known) => known === name);
  if (!found) throw new UsageError(`--model is ${MODELS.join(" or ")}, and not ${name}`);
  return found;
}

export async function chooseWebhooks(webhooks: boolean, prompt: Prompt | undefined): Promise<boolean> {
  return webhooks || /^y/i.test((await prompt?.("Tag webhooks, too? (no) ")) ?? "");
}

async function askTasks(prompt: Prompt | undefined): Promise<string[]> {
  const known = TASK_CHOICES.map(({ name }) => name).join(", ");
  return split((await prompt?.(`Tasks: ${known}\nWhich of them, with commas between? (classify) `)) || "classify");
}

function split(list = ""): string[] {
  return list.split(",").flatMap((name) => name.trim() || []);
}

function findTask(name: string): TaskChoice {
  const task = TASK_CHOICES.find((known) => known.name === name);
  if (task) return task;
  const known = TASK_CHOICES.map(({ name }) => name).join(", ");
  throw new UsageError(`there is no task ${name}; the tasks are ${known}`);
}

function taskOfHead(head: string): string {
  if (Object.hasOwn(TASKS_OF_HEADS, head)) return TASKS_OF_HEADS[head]!;
  throw new UsageError(`there is no head ${head}; the heads are ${Object.keys(TASKS_OF_HEADS).join(", ")}`);
}
