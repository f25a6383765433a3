// The library as it is published: what its tarball holds and installs, what checkers of packages say of it, and how it fails.
import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type Folder, install, makeFolder } from "./folder.ts";

const execute = promisify(execFile);
const { library } = inject("tarballs");
let folder: Folder;

beforeAll(async () => {
  folder = await makeFolder("typescript");
  await install(folder, library);
});
afterAll(() => folder[Symbol.asyncDispose]());

it("The tarball is at most 1 MB", async () => {
  const { size } = await stat(library);
  console.log(`tarball: ${(size / 1e3).toFixed(0)} kB`);
  expect(size).toBeLessThanOrEqual(1e6);
});

it("The tarball holds compiled modules with declarations and source maps, both kernels, and no model, source or test", async () => {
  const files = await readdir(join(folder.path, "node_modules/bertlet"), { recursive: true });
  expect(files).toEqual(
    expect.arrayContaining([
      "dist/index.js",
      "dist/index.js.map",
      "dist/index.d.ts",
      "dist/kernel/relaxed.wasm",
      "dist/kernel/baseline.wasm",
      "LICENSE",
      "NOTICE",
      "README.md",
    ]),
  );
  expect(files.filter((file) => /\.safetensors$|(?<!\.d)\.ts$|test/.test(file))).toEqual([]);
});

it("Installing the library alone brings at most 15 MB", async () => {
  const bytes = await folderBytes(join(folder.path, "node_modules"));
  console.log(`node_modules: ${(bytes / 1e6).toFixed(1)} MB`);
  expect(bytes).toBeLessThanOrEqual(15e6);
});

it("publint finds nothing to say about the package", async () => {
  const { publint } = await import("publint");
  const { messages } = await publint({ pkgDir: join(folder.path, "node_modules/bertlet"), pack: false, strict: true });
  expect(messages).toEqual([]);
});

it("arethetypeswrong finds no problem with the types", async () => {
  const attw = resolve("node_modules/.bin/attw");
  const { stdout } = await execute(attw, [library, "--profile", "esm-only", "--format", "json"]);
  const { analysis } = JSON.parse(stdout);
  const problems: { kind: string; resolutionKind?: string }[] = analysis.problems;
  // CommonJS and the resolution of Node.js 10 are not supported.
  expect(problems.filter(({ resolutionKind }) => !/^node10$|^node16-cjs$/.test(resolutionKind ?? ""))).toEqual([]);
});

it.each(["bundler", "nodenext"])(
  "A user's TypeScript compiles without skipLibCheck, with moduleResolution %s",
  async (resolution) => {
    await install(folder, "@types/node@24.19.2");
    await folder.run(resolve("node_modules/.bin/tsc"), "--project", `typescript/${resolution}.json`);
  },
);

it.each([
  ["onnxruntime-web", `(await import("bertlet/ort")).OrtSession.create(new Uint8Array(8))`],
  ["@huggingface/hub", `(await import("bertlet")).AutoConfig.fromPretrained("no-one/no-model")`],
  [
    "h5wasm",
    `(await import("bertlet")).TFBertModel.fromPretrained({ "config.json": config, "tf_model.h5": Buffer.from("\\x89HDF\\r\\n\\x1a\\n", "latin1") })`,
  ],
  [
    "hyparquet",
    `(await import("./node_modules/bertlet/dist/data/read-table.js")).readTable({ name: "a.parquet", bytes: new Uint8Array(8) })`,
  ],
])("Without the optional package %s, what needs it says how to install it", async (name, expression) => {
  const config = `const config = new TextEncoder().encode('{"model_type":"bert","architectures":["BertModel"],"vocab_size":8,"hidden_size":32,"num_hidden_layers":1,"num_attention_heads":1,"intermediate_size":32}');`;
  const script = `${config} await ${expression}.then(() => console.log("no error"), (error) => console.log(error.type, error.message))`;
  const output = await folder.run(process.execPath, "--input-type=module", "--eval", script);
  expect(output).toMatch(/^unsupported /);
  expect(output).toContain(`needs the package ${name}: npm install ${name}`);
});

it("The command line runs from the package", async () => {
  expect(await folder.run("npx", "bertlet", "--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
});

async function folderBytes(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
