// Nothing is ignored: every method refuses options and inputs that it does not know, and values that make no sense.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerHeads, readTexts } from "../../src/heads/run.ts";
import { zeroShotClassify } from "../../src/heads/zero-shot.ts";
import { BertForMaskedLM } from "../../src/models/bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "../../src/models/bert-for-multiple-choice.ts";
import { BertForNextSentencePrediction } from "../../src/models/bert-for-next-sentence-prediction.ts";
import { BertForPreTraining } from "../../src/models/bert-for-pretraining.ts";
import { BertForQuestionAnswering } from "../../src/models/bert-for-question-answering.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "../../src/models/bert-for-token-classification.ts";
import { BertModel } from "../../src/models/bert-model.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { type PipelineTask, pipeline } from "../../src/models/pipeline.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

let model: LoadedModel;
beforeAll(async () => {
  model = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
});
afterAll(() => model.session.release());

// biome-ignore lint/suspicious/noExplicitAny: options that no type allows
type Ask = (options: any) => Promise<unknown>;

const METHODS: Readonly<Record<string, [ask: Ask, known: string]>> = {
  classify: [(options) => new BertForSequenceClassification(model).classify(["a"], options), "topK, functionToApply"],
  rerank: [(options) => new BertForSequenceClassification(model, "rerank").rerank("a", ["b"], options), "topK"],
  entities: [(options) => new BertForTokenClassification(model).entities(["a"], options), "aggregationStrategy"],
  answer: [
    (options) => new BertForQuestionAnswering(model).answer([{ question: "a", context: "b" }], options),
    "maxAnswerLen",
  ],
  fill: [(options) => new BertForMaskedLM(model).fill(["[MASK]"], options), "targets"],
  predict: [(options) => new BertForNextSentencePrediction(model).predict([["a", "b"]], options), "topK"],
  "pretraining predict": [(options) => new BertForPreTraining(model).predict([["[MASK]", "b"]], options), "targets"],
  choose: [
    (options) => new BertForMultipleChoice(model).choose([{ prompt: "a", choices: ["b"] }], options),
    "functionToApply",
  ],
  embed: [(options) => new BertModel(model).embed(["a"], options), "pooling, normalize"],
  features: [(options) => new BertModel(model).features(["a"], options), "maxLength"],
  wordVectors: [(options) => new BertModel(model).wordVectors(["a"], options), "layer"],
  zeroShotClassify: [(options) => zeroShotClassify(model, ["a"], ["b"], options), "multiLabel"],
  answerHeads: [(options) => answerHeads(model, ["a"], ["intent"], options), "parameters"],
  readTexts: [(options) => readTexts(model, ["a"], options), "heads, vector"],
  forward: [
    (options) => new BertModel(model).forward({ input_ids: [[1]] }, options),
    "outputHiddenStates, outputAttentions",
  ],
};

test.each(Object.entries(METHODS))(
  "%s refuses an unknown option and lists the known ones",
  async (_name, [ask, known]) => {
    await expectError(() => ask({ top_k: 1 }), "invalid_input", "there is no option top_k; the options are", known);
    await expectError(() => ask(null), "invalid_input", "options must be an object, not null");
  },
);

describe("values that make no sense are refused", () => {
  test.each<[string, object, string]>([
    ["classify", { topK: 0 }, "topK must be a whole number of at least 1 or null, not 0"],
    ["classify", { topK: -1 }, "not -1"],
    ["classify", { topK: Number.NaN }, "not NaN"],
    ["classify", { functionToApply: "tanh" }, 'functionToApply must be "none", "sigmoid", "softmax", not "tanh"'],
    ["classify", { truncation: "yes" }, "truncation must be"],
    ["answer", { topK: 0 }, "topK must be a whole number of at least 1, not 0"],
    ["answer", { maxAnswerLen: 1.5 }, "maxAnswerLen"],
    ["entities", { aggregationStrategy: "last" }, "aggregationStrategy"],
    ["entities", { ignoreLabels: "O" }, "ignoreLabels must be a list"],
    ["fill", { targets: [1] }, "targets"],
    ["embed", { pooling: "median" }, "pooling"],
    ["embed", { promptName: "query" }, "promptName"],
    ["wordVectors", { layer: -1 }, "layer"],
  ])("by %s: %j", (method, options, message) =>
    expectError(() => METHODS[method]![0](options), "invalid_input", message),
  );

  test("in the parameters of one head of several", () =>
    expectError(
      () => answerHeads(model, ["a"], ["intent"], { parameters: { intent: { topK: 0 } } }),
      "invalid_input",
      "topK",
    ));
});

describe("a pipeline", () => {
  test.each<[PipelineTask, unknown, string]>([
    ["text-classification", 5, "an input must be a text or {text, text_pair}, not 5"],
    ["text-classification", { text: "a" }, "{text, text_pair}"],
    ["text-classification", { text: "a", text_pair: "b", texts: [] }, "{text, text_pair}"],
    ["text-classification", ["a", null], "not null"],
    ["token-classification", { text: "a" }, "an input must be a text"],
    ["question-answering", { question: "a" }, "an input must be {question, context}"],
    ["next-sentence-prediction", "a", '{text, text_pair}, not "a"'],
    ["multiple-choice", { prompt: "a", choices: "b" }, "{prompt, choices}"],
    ["rerank", { query: "a", texts: [1] }, "{query, texts}"],
    ["sentence-similarity", { source_sentence: "a" }, "{source_sentence, sentences}"],
  ])("for %s refuses the input %j", async (task, input, message) => {
    const ask = (await pipeline(task, model)) as (input: unknown) => Promise<unknown>;
    await expectError(() => ask(input), "invalid_input", message);
  });

  test("has the reference's other names of tasks", async () => {
    const [sentiment, ner] = [await pipeline("sentiment-analysis", model), await pipeline("ner", model)];
    expect(await sentiment("a delight")).toEqual(await (await pipeline("text-classification", model))("a delight"));
    expect(await ner("Berlin")).toEqual(await (await pipeline("token-classification", model))("Berlin"));
  });

  test("refuses options of loading that it does not know", async () => {
    const bytes = new Uint8Array(8);
    await expectError(
      () => pipeline("ner", bytes, { quantisation: "int8" } as object),
      "invalid_input",
      "quantization",
    );
  });
});
