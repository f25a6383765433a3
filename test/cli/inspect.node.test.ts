// bertlet inspect: what is in a file, and that it is whole.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bertlet } from "./bertlet.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";

test("a packed model is described, as text and as JSON", async () => {
  const { code, out } = await bertlet("inspect", MODEL);
  expect(code).toBe(0);
  expect(out).toMatch(/quantization +int8/);
  expect(out).toMatch(/sentiment +text-classification: NEGATIVE, POSITIVE/);
  const json = JSON.parse((await bertlet("inspect", MODEL, "--json")).out);
  expect(json).toMatchObject({ hidden_size: 384, tokenizer: true, pooling: ["mean"], bytes: expect.any(Number) });
  expect(json.heads).toContainEqual({
    name: "sentiment",
    task: "text-classification",
    labels: ["NEGATIVE", "POSITIVE"],
    temperature: 1.437,
  });
});

test("a damaged file, another file and a file that is not there fail with a sentence", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bertlet-inspect-"));
  const bytes = await readFile(MODEL);
  bytes[bytes.length - 1]! ^= 1;
  const damaged = join(folder, "damaged.safetensors");
  await writeFile(damaged, bytes);
  for (const [path, message] of [
    [damaged, "changed or damaged"],
    ["package.json", "safetensors"],
    [join(folder, "none"), "no such file"],
  ] as const) {
    const { code, out, err } = await bertlet("inspect", path);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
  }
  await rm(folder, { recursive: true });
});
