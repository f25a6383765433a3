// A decoder's rows computed piece by piece, with the keys and values of the pieces before, have the numbers of rows computed at once.
import { describe, expect, test } from "vitest";
import { packModel } from "../../src/model-file/pack.ts";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { exportOnnx } from "../../src/onnx/export.ts";
import { openSource } from "../../src/source/source.ts";
import { Tensor } from "../../src/tensor.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import { KeyValues } from "../../src/wasm/key-values.ts";
import { OrtSession } from "../../src/wasm/ort/session.ts";
import type { InferenceSession } from "../../src/wasm/session.ts";
import { tinyInput } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { type Golden, readGolden, values } from "../goldens.ts";

const BUILDS = ["relaxed", "baseline"] as const;
const FETCH = ["last_hidden_state"];

/** Checkpoints, as decoders. */
const DECODERS = [
  "torch/causal-lm",
  "relatives/roberta-causal-lm",
  "relatives/bert-relative_key",
  "relatives/bert-relative_key_query",
];

async function packDecoder(folder: string, settings: object = { is_decoder: true }): Promise<Uint8Array> {
  const { files }: Golden = await readGolden(folder);
  const config = { ...JSON.parse(new TextDecoder().decode(files["config.json"])), ...settings };
  const source = { ...files, "config.json": new TextEncoder().encode(JSON.stringify(config)) };
  return packCheckpoint(await openSource(source), { quantization: "f32" });
}

const vector = (numbers: readonly number[]) => new Tensor("int32", Int32Array.from(numbers), [numbers.length]);

/** [tokens][H] of ragged rows. */
async function hidden(
  session: InferenceSession,
  rows: readonly (readonly number[])[],
  keyValues?: readonly KeyValues[],
): Promise<Float32Array> {
  const starts = [0];
  for (const row of rows) starts.push(starts.at(-1)! + row.length);
  const feeds = { input_ids: vector(rows.flat()), row_starts: vector(starts) };
  const { last_hidden_state } = await session.run(feeds, FETCH, { keyValues });
  return values(last_hidden_state);
}

const row = (length: number, seed: number) => Array.from({ length }, (_, index) => 5 + ((index * 7 + seed) % 20));

describe.each(DECODERS)("%s", (folder) => {
  test.each(BUILDS)("rows in pieces of any length, build %s", async (build) => {
    const session = await KernelSession.create(await packDecoder(folder), { build });
    const rows = [row(13, 1), row(1, 2), row(9, 3)];
    const whole = await hidden(session, rows);
    const H = whole.length / rows.flat().length;
    // Where each row is cut; the last pieces are one token, three, and more than a group of four queries.
    const cuts = [
      [4, 12, 13],
      [1, 1, 1],
      [1, 4, 9],
    ];
    let keyValues: KeyValues[] = rows.map(() => new KeyValues());
    const found: number[][] = rows.map(() => []);
    for (const piece of [0, 1, 2]) {
      const open = [...rows.keys()].filter((r) => piece === 0 || cuts[r]![piece]! > cuts[r]![piece - 1]!);
      const parts = open.map((r) => rows[r]!.slice(piece === 0 ? 0 : cuts[r]![piece - 1], cuts[r]![piece]));
      const next = open.map((r) => (piece === 0 ? keyValues[r]! : new KeyValues(keyValues[r])));
      const part = await hidden(session, parts, next);
      let token = 0;
      for (const [index, r] of open.entries()) {
        found[r]!.push(...part.subarray(token * H, (token + parts[index]!.length) * H));
        token += parts[index]!.length;
      }
      keyValues = keyValues.map((old, r) => next[open.indexOf(r)] ?? old);
    }
    const largest = found.flat().reduce((most, value, index) => Math.max(most, Math.abs(value - whole[index]!)), 0);
    expect(found.flat()).toHaveLength(whole.length);
    expect(largest).toBeLessThan(1e-5);
    expect(keyValues.map(({ length }) => length)).toEqual([13, 1, 9]);
  });
});

test("two rows may go on from the same tokens", async () => {
  const session = await KernelSession.create(await packDecoder("torch/causal-lm"));
  const begin = new KeyValues();
  await hidden(session, [row(6, 1)], [begin]);
  const [a, b] = [
    [8, 9],
    [21, 6],
  ] as const;
  const forked = await hidden(session, [a, b], [new KeyValues(begin), new KeyValues(begin)]);
  const H = forked.length / 4;
  for (const [index, end] of [a, b].entries()) {
    const whole = await hidden(session, [[...row(6, 1), ...end]]);
    for (let i = 0; i < 2 * H; i++) expect(forked[index * 2 * H + i]).toBeCloseTo(whole[6 * H + i]!, 5);
  }
});

test("counts its bytes: keys and values of every layer, of the tokens before, too", async () => {
  const session = await KernelSession.create(await packDecoder("torch/causal-lm"));
  const { num_hidden_layers: layers, num_attention_heads: A, headSize } = session.model.header.config;
  const width = A * Math.ceil(headSize / 16) * 16;
  const begin = new KeyValues();
  await hidden(session, [row(6, 1)], [begin]);
  const end = new KeyValues(begin);
  await hidden(session, [[7]], [end]);
  expect([begin.bytes, end.bytes]).toEqual([6, 7].map((tokens) => layers * tokens * 2 * width * 4));
});

describe("is refused", () => {
  const RULE = "keyValues are for ragged rows of a decoder, one each, and not with attentions";
  const refused = (run: () => Promise<unknown>, code: "invalid_input" | "unsupported", part: string) =>
    expectError(run, code, part);

  test("by a model that is no decoder, and by the ort engine", async () => {
    const encoder = await KernelSession.create(await packDecoder("torch/bert-model", {}));
    expect(encoder.keyValuesOf).toBeUndefined();
    await refused(() => hidden(encoder, [[5]], [new KeyValues()]), "invalid_input", RULE);
    const ort = await OrtSession.create(await exportOnnx((await readGolden("torch/bert-model")).files));
    await refused(() => hidden(ort, [[5]], [new KeyValues()]), "unsupported", "ort engine");
  });

  test("for another number of rows, and for padded feeds", async () => {
    const session = await KernelSession.create(await packDecoder("torch/causal-lm"));
    await refused(() => hidden(session, [[5], [6]], [new KeyValues()]), "invalid_input", RULE);
    const padded = { input_ids: new Tensor("int32", Int32Array.of(5, 6), [1, 2]) };
    const keyValues = [new KeyValues()];
    await refused(() => session.run(padded, FETCH, { keyValues }), "invalid_input", RULE);
  });

  test("where attentions are fetched", async () => {
    const session = await KernelSession.create(await packDecoder("torch/causal-lm"));
    const feeds = { input_ids: vector([5]), row_starts: vector([0, 1]) };
    const run = () => session.run(feeds, ["attentions.0"], { keyValues: [new KeyValues()] });
    await refused(run, "invalid_input", RULE);
  });

  test("beyond the model's positions", async () => {
    const session = await KernelSession.create(await packDecoder("torch/causal-lm"));
    const { max_position_embeddings: positions } = session.model.header.config;
    const begin = new KeyValues();
    await hidden(session, [row(positions, 1)], [begin]);
    await refused(() => hidden(session, [[5]], [new KeyValues(begin)]), "invalid_input", `position ${positions}`);
  });

  test("after a run that failed, and for a model of another shape", async () => {
    const session = await KernelSession.create(await packDecoder("torch/causal-lm"));
    const other = await KernelSession.create(await packModel(tinyInput({ is_decoder: true })));
    const begin = new KeyValues();
    await hidden(other, [[5, 6, 7]], [begin]);
    const part = "a model of another shape, or of a run that failed";
    await refused(() => hidden(session, [[5]], [new KeyValues(begin)]), "invalid_input", part);
    const failed = new KeyValues();
    failed.join(0, new Float32Array(96), 96, new Float32Array(64));
    await refused(() => hidden(session, [[5]], [new KeyValues(failed)]), "invalid_input", part);
  });
});
