// Which class and which file: the auto classes, the families' base classes, and reading a checkpoint as another class than its own.
import { describe, expect, it } from "vitest";
import { BertConfig } from "../../src/architectures/config.ts";
import type { LoadingInfo } from "../../src/checkpoint/checkpoint.ts";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { AutoConfig, AutoModel, AutoModelForSequenceClassification, AutoTokenizer } from "../../src/models/auto.ts";
import { BertForMaskedLM } from "../../src/models/bert-for-masked-lm.ts";
import { BertForNextSentencePrediction } from "../../src/models/bert-for-next-sentence-prediction.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { BertModel } from "../../src/models/bert-model.ts";
import { FlaxBertForMaskedLM, FlaxBertModel, FlaxPreTrainedModel } from "../../src/models/flax.ts";
import { TFBertModel } from "../../src/models/tensorflow.ts";
import { openSource } from "../../src/source/source.ts";
import {
  AlbertTokenizer,
  BertTokenizer,
  BertTokenizerFast,
  MPNetTokenizer,
  RobertaTokenizer,
} from "../../src/tokenizer/tokenizer.ts";
import { expectError } from "../expect-error.ts";
import { inWorkerd, readFixture } from "../fixtures.ts";

async function files(...paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  const read = paths.map(async (path) => {
    const bytes = await readFixture(`test/goldens/${path}`);
    if (!bytes) throw new Error(`${path} is missing`);
    return [path.split("/").at(-1)!, bytes] as const;
  });
  return new Map(await Promise.all(read));
}
const torch = (name: string) => files(`torch/${name}/config.json`, `torch/${name}/model.safetensors`);
const flax = (name: string) => files(`flax/${name}/config.json`, `flax/${name}/flax_model.msgpack`);

describe("AutoModel", () => {
  it.each([
    ["bert-model", BertModel],
    ["masked-lm", BertForMaskedLM],
    ["next-sentence", BertForNextSentencePrediction],
    ["sequence-classification", BertForSequenceClassification],
  ])("makes of %s what it is", async (name, Model) => {
    const model = await AutoModel.fromPretrained(await torch(name));
    expect(model.constructor).toBe(Model);
    await model.release();
  });

  it("makes of a packed model what its heads are", async () => {
    const packed = await packCheckpoint(await openSource(await torch("masked-lm")), { quantization: "f32" });
    const model = await AutoModel.fromPretrained(packed.slice(), { head: "fill-mask" });
    expect(model).toBeInstanceOf(BertForMaskedLM);
    await model.release();
    await expectError(
      () => AutoModel.fromPretrained(packed.slice(), { head: "mood" }),
      "not_found",
      "it has fill-mask",
    );
  });

  it("knows no class of another kind", async () => {
    const other = (await torch("bert-model")).set("config.json", encode({ architectures: ["BertForSomething"] }));
    await expectError(() => AutoModel.fromPretrained(other), "unsupported", "BertForSomething");
    other.set("config.json", encode({ model_type: "t5" }));
    await expectError(() => AutoModel.fromPretrained(other), "invalid_config", "model_type");
  });
});

describe("a family's base class", () => {
  it.each([
    ["bert-model", FlaxBertModel],
    ["masked-lm", FlaxBertForMaskedLM],
  ])("makes of %s its own class", async (name, Model) => {
    const model = await FlaxPreTrainedModel.fromPretrained(await flax(name));
    expect(model.constructor).toBe(Model);
    await model.release();
  });
});

describe("the file that is read", () => {
  const both = async () => new Map([...(await torch("bert-model")), ...(await flax("bert-model"))]);
  const digest = async (model: Promise<BertModel>) => {
    const { pretrained } = await model;
    await pretrained.session.release();
    return pretrained.digest;
  };

  it("is safetensors, and a family's own", async () => {
    const config = (await torch("bert-model")).get("config.json")!;
    const ours = async (source: Map<string, Uint8Array>) => source.set("config.json", config);
    const fromTorch = await digest(BertModel.fromPretrained(await torch("bert-model")));
    const fromFlax = await digest(FlaxBertModel.fromPretrained(await ours(await flax("bert-model"))));
    expect(fromFlax).not.toBe(fromTorch);
    expect(await digest(BertModel.fromPretrained(await ours(await both())))).toBe(fromTorch);
    expect(await digest(FlaxBertModel.fromPretrained(await ours(await both())))).toBe(fromFlax);
    expect(await digest(TFBertModel.fromPretrained(await ours(await both())))).toBe(fromTorch);
  });
});

describe("a checkpoint read as another class", () => {
  it("gives the tensors that the class has, and tells of the others", async () => {
    let told: LoadingInfo | undefined;
    const onLoadingInfo = (info: LoadingInfo) => {
      told = info;
    };
    const model = await BertForNextSentencePrediction.fromPretrained(await torch("pretraining"), { onLoadingInfo });
    expect(model.pretrained.heads.map(({ task }) => task)).toEqual(["next-sentence-prediction"]);
    expect(told?.missing_keys).toEqual([]);
    expect(told?.unexpected_keys).toContain("cls.predictions.transform.dense.weight");
    expect(told?.unexpected_keys).not.toContain("pooler.dense.weight");
    await model.release();
  });

  it("misses a head that is absent, every tensor by name", async () =>
    expectError(
      async () => AutoModelForSequenceClassification.fromPretrained(await torch("bert-model-no-pooler")),
      "invalid_checkpoint",
      "pooler.dense.weight is missing",
      "pooler.dense.bias is missing",
      "classifier.weight is missing",
      "classifier.bias is missing",
      "initializeMissingHead",
    ));

  it("makes it anew when asked, the same each time", async () => {
    let told: LoadingInfo | undefined;
    const load = async (initializeMissingHead: boolean) =>
      BertForSequenceClassification.fromPretrained(await torch("bert-model-no-pooler"), {
        initializeMissingHead,
        onLoadingInfo: (info) => {
          told = info;
        },
      });
    const [one, two] = [await load(true), await load(true)];
    expect(told?.missing_keys).toEqual([
      "pooler.dense.weight",
      "pooler.dense.bias",
      "classifier.weight",
      "classifier.bias",
    ]);
    expect(one.pretrained.digest).toBe(two.pretrained.digest);
    const { logits } = await one.forward({ input_ids: [[1, 2, 3]] });
    expect([...(logits.data as Float32Array)].every((x) => Number.isFinite(x) && x !== 0)).toBe(true);
    await one.release();
    await two.release();
  });
});

describe("AutoConfig and AutoTokenizer", () => {
  it("read what there is", async () => {
    expect(await AutoConfig.fromPretrained(await torch("bert-model-odd"))).toBeInstanceOf(BertConfig);
    const vocabulary = { "vocab.txt": new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello") };
    const fast = await AutoTokenizer.fromPretrained(vocabulary);
    expect(fast).toBeInstanceOf(BertTokenizerFast);
    expect(fast.encode("Hello")).toEqual([2, 5, 3]);
    const slow = await AutoTokenizer.fromPretrained(vocabulary, { useFast: false, tokenizer: { doLowerCase: false } });
    expect(slow).toBeInstanceOf(BertTokenizer);
    expect(slow.encode("Hello")).toEqual([2, 1, 3]);
  });

  it("read the slow tokenizer of a relative", async () => {
    const folder = "test/goldens/tokenizer-relatives";
    const slow = async (files: Record<string, Uint8Array>) => AutoTokenizer.fromPretrained(files, { useFast: false });
    const vocab = (await readFixture(`${folder}/roberta/vocab.json`))!;
    const merges = (await readFixture(`${folder}/roberta/merges.txt`))!;
    expect(await slow({ "vocab.json": vocab, "merges.txt": merges })).toBeInstanceOf(RobertaTokenizer);
    const words = { "vocab.txt": new TextEncoder().encode("<s>\n<pad>\n</s>\n[UNK]\n<mask>\nhello") };
    expect(await slow({ ...words, "config.json": encode({ model_type: "mpnet" }) })).toBeInstanceOf(MPNetTokenizer);
    const albert = { "spiece.model": (await readFixture(`${folder}/albert/spiece.model`))! };
    const config = { "tokenizer_config.json": encode({ tokenizer_class: "AlbertTokenizer" }) };
    if (inWorkerd) await expectError(() => slow({ ...albert, ...config }), "unsupported", "AlbertTokenizer");
    else expect(await slow({ ...albert, ...config })).toBeInstanceOf(AlbertTokenizer);
    await expectError(() => slow(albert), "unsupported", "no configuration names any");
  });
});

function encode(json: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}
