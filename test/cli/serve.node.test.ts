// bertlet serve: the program, asked over HTTP, and stopped as a process manager stops it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { enableRevectorization } from "../../src/wasm/kernel/revectorization.ts";
import { bertlet } from "./bertlet.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";

let program: ChildProcess | undefined;
afterEach(() => program?.kill("SIGKILL"));

/** Starts the program on a free port, and gives its address. */
async function start(...options: string[]): Promise<string> {
  const args = ["src/cli/index.ts", "serve", MODEL, "--port", "0", ...options];
  program = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for await (const chunk of program.stderr!) {
    said += chunk;
    const address = /http:\/\/\S+/.exec(said)?.[0];
    if (address) return address;
  }
  throw new Error(said);
}

const post = (url: string, body: object) =>
  fetch(url, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });

test("answers every task and the routes of clients, and ends with 0 when it is asked to", {
  timeout: 60_000,
}, async () => {
  const address = await start();
  const classified = await post(`${address}/classify`, { inputs: "a delight" });
  expect([classified.status, await classified.json()]).toEqual([
    200,
    [{ label: "POSITIVE", score: expect.any(Number) }],
  ]);
  expect((await post(`${address}/v1/embeddings`, { input: "a", model: "minilm-l6-heads" })).status).toBe(200);
  expect((await fetch(`${address}/docs`)).status).toBe(200);
  program!.kill("SIGTERM");
  expect(await once(program!, "exit")).toEqual([0, null]);
});

test("switches 256-bit WebAssembly on where there is any, and leaves it off when it is told to", {
  timeout: 60_000,
}, async () => {
  const bits = async (...options: string[]) => {
    const info = (await (await fetch(`${await start(...options)}/info`)).json()) as { wasm_bits: number };
    program!.kill("SIGKILL");
    return info.wasm_bits;
  };
  expect(await bits()).toBe((await enableRevectorization()) ? 256 : 128);
  expect(await bits("--narrow")).toBe(128);
});

test("serves the tasks that it is told, alone", { timeout: 60_000 }, async () => {
  const address = await start("--tasks", "classify");
  expect((await post(`${address}/classify`, { inputs: "a delight" })).status).toBe(200);
  expect((await post(`${address}/entities`, { inputs: "a" })).status).toBe(404);
});

test("threads give the answers of one, to many requests at once, each task and the routes of clients", {
  timeout: 60_000,
}, async () => {
  const texts = Array.from({ length: 24 }, (_, index) => `text ${index} ${"with words ".repeat(index)}`);
  const asked = async (...options: string[]) => {
    const address = await start(...options);
    const paths = ["classify", "entities", "embed", "understand"];
    const bodies = [...texts.slice(0, 6), texts].flatMap((inputs) => paths.map((path) => [path, { inputs }] as const));
    const requests = bodies.map(([path, body]) => post(`${address}/${path}`, body));
    requests.push(post(`${address}/v1/embeddings`, { input: texts, model: "minilm-l6-heads" }));
    const answers = await Promise.all(
      requests.map(async (request) => [(await request).status, await (await request).json()]),
    );
    const api = await (await fetch(`${address}/openapi.json`)).json();
    program!.kill("SIGTERM");
    expect(await once(program!, "exit")).toEqual([0, null]);
    return {
      answers,
      paths: Object.keys(api.paths).toSorted(),
      tags: api.tags.map(({ name }: { name: string }) => name).toSorted(),
    };
  };
  const one = await asked();
  expect(one.answers.map(([status]) => status)).toEqual(one.answers.map(() => 200));
  expect(await asked("--threads", "2")).toEqual(one);
});

describe("is refused", () => {
  const refused = async (args: readonly string[], code: number, message: string) => {
    const { err, out, ...result } = await bertlet("serve", ...args);
    expect([result.code, out, err]).toEqual([code, "", expect.stringContaining(message)]);
  };

  test("with a task or a port that cannot be, or no model", async () => {
    await refused([MODEL, "--tasks", "classify,transmute"], 2, "there is no task transmute; the tasks are classify");
    await refused([MODEL, "--port", "70000"], 2, "from 0 to 65535");
    await refused([MODEL, "--threads", "1.5"], 2, "--threads is a whole number from 1 to 256, and not 1.5");
    await refused(["no/such/model.safetensors"], 1, "there is no file no/such/model.safetensors");
  });

  test("where the port is taken", async () => {
    const other = createServer().listen(0, "localhost");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await refused([MODEL, "--port", String(port)], 1, "EADDRINUSE");
    other.close();
  });
});
