// EncoderDecoderModel against the reference's: logits, generated tokens, and what is saved and read again; and what is refused.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FLAX } from "../../src/checkpoint/frameworks.ts";
import { logSoftmax } from "../../src/heads/scores.ts";
import { EncoderDecoderModel } from "../../src/models/encoder-decoder.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";
import { type GoldenCase, readGolden } from "../goldens.ts";

const FOLDER = "relatives/encoder-decoder";

interface Case {
  readonly name: string;
  readonly inputs: Readonly<
    Record<"input_ids" | "attention_mask" | "decoder_input_ids" | "decoder_attention_mask", number[][]>
  >;
  readonly outputs: { readonly logits: number[][][] };
  readonly options: Readonly<Record<string, unknown>>;
  readonly generated: number[][];
}

const { files, cases, tolerance } = await readGolden(FOLDER);
const all = cases as unknown as (Case & GoldenCase)[];
const forward = all.filter(({ outputs }) => outputs !== undefined) as unknown as [Case, ...Case[]];
const generation = all.filter(({ generated }) => generated !== undefined) as unknown as [Case, ...Case[]];
const settings = (await readFixture(`test/goldens/${FOLDER}/generation_config.json`))!;
const folder = { ...files, "generation_config.json": settings };

function differenceOf({ inputs, outputs }: Case, logits: { readonly data: unknown }): number {
  const values = logits.data as Float32Array;
  const expected = outputs.logits.flat(2);
  const V = outputs.logits[0]![0]!.length;
  const mask = inputs.decoder_attention_mask.flat();
  let most = 0;
  for (const [index, value] of expected.entries())
    if (mask[Math.floor(index / V)] === 1) most = Math.max(most, Math.abs(value - values[index]!));
  return most;
}

const toOptions = (options: Case["options"]) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  );

describe.each(["relaxed", "baseline"] as const)("the %s build", (build) => {
  let model: EncoderDecoderModel;
  beforeAll(async () => {
    model = await EncoderDecoderModel.fromPretrained(folder, { build });
  });
  afterAll(() => model.release());

  test.each(forward)("gives the reference's logits: $name", async (golden) => {
    const { logits } = await model.forward(golden.inputs);
    expect(differenceOf(golden, logits)).toBeLessThan(tolerance);
  });

  test.each(generation)("generates the reference's tokens: $name", async ({ inputs, options, generated }) => {
    expect(await model.generate(inputs.input_ids, toOptions(options))).toEqual(generated);
  });

  test("generates the same for several texts at once", async () => {
    const own = generation.filter(({ name }) => name.startsWith("greedy, "));
    const texts = own.flatMap(({ inputs }) => inputs.input_ids);
    expect(await model.generate(texts, { maxNewTokens: 12 })).toEqual(own.flatMap(({ generated }) => generated));
  });
});

describe("in float32", () => {
  let model: EncoderDecoderModel;
  beforeAll(async () => {
    model = await EncoderDecoderModel.fromPretrained(folder);
  });
  afterAll(() => model.release());

  test("is saved as a folder that has the same tensors, and answers the same when it is read", async () => {
    const saved = model.toFiles();
    const again = await EncoderDecoderModel.fromPretrained(Object.fromEntries(saved));
    const [{ inputs }] = forward;
    const { logits } = await again.forward(inputs);
    expect(logits.data).toEqual((await model.forward(inputs)).logits.data);
    const [{ inputs: texts, options, generated }] = generation;
    expect(await again.generate(texts.input_ids, toOptions(options))).toEqual(generated);
    await again.release();
  });

  test("computes the loss of labels, which it moves to the right by itself", async () => {
    const [{ inputs }] = forward;
    const labels = inputs.decoder_input_ids.map((row, index) =>
      row.map((id, column) => (inputs.decoder_attention_mask[index]![column] ? id : -100)),
    );
    const { input_ids, attention_mask } = inputs;
    const { loss } = await model.forward({ input_ids, attention_mask, labels });
    const decoder_input_ids = labels.map((row) => [1, ...row.slice(0, -1)].map((id) => Math.max(id, 0)));
    const { logits } = await model.forward({ input_ids, attention_mask, decoder_input_ids });
    const V = logits.dims[2]!;
    const losses = labels.flat().flatMap((label, index) => {
      const row = (logits.data as Float32Array).subarray(index * V, (index + 1) * V);
      return label < 0 ? [] : [-logSoftmax(row)[label]!];
    });
    const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    expect((loss!.data as Float32Array)[0]).toBeCloseTo(mean, 4);
  });

  test("refuses what does not fit", async () => {
    const input_ids = [[5, 6]];
    await expectError(() => model.forward({ input_ids }), "invalid_input", "decoder_input_ids are needed, or labels");
    const unknown = { input_ids, token_type_ids: [[0, 0]] } as never;
    await expectError(() => model.forward(unknown), "invalid_input", "there is no input token_type_ids");
    await expectError(() => model.generate([[5], []]), "invalid_input", "text 1 is empty");
    await expectError(() => model.generateText(["a"]), "not_found", "tokenizer");
    expect(await model.generate([])).toEqual([]);
  });
});

test("in int8, its logits are near those of f32", async () => {
  const model = await EncoderDecoderModel.fromPretrained(folder, { quantization: "int8" });
  const [{ inputs, outputs }] = forward;
  const { logits } = await model.forward(inputs);
  const mask = inputs.decoder_attention_mask.flat();
  const V = logits.dims[2]!;
  const keep = (_: number, index: number) => mask[Math.floor(index / V)] === 1;
  const ours = Array.from(logits.data as Float32Array).filter(keep);
  const theirs = outputs.logits.flat(2).filter(keep);
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  expect(dot(ours, theirs) / Math.sqrt(dot(ours, ours) * dot(theirs, theirs))).toBeGreaterThan(0.99);
  await model.release();
});

describe("a folder is refused", () => {
  const config = JSON.parse(new TextDecoder().decode(files["config.json"]));
  const open = (change: object, options = {}) =>
    EncoderDecoderModel.fromPretrained(
      { ...folder, "config.json": new TextEncoder().encode(JSON.stringify({ ...config, ...change })) },
      options,
    );
  test.each([
    ["of another kind", { model_type: "bert" }, "invalid_config", "model_type"],
    [
      "of another family",
      { decoder: { ...config.decoder, model_type: "gpt2" } },
      "unsupported",
      "one of these is gpt2",
    ],
    ["with tied weights", { tie_encoder_decoder: true }, "unsupported", "share no weights"],
    [
      "whose decoder attends to nothing",
      { decoder: { ...config.decoder, add_cross_attention: false } },
      "invalid_config",
      "the decoder needs is_decoder and add_cross_attention",
    ],
    [
      "whose widths differ",
      { encoder: { ...config.encoder, hidden_size: 64 } },
      "unsupported",
      "the encoder's hidden_size is 64, the decoder's 32",
    ],
  ] as const)("%s", async (_, change, type, message) => {
    await expectError(() => open(change), type, message);
  });

  test("without a file, and with an option that does not fit two models", async () => {
    await expectError(() => EncoderDecoderModel.fromPretrained({}), "not_found", "config.json is missing");
    await expectError(() => open({}, { architecture: "BertModel" }), "invalid_input", "architecture");
    await expectError(() => open({}, { formats: [FLAX] }), "unsupported", "PyTorch's files alone");
    const bert = await loadPretrained((await readGolden("torch/bert-model")).files);
    await expectError(async () => new EncoderDecoderModel(bert, bert), "invalid_config", "the decoder needs");
    await bert.session.release();
  });
});
