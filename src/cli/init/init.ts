// bertlet init, which is also npm create bertlet: a new project in a folder.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { VERSION } from "../../version.ts";
import { defineCommand, type Prompt, UsageError } from "../command.ts";
import { chooseModel, chooseTasks, chooseWebhooks } from "./choices.ts";
import { type ProjectChoices, projectFiles } from "./project.ts";

export const init = defineCommand({
  name: "init",
  summary: "creates a Worker project in a folder (this one if none is named)",
  positionals: ["folder?"],
  options: {
    tasks: {
      type: "string",
      value: "a,b,c",
      summary: "what it serves, by path: classify, entities, understand, … (classify)",
    },
    heads: {
      type: "string",
      value: "a,b,c",
      summary: "or which heads of the default model: sentiment, intent, slots, …",
    },
    model: {
      type: "string",
      value: "bundled|r2",
      summary: "upload the model with the script, or read it from a bucket (bundled)",
    },
    webhooks: { type: "boolean", summary: "tag signed webhooks as well" },
    yes: { type: "boolean", summary: "ask nothing" },
  },
  async run(values, [folder = "."], { out, prompt }) {
    const name = projectName(folder);
    await refuseFull(folder);
    const choices = await choose(name, values, values.yes ? undefined : prompt);
    for (const [path, text] of projectFiles(choices)) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const way = relative(".", folder);
    out(`Created ${name}. Next:\n${way ? `  cd ${way}\n` : ""}  npm install\n  npm run dev`);
  },
});

interface InitValues {
  readonly tasks: string | undefined;
  readonly heads: string | undefined;
  readonly model: string | undefined;
  readonly webhooks: boolean;
}

async function choose(name: string, values: InitValues, prompt: Prompt | undefined): Promise<ProjectChoices> {
  const tasks = await chooseTasks(values.tasks, values.heads, prompt);
  const model = await chooseModel(values.model, prompt);
  const webhooks = await chooseWebhooks(values.webhooks, prompt);
  return { name, tasks, model, webhooks, version: VERSION };
}

/** The folder's name, which the Worker gets. */
function projectName(folder: string): string {
  const name = basename(resolve(folder));
  if (/^[a-z0-9][a-z0-9-]{0,53}$/.test(name)) return name;
  throw new UsageError(`${name} cannot name a Worker: small letters, digits and hyphens, 54 at most`);
}

async function refuseFull(folder: string): Promise<void> {
  const files = await readdir(folder).catch((): string[] => []);
  const others = files.filter((file) => file !== ".git");
  if (others.length > 0) throw new UsageError(`${folder} is not empty: it holds ${others.slice(0, 5).join(", ")}`);
}
