// A project of npm create bertlet, from the packed tarballs in an empty folder, through every step that its README names. Prints how long
// each step takes.
import { spawn } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TASK_CHOICES } from "../../src/cli/init/tasks.ts";
import { COMPATIBILITY_DATE, DEV_DEPENDENCIES } from "../../src/cli/init/versions.ts";
import { VERSION } from "../../src/version.ts";
import { type Folder, install, makeFolder } from "./folder.ts";

const { library, model, create } = inject("tarballs");

async function timed<T>(step: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  console.log(`${step}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

/** A project created by the packed create-bertlet, with its dependencies installed. */
async function createProject(root: Folder, name: string, ...options: string[]): Promise<Folder> {
  await install(root, create);
  await timed("create", () => root.run("npx", "create-bertlet", name, ...options, "--yes"));
  const project = root.inside(name);
  // The registry does not have the packages of this checkout.
  await timed("npm install", () => install(project, library, model));
  return project;
}

describe("A project with one task and a bundled model", () => {
  let root: Folder;
  let project: Folder;
  beforeAll(async () => {
    root = await makeFolder();
    project = await createProject(root, "my-api", "--tasks", "classify");
  });
  afterAll(() => root[Symbol.asyncDispose]());

  it("is a few files", async () => {
    const files = (await readdir(project.path)).filter((file) => !/^node_modules$|^package-lock.json$/.test(file));
    expect(files.toSorted()).toEqual(
      [
        ".gitignore",
        "README.md",
        "package.json",
        "src",
        "test",
        "tsconfig.json",
        "vitest.config.ts",
        "wrangler.toml",
      ].toSorted(),
    );
  });

  it("serves its task by npm run dev", async () => {
    const port = await freePort();
    const server = spawn("npm", ["run", "dev", "--", "--port", String(port)], {
      cwd: project.path,
      env: project.env,
      detached: true,
      stdio: "ignore",
    });
    try {
      await timed("npm run dev", () => listening(port));
      const response = await timed("first request", () =>
        fetch(`http://localhost:${port}/classify`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ inputs: "a delight from start to finish" }),
        }),
      );
      expect(await response.json()).toEqual([{ label: "POSITIVE", score: expect.closeTo(0.986, 2) }]);
    } finally {
      process.kill(-server.pid!, "SIGTERM");
    }
  });

  it("passes its own tests in the Workers runtime", () => timed("npm test", () => project.run("npm", "test")));

  it("passes its own type check", () => timed("npm run check", () => project.run("npm", "run", "check")));

  it("is deployed with at most 75 KB of script and kernels, one model, and no assets", async () => {
    const output = await timed("npm run deploy -- --dry-run", () =>
      project.run("npm", "run", "deploy", "--", "--dry-run", "--outdir", "out"),
    );
    expect(output).not.toMatch(/warning|assets/i);
    const names = await readdir(join(project.path, "out"));
    const sizes = await Promise.all(
      names
        .filter((name) => /\.(js|wasm)$/.test(name))
        .map(async (name) => gzipSync(await readFile(join(project.path, "out", name))).length),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`script and kernels: ${(total / 1e3).toFixed(1)} kB gzip`);
    expect(total).toBeLessThanOrEqual(75_000);
    expect(names.filter((name) => name.endsWith(".safetensors"))).toHaveLength(1);
  });
});

describe("A project with every task, webhooks, and its model in R2", () => {
  let root: Folder;
  let project: Folder;
  beforeAll(async () => {
    root = await makeFolder();
    const tasks = TASK_CHOICES.map(({ name }) => name).join(",");
    project = await createProject(root, "everything", "--tasks", tasks, "--model", "r2", "--webhooks");
  });
  afterAll(() => root[Symbol.asyncDispose]());

  it("passes its own tests and type check", async () => {
    await project.run("npm", "test");
    await project.run("npm", "run", "check");
  });

  it("is deployed with its bucket, queue and Durable Objects, and without a model", async () => {
    const output = await project.run("npm", "run", "deploy", "--", "--dry-run", "--outdir", "out");
    for (const binding of ["MODELS_BUCKET", "DELIVERIES", "DEAD_LETTERS", "TAGS"]) expect(output).toContain(binding);
    expect((await readdir(join(project.path, "out"))).filter((name) => name.endsWith(".safetensors"))).toEqual([]);
  });
});

it("The versions of a new project are those that this repository is tested with", async () => {
  const { devDependencies } = JSON.parse(await readFile("package.json", "utf8"));
  expect(devDependencies).toMatchObject(DEV_DEPENDENCIES);
  expect(await readFile("wrangler.toml", "utf8")).toContain(`compatibility_date = "${COMPATIBILITY_DATE}"`);
});

it("The published packages have one version", async () => {
  const manifests = [
    "package.json",
    "packages/create-bertlet/package.json",
    "models/minilm-l6-heads/package.json",
    "models/multilingual/package.json",
  ];
  const versions = await Promise.all(manifests.map(async (path) => JSON.parse(await readFile(path, "utf8")).version));
  expect(versions).toEqual(versions.map(() => VERSION));
  expect((await stat(create)).size).toBeLessThan(50_000);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

/** Resolves when something accepts connections; the test's own time limit ends the wait. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "localhost", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.end());
    });
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
