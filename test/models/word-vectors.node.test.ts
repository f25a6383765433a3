// examples/word-vectors.ts does what it says.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { compare, staticVector } from "../../examples/word-vectors.ts";
import { BertModel } from "../../src/models/bert-model.ts";
import { readFixture } from "../fixtures.ts";
import { values } from "../goldens.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";

test("the same word in two sentences has two vectors, and one static embedding", async () => {
  const file = (await readFixture(MODEL))!;
  const money = "The bank raised its interest rates.";
  const apart = await compare(file, "bank", ["They had a picnic on the bank of the river.", money]);
  const alike = await compare(file, "bank", ["The bank lends money to small firms.", money]);
  expect(apart.contextual).toBeLessThan(0.8);
  expect(alike.contextual).toBeGreaterThan(apart.contextual + 0.1);
  expect([apart.static, alike.static]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
}, 60_000);

test("the static vector is the table's row: what two tokens in one place differ by before normalisation", async () => {
  const model = await BertModel.fromPretrained((await readFixture(MODEL))!);
  const embedded = async (id: number) => {
    const { hidden_states } = await model.forward({ input_ids: [[id]] }, { outputHiddenStates: true });
    return values(hidden_states![0]);
  };
  const [a, b] = [await embedded(2924), await embedded(2314)];
  const [x, y] = [staticVector(model, [2924]), staticVector(model, [2314])];
  // Layer normalisation scales each dimension and shifts it, alike for both but for their own mean and deviation.
  const correlation = pearson(
    a.map((value, i) => value - b[i]!),
    x.map((value, i) => value - y[i]!),
  );
  expect(correlation).toBeGreaterThan(0.8);
  await model.release();
});

test("runs from the command line", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["examples/word-vectors.ts"]);
  expect(stdout).toMatch(/^bank: contextual 0\.\d\d, static 1\.00\n/);
}, 60_000);

function pearson(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const [x, y] = [a.map((value) => value - meanA), b.map((value) => value - meanB)];
  const dot = (p: Float32Array, q: Float32Array) => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}
