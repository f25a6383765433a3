// BertConfig: what a config.json means, what is refused and why.
import { describe, expect, it } from "vitest";
import { BertConfig, type Preset } from "../../src/architectures/bert-config.ts";
import { loadPacked } from "../../src/models/loaded-model.ts";
import { expectError } from "../expect-error.ts";
import { readFixture, readJsonFixture } from "../fixtures.ts";

const refused = (json: unknown, ...parts: string[]) =>
  expectError(() => BertConfig.fromJSON(json), "invalid_config", ...parts);

describe("BertConfig.fromJSON", () => {
  it("has the reference's defaults", () => {
    expect(BertConfig.fromJSON({}).toJSON()).toEqual({
      model_type: "bert",
      architectures: [],
      vocab_size: 30522,
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
      hidden_act: "gelu",
      hidden_dropout_prob: 0.1,
      attention_probs_dropout_prob: 0.1,
      classifier_dropout: null,
      max_position_embeddings: 512,
      type_vocab_size: 2,
      initializer_range: 0.02,
      layer_norm_eps: 1e-12,
      pad_token_id: 0,
      position_embedding_type: "absolute",
      is_decoder: false,
      add_cross_attention: false,
      use_cache: true,
      tie_word_embeddings: true,
      problem_type: null,
      id2label: { 0: "LABEL_0", 1: "LABEL_1" },
      label2id: { LABEL_0: 0, LABEL_1: 1 },
    });
  });

  it("derives the head's width", () => {
    expect(BertConfig.fromJSON({ hidden_size: 36, num_attention_heads: 4 }).headSize).toBe(9);
  });

  it.each([
    ["gelu", "gelu"],
    ["gelu_10", "gelu_10"],
    ["gelu_accurate", "gelu_new"],
    ["gelu_fast", "gelu_new"],
    ["gelu_new", "gelu_new"],
    ["gelu_python", "gelu"],
    ["gelu_pytorch_tanh", "gelu_new"],
    ["laplace", "laplace"],
    ["leaky_relu", "leaky_relu"],
    ["linear", "none"],
    ["mish", "mish"],
    ["quick_gelu", "quick_gelu"],
    ["relu", "relu"],
    ["relu2", "relu2"],
    ["relu6", "relu6"],
    ["sigmoid", "sigmoid"],
    ["silu", "silu"],
    ["swish", "silu"],
    ["tanh", "tanh"],
  ])("knows the activation %s as %s", (hidden_act, kernel) => {
    expect(BertConfig.fromJSON({ hidden_act }).hidden_act).toBe(kernel);
  });

  it.each([
    "architectures",
    "classifier_dropout",
    "pad_token_id",
    "position_embedding_type",
    "problem_type",
    "id2label",
  ])("takes null for %s, as old files have it", (key) => {
    expect({ ...BertConfig.fromJSON({ [key]: null }) }).toEqual({ ...BertConfig.fromJSON({}) });
  });

  describe("labels", () => {
    it.each<[string, object, string[]]>([
      ["are two when nothing is said", {}, ["LABEL_0", "LABEL_1"]],
      ["are numbered by num_labels", { num_labels: 3 }, ["LABEL_0", "LABEL_1", "LABEL_2"]],
      ["are named by id2label, in the order of their ids", { id2label: { 1: "b", 0: "a", 2: "c" } }, ["a", "b", "c"]],
      [
        "are in numeric order",
        { id2label: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [i, `l${i}`])) },
        [...Array.from({ length: 11 }, (_, i) => `l${i}`)],
      ],
      ["may be stated twice", { id2label: { 0: "a" }, num_labels: 1 }, ["a"]],
      ["are those of id2label where num_labels disagrees", { id2label: { 0: "a", 1: "b" }, num_labels: 3 }, ["a", "b"]],
      ["may be numbers", { id2label: { 0: 1, 1: 2.5 } }, ["1", "2.5"]],
    ])("%s", (_, json, labels) => {
      const config = BertConfig.fromJSON(json);
      expect(config.id2label).toEqual(labels);
      expect(config.num_labels).toBe(labels.length);
      expect(config.label2id).toEqual(Object.fromEntries(labels.map((label, id) => [label, id])));
    });

    it.each<[string, object, string]>([
      ["a gap", { id2label: { 0: "a", 2: "c" } }, "id2label is not numbered from 0 to 1"],
      ["numbers that do not begin at 0", { id2label: { 1: "a", 2: "b" } }, "id2label is not numbered from 0 to 1"],
      ["names for ids", { id2label: { a: "0" } }, "id2label.a"],
      ["an id written twice", { id2label: { 0: "a", "00": "b" } }, "id2label.00"],
      ["a label that is no text", { id2label: { 0: ["a"] } }, "id2label.0"],
      ["no label", { id2label: {} }, "id2label is empty"],
    ])("are refused with %s", (_, json, message) => refused(json, message));
  });

  it("keeps keys that BERT does not know", () => {
    const config = BertConfig.fromJSON({ transformers_version: "4.46.3", task_specific_params: { a: [1] } });
    expect(config.get("transformers_version")).toBe("4.46.3");
    expect(config.toJSON()).toMatchObject({ transformers_version: "4.46.3", task_specific_params: { a: [1] } });
  });

  it("has no key that was not in the file", () => {
    const config = BertConfig.fromJSON(JSON.parse('{"__proto__": {"inherited": 1}}'));
    for (const key of ["inherited", "constructor", "toString", "__proto__"]) expect(config.get(key)).toBeUndefined();
  });

  describe("refuses", () => {
    const sizes = [
      "vocab_size",
      "hidden_size",
      "num_hidden_layers",
      "num_attention_heads",
      "intermediate_size",
      "max_position_embeddings",
      "type_vocab_size",
    ];
    it.each(sizes)("a %s that is no size", async (key) => {
      const cases: [value: unknown, why: string][] = [
        [0, ">=1 but received 0"],
        [-1, ">=1 but received -1"],
        [1.5, "integer"],
        ["12", "Expected number"],
        [null, "Expected number but received null"],
        [true, "Expected number"],
        [Number.NaN, "NaN"],
        [Number.POSITIVE_INFINITY, "Infinity"],
        [2 ** 31, "2147483648"],
        [2 ** 53, "9007199254740992"],
        [1e300, "1e+300"],
      ];
      for (const [value, why] of cases) await refused({ [key]: value }, `${key}: `, why);
    });

    it("layers enough to fill the memory with their names", () =>
      refused({ num_hidden_layers: 2 ** 30 }, "num_hidden_layers: ", "1073741824"));

    it.each<[key: string, value: unknown, why: string]>([
      ["model_type", "t5", 'received "t5"'],
      ["architectures", "BertModel", "Expected Array"],
      ["hidden_act", "softplus", 'received "softplus"'],
      ["hidden_act", "toString", 'received "toString"'],
      ["hidden_dropout_prob", 1.1, "<=1"],
      ["attention_probs_dropout_prob", -0.1, ">=0"],
      ["classifier_dropout", 2, "<=1"],
      ["initializer_range", -1, ">=0"],
      ["initializer_range", Number.POSITIVE_INFINITY, "Infinity"],
      ["layer_norm_eps", 0, ">0"],
      ["layer_norm_eps", Number.POSITIVE_INFINITY, "Infinity"],
      ["pad_token_id", -1, ">=0"],
      ["pad_token_id", 0.5, "integer"],
      ["position_embedding_type", 1, "received 1"],
      ["position_embedding_type", "rotary", 'received "rotary"'],
      ["embedding_size", 0, ">=1"],
      ["inner_group_num", 0, ">=1"],
      ["is_decoder", "yes", "Expected boolean"],
      ["use_cache", 1, "Expected boolean"],
      ["tie_word_embeddings", null, "Expected boolean"],
      ["problem_type", "ranking", 'received "ranking"'],
      ["num_labels", 0, ">=1"],
      ["num_labels", 2 ** 40, "<=1000000"],
      ["id2label", "a", "Expected Object"],
    ])("%s %j", (key, value, why) => refused({ [key]: value }, `${key}: `, why));

    it.each(["relative_key", "relative_key_query"])("position embeddings of type %s in RoBERTa", (type) =>
      refused({ model_type: "roberta", position_embedding_type: type }, "for bert alone, not for roberta"),
    );

    it("heads that do not divide the hidden size", () =>
      refused({ hidden_size: 100 }, "hidden_size 100 is not divisible by num_attention_heads 12"));

    it("cross-attention of an encoder, or in another family than BERT", async () => {
      const message = "add_cross_attention is supported for bert with is_decoder alone";
      await refused({ add_cross_attention: true }, message);
      await refused({ model_type: "roberta", is_decoder: true, add_cross_attention: true }, message);
    });

    it("several values at once, each by its key", async () => {
      await refused(
        { vocab_size: 0, hidden_act: "softplus", is_decoder: 1 },
        "vocab_size: ",
        "hidden_act: ",
        "is_decoder: ",
      );
      const contradictory = {
        model_type: "electra",
        hidden_size: 102,
        position_embedding_type: "relative_key",
      };
      await refused(contradictory, "hidden_size 102", "position_embedding_type");
    });

    it.each([[null], [undefined], [12], ["bert"], [[]], [[{ hidden_size: 12 }]]])("%j for a config", (json) =>
      refused(json),
    );
  });

  describe("toJSON", () => {
    it.each<[string, object]>([
      ["the defaults", {}],
      ["labels", { id2label: { 0: "a", 1: "b" }, label2id: { a: 0, b: 1 } }],
      ["num_labels", { num_labels: 4, problem_type: "regression" }],
      ["unknown keys", { _name_or_path: "x", torch_dtype: "float32" }],
      ["nulls", { classifier_dropout: null, pad_token_id: null, position_embedding_type: null }],
      ["everything else", { hidden_act: "swish", layer_norm_eps: 1e-5, is_decoder: true, tie_word_embeddings: false }],
    ])("reads back as the same config: %s", (_, json) => {
      const config = BertConfig.fromJSON(json);
      const again = BertConfig.fromJSON(JSON.parse(JSON.stringify(config)));
      expect({ ...again }).toEqual({ ...config });
      expect(again.toJSON()).toEqual(config.toJSON());
    });

    it("keeps every value of a checkpoint's own file", async () => {
      const json = await readJsonFixture<object>("test/goldens/torch/sequence-classification/config.json");
      expect(BertConfig.fromJSON(json).toJSON()).toMatchObject(json);
    });
  });
});

describe("BertConfig.preset", () => {
  it.each<[Preset, number[]]>([
    ["base", [30522, 768, 12, 12, 3072]],
    ["base-cased", [28996, 768, 12, 12, 3072]],
    ["large", [30522, 1024, 24, 16, 4096]],
    ["large-cased", [28996, 1024, 24, 16, 4096]],
    ["multilingual", [119547, 768, 12, 12, 3072]],
    ["multilingual-uncased", [105879, 768, 12, 12, 3072]],
  ])("%s has V, H, layers, A and F %j", (name, shape) => {
    const { vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size } =
      BertConfig.preset(name);
    expect([vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size]).toEqual(shape);
  });

  it("takes settings on top", () => {
    const config = BertConfig.preset("large", { num_hidden_layers: 3, num_labels: 5 });
    expect([config.hidden_size, config.num_hidden_layers, config.num_labels]).toEqual([1024, 3, 5]);
  });

  it.each(["huge", "toString", "__proto__"])("knows no %s, and says which there are", (name) =>
    expectError(() => BertConfig.preset(name as Preset), "invalid_config", name, "base, base-cased, large"),
  );
});

it("BertConfig is the class of every config, however it was made", async () => {
  const { config } = await loadPacked((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
  expect(config).toBeInstanceOf(BertConfig);
  expect(BertConfig.preset("base")).toBeInstanceOf(BertConfig);
  expect({ ...config }).not.toBeInstanceOf(BertConfig);
});

describe("BertConfig.fromPretrained", () => {
  it("reads config.json", async () => {
    const bytes = (await readFixture("test/goldens/torch/sequence-classification/config.json"))!;
    const config = await BertConfig.fromPretrained({ "config.json": bytes });
    expect([config.hidden_size, config.architectures, config.id2label]).toEqual([
      32,
      ["BertForSequenceClassification"],
      ["neg", "neutral", "pos"],
    ]);
  });

  it("misses config.json", () =>
    expectError(() => BertConfig.fromPretrained({}), "not_found", "config.json is missing"));
});
