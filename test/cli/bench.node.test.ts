// bertlet bench: a model's times on this machine. What they are, nobody can say; that they are there, and of which outputs, can be.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readGolden } from "../goldens.ts";
import { bertlet } from "./bertlet.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";

test("every length is measured, and two runs give the same bits", async () => {
  const run = async (...more: string[]) => {
    const { code, out } = await bertlet("bench", MODEL, "--lengths", "8,17", "--seconds", "0.01", "--json", ...more);
    expect(code).toBe(0);
    return JSON.parse(out);
  };
  const facts = await run();
  expect(facts).toMatchObject({
    runtime: expect.stringContaining(process.version),
    platform: `${process.platform} ${process.arch}`,
    kernel: "relaxed",
    wasm_bits: expect.any(Number),
    model: { quantization: "int8", hidden_size: 384, num_hidden_layers: 6 },
    lengths: [{ tokens: 8 }, { tokens: 17 }],
  });
  for (const { runs, median_ms, best_ms } of facts.lengths) {
    expect(runs).toBeGreaterThanOrEqual(5);
    expect(median_ms).toBeGreaterThanOrEqual(best_ms);
    expect(best_ms).toBeGreaterThan(0);
  }
  const outputs = ({ lengths }: { lengths: { outputs: string }[] }) => lengths.map(({ outputs }) => outputs);
  expect(new Set(outputs(facts)).size).toBe(2);
  expect(outputs(await run("--narrow"))).toEqual(outputs(facts));
});

test("it prints a table for people", async () => {
  const { code, out } = await bertlet("bench", MODEL, "--lengths", "8", "--seconds", "0.01");
  expect(code).toBe(0);
  expect(out).toMatch(/8 tokens +[\d.]+ ms, [\d.]+ texts a second/);
});

test("lengths that the model does not read are left out, which is said", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bertlet-bench-"));
  const { files } = await readGolden("torch/sequence-classification");
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  const { code, out, err } = await bertlet("bench", folder, "--seconds", "0.01", "--json");
  expect(code).toBe(0);
  const measured = JSON.parse(out).lengths.map(({ tokens }: { tokens: number }) => tokens);
  expect(measured).not.toContain(512);
  expect(err).toMatch(/^note: .*512 tokens are left out: the model takes at most \d+$/m);
  await rm(folder, { recursive: true });
});

test.each([
  [["--lengths", "8,x"], "--lengths are whole numbers"],
  [["--lengths", "0"], "--lengths are whole numbers"],
  [["--lengths", "600"], "the model takes at most 512 tokens, and not 600"],
  [["--seconds", "0"], "--seconds is a number above 0"],
  [["--rounds", "3"], "no option --rounds"],
])("%j make no sense", async (options, message) => {
  const { code, out, err } = await bertlet("bench", MODEL, ...options);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(message);
});

test("a file that is no model fails with a sentence", async () => {
  const { code, err } = await bertlet("bench", "package.json");
  expect(code).toBe(1);
  expect(err.trim().split("\n")).toHaveLength(1);
});
