// Models as Hub folders and with other vocabularies: read back here, and by the reference where it is installed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AutoModel } from "../../src/models/auto.ts";
import { BertForMaskedLM } from "../../src/models/bert-for-masked-lm.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { BertModel } from "../../src/models/bert-model.ts";
import { readSafetensors, toFloat32 } from "../../src/safetensors.ts";
import { expectError } from "../expect-error.ts";
import { missingReference, reference } from "../functions/python.ts";
import { difference, readGolden, values } from "../goldens.ts";

const CHECKPOINTS = [
  "bert-model-odd",
  "masked-lm-odd",
  "masked-lm-untied",
  "pretraining",
  "sequence-classification-odd",
  "token-classification",
  "question-answering",
  "multiple-choice",
  "causal-lm",
] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-save-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a saved model", () => {
  test.each(CHECKPOINTS)("has the weights that were loaded: %s", async (name) => {
    const { files } = await readGolden(`torch/${name}`);
    const model = await AutoModel.fromPretrained(files);
    const saved = readSafetensors(model.toFiles().get("model.safetensors")!).tensors;
    const original = readSafetensors(files["model.safetensors"]!).tensors;
    for (const [tensor, view] of saved) {
      const wanted = original.get(tensor);
      if (!wanted) throw new Error(`${tensor} is not a tensor of the checkpoint`);
      expect(view.shape).toEqual(wanted.shape);
      expect(toFloat32(view), tensor).toEqual(toFloat32(wanted));
    }
    await model.release();
  });

  test("is read back from its folder, in float16 with half the bytes", async () => {
    const { files } = await readGolden("torch/sequence-classification-odd");
    const model = await BertForSequenceClassification.fromPretrained(files);
    const inputs = { input_ids: [[5, 6, 7, 8]] };
    const { logits } = await model.forward(inputs);
    for (const [dtype, tolerance] of [
      ["float32", 1e-6],
      ["float16", 2e-2],
    ] as const) {
      await model.savePretrained(join(folder, dtype), { dtype });
      const again = await BertForSequenceClassification.fromPretrained(join(folder, dtype));
      expect(again.config.id2label).toEqual(model.config.id2label);
      expect(difference((await again.forward(inputs)).logits, Array.from(values(logits)))).toBeLessThan(tolerance);
      await again.release();
    }
    await expectError(() => model.savePretrained(folder, { dtype: "int8" } as object), "invalid_input", "float16");
    await model.release();
  });
});

const reason = await missingReference("torch", "transformers");
if (reason) console.log(`the reference does not read saved models: ${reason}`);

const SCRIPT = `
import json, sys
import torch, transformers
for folder, name, ids in json.loads(sys.argv[1]):
    model, info = getattr(transformers, name).from_pretrained(folder, output_loading_info=True)
    with torch.no_grad():
        outputs = model.eval()(input_ids=torch.tensor(ids)).to_tuple()
    print(json.dumps([info["missing_keys"], info["unexpected_keys"], outputs[0].flatten().tolist()]))
`;

test.skipIf(reason)(
  "the reference loads saved models, every tensor, and gives the same outputs",
  { timeout: 240_000 },
  async () => {
    const runs: [folder: string, name: string, ids: number[][]][] = [];
    const expected: number[][] = [];
    const own = ["bert-model-odd", "masked-lm-odd", "sequence-classification-odd", "token-classification"];
    const relatives = ["distilbert-sequence-classification", "distilbert-masked-lm", "roberta-sequence-classification"];
    for (const golden of [...own.map((name) => `torch/${name}`), ...relatives.map((name) => `relatives/${name}`)]) {
      const name = golden.split("/").at(-1)!;
      const { files } = await readGolden(golden);
      for (const dtype of ["float32", "float16"] as const) {
        const model = await AutoModel.fromPretrained(files);
        const into = join(folder, `${name}-${dtype}`);
        await model.savePretrained(into, { dtype });
        const again = await AutoModel.fromPretrained(into);
        const ids = [[5, 6, 7, 8]];
        runs.push([into, again.constructor.name, ids]);
        const outputs = (await (again as BertForMaskedLM).forward({ input_ids: ids })) as object;
        const [first] = Object.values(outputs);
        expected.push(Array.from(values(first)));
        await model.release();
        await again.release();
      }
    }
    const { code, stdout, stderr } = await reference("-c", SCRIPT, JSON.stringify(runs));
    expect(code, stderr).toBe(0);
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as [string[], string[], number[]]);
    for (const [index, [missing, unexpected, outputs]] of answers.entries()) {
      const [into] = runs[index]!;
      expect([missing, unexpected], into).toEqual([[], []]);
      const largest = Math.max(
        ...outputs.map((value, i) => Math.abs(value - expected[index]![i]!) / Math.max(1, Math.abs(value))),
      );
      expect(largest, into).toBeLessThan(into.endsWith("float16") ? 2e-2 : 1e-4);
    }
  },
);

describe("resizeTokenEmbeddings", () => {
  test("adds tokens with the mean of the others' vectors, and leaves the model as it was", async () => {
    const { files } = await readGolden("torch/masked-lm-odd");
    const model = await BertForMaskedLM.fromPretrained(files);
    const V = model.config.vocab_size;
    const larger = await model.resizeTokenEmbeddings(V + 3);
    expect(larger).toBeInstanceOf(BertForMaskedLM);
    expect([model.config.vocab_size, larger.config.vocab_size]).toEqual([V, V + 3]);
    const inputs = { input_ids: [[5, 6, 7]] };
    const [before, after] = [
      values((await model.forward(inputs)).logits),
      values((await larger.forward(inputs)).logits),
    ];
    for (let token = 0; token < 3; token++) {
      const old = before.subarray(token * V, (token + 1) * V);
      const now = after.subarray(token * (V + 3), (token + 1) * (V + 3));
      for (let i = 0; i < V; i++) expect(now[i]).toBeCloseTo(old[i]!, 5);
      const mean = old.reduce((sum, x) => sum + x, 0) / V;
      for (let i = V; i < V + 3; i++) expect(now[i]).toBeCloseTo(mean, 4);
    }
    const { logits } = await larger.forward({ input_ids: [[V + 2]] });
    expect(values(logits).every(Number.isFinite)).toBe(true);
    await expectError(() => model.forward({ input_ids: [[V]] }), "invalid_input");
    await model.release();
    await larger.release();
  });

  test("drops the tokens beyond a smaller size", async () => {
    const { files } = await readGolden("torch/bert-model-odd");
    const model = await BertModel.fromPretrained(files);
    const smaller = await model.resizeTokenEmbeddings(100);
    expect(smaller.wordEmbeddings([99])).toEqual(model.wordEmbeddings([99]));
    await expectError(() => smaller.wordEmbeddings([100]), "invalid_input", "there are 100");
    await expectError(() => model.resizeTokenEmbeddings(0), "invalid_input", "size");
    await model.release();
    await smaller.release();
  });
});

test("word embeddings are the rows of the table, whatever the quantisation", async () => {
  const { files } = await readGolden("torch/bert-model-odd");
  const table = readSafetensors(files["model.safetensors"]!).tensors.get("embeddings.word_embeddings.weight")!;
  const H = table.shape[1]!;
  const rows = toFloat32(table);
  for (const [quantization, tolerance] of [
    ["f32", 0],
    ["int8", 0.02],
    ["int4", 0.2],
  ] as const) {
    const model = await BertModel.fromPretrained(files, { quantization });
    for (const [index, id] of [7, 300, 1].entries()) {
      const vector = model.wordEmbeddings([7, 300, 1])[index]!;
      const row = rows.subarray(id * H, (id + 1) * H);
      const errors = row.map((value, i) => vector[i]! - value);
      expect(Math.hypot(...errors) / Math.hypot(...row)).toBeLessThanOrEqual(tolerance);
    }
    await model.release();
  }
});
