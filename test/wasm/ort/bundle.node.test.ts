// The ort engine stays out of Workers that do not ask for it: nothing in src/ or functions/ imports it but its own files and the CLI.
import { glob, readFile } from "node:fs/promises";
import { expect, it } from "vitest";

it("is imported by nothing that is shared", async () => {
  const importers: string[] = [];
  for await (const path of glob("{src,functions}/**/*.ts")) {
    const own = path.startsWith("src/wasm/ort/") || path.startsWith("src/cli/");
    if (!own && /from "[^"]*(\/ort-\w+\.ts|onnxruntime-web[^"]*|#ort)"/.test(await readFile(path, "utf8")))
      importers.push(path);
  }
  expect(importers).toEqual([]);
});
