// What the documents tell their readers to type, run as it is written: requests against the Worker that teaches, which answers everything that they ask, and the
// command line.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, type Deployed, start } from "../load/deployed.ts";
import { apiKeys, TOPICS } from "../teaching/harness.ts";
import { blocksOf, commandsOf } from "./blocks.ts";

const run = promisify(execFile);
const CLI = resolve("src/cli/index.ts");
const ADDRESS = "localhost:8787";

let folder: string;
let worker: Deployed;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-docs-"));
  await mkdir(join(folder, "models"));
  await cp("models/minilm-l6-heads", join(folder, "models/minilm-l6-heads"), { recursive: true });
  await cp("models/minilm-l6-heads/model.safetensors", join(folder, "model.safetensors"));
  worker = await start(await bundle("teach"), { vars: { API_KEYS: await apiKeys() } });
});
afterAll(async () => {
  await worker.close();
  await rm(folder, { recursive: true });
});

/** Runs a command as its reader would, in a folder with the model. @returns what it printed */
async function shell(command: string): Promise<string> {
  const program = `${process.execPath} ${CLI}`;
  const setting = [
    "set -euo pipefail",
    `curl() {
      case "$*" in *authorization:*) ;; *) set -- -H "authorization: Bearer $KEY" "$@" ;; esac
      command curl -sS --fail-with-body "$@"
    }`,
    `npx() { [ "$1" = bertlet ] && shift && ${program} "$@"; }`,
  ];
  const script = [...setting, command.replaceAll(ADDRESS, worker.url.host)].join("\n");
  const failed = (cause: { stdout: string; stderr: string }) => {
    throw new Error(`${command}\n${cause.stdout}${cause.stderr}`);
  };
  const env = { ...process.env, KEY: "teacher" };
  return (await run("bash", ["-c", script], { cwd: folder, env }).catch(failed)).stdout;
}

/** Numbers of a documented answer may differ in their last digits from one processor to another. */
function rounded(json: string): unknown {
  return JSON.parse(json, (_, value) => (typeof value === "number" ? Number(value.toFixed(3)) : value));
}

describe.each(["README.md", "docs/getting-started.md", "docs/decisions.md", "docs/teaching.md"])(
  "%s",
  async (document) => {
    const commands = (await blocksOf(document))
      .filter(({ language }) => language === "sh")
      .flatMap(commandsOf)
      .filter(({ command }) => command.startsWith("curl"));
    afterAll(() => shell(`curl -X DELETE ${ADDRESS}/heads/topic || true`));

    test("shows requests", () => expect(commands.length).toBeGreaterThan(0));

    test.each(commands)("$command", async ({ command, output }) => {
      const answer = await shell(command);
      if (output === "") expect(JSON.parse(answer)).toBeTypeOf("object");
      else expect(rounded(answer)).toEqual(rounded(output));
    });
  },
);

test("docs/training.md makes a head of a CSV, and the printed request asks it", async () => {
  const rows = Object.entries(TOPICS).flatMap(([topic, texts]) => texts.map((text) => `${text},${topic}`));
  await writeFile(join(folder, "topics.csv"), `text,topic\n${rows.join("\n")}\n`);
  const blocks = await blocksOf("docs/training.md");
  const columns = blocks.find(({ language }) => language === "csv")!.text.split("\n", 1)[0];
  expect(columns).toBe("text,topic");
  const written = (start: string) => blocks.find(({ text }) => text.startsWith(start))!.text;
  expect(await shell(written("npx bertlet train"))).toContain("accuracy");
  const server = spawn(process.execPath, [CLI, "serve", "topics.safetensors", "--port", "0"], { cwd: folder });
  try {
    const [said] = (await once(server.stderr, "data")) as [Buffer];
    const { host } = new URL(/http\S+/.exec(said.toString())![0]);
    expect(await shell(written("curl").replaceAll(ADDRESS, host))).toContain("delivery");
  } finally {
    server.kill();
  }
});
