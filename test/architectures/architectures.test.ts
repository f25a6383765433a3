// What each class of checkpoint puts on the encoder: task, labels, outputs and the tensors that they need.

import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { headSpec } from "../../src/architectures/architectures.ts";
import {
  type From,
  type HeadKind,
  headKind,
  headShapes,
  headSpecSchema,
  stepsWidth,
} from "../../src/architectures/head-spec.ts";
import { tinyConfig } from "../builders.ts";

// H 16, V 20, three labels.
const config = tinyConfig({ id2label: { 0: "a", 1: "b", 2: "c" }, problem_type: "multi_label_classification" });
const untied = tinyConfig({ tie_word_embeddings: false });

type Shapes = Record<string, number[]>;
const predictions: Shapes = {
  "cls.predictions.transform.dense.weight": [16, 16],
  "cls.predictions.transform.dense.bias": [16],
  "cls.predictions.transform.LayerNorm.weight": [16],
  "cls.predictions.transform.LayerNorm.bias": [16],
  "cls.predictions.bias": [20],
};
const pooler: Shapes = { "pooler.dense.weight": [16, 16], "pooler.dense.bias": [16] };
const words: Shapes = { "embeddings.word_embeddings.weight": [20, 16] };
const nextSentence: Shapes = { "cls.seq_relationship.weight": [2, 16], "cls.seq_relationship.bias": [2] };
const classifier = (size: number): Shapes => ({ "classifier.weight": [size, 16], "classifier.bias": [size] });

interface Expected {
  readonly kind: HeadKind;
  readonly task: string;
  readonly labels: string[];
  /** Name, rows and width of each output. */
  readonly outputs: [name: string, from: From, size: number][];
  readonly tensors: Shapes;
}

const classes: Record<string, Expected> = {
  BertForSequenceClassification: {
    kind: "sequence-classification",
    task: "text-classification",
    labels: ["a", "b", "c"],
    outputs: [["logits", "cls", 3]],
    tensors: { ...pooler, ...classifier(3) },
  },
  BertForTokenClassification: {
    kind: "token-classification",
    task: "token-classification",
    labels: ["a", "b", "c"],
    outputs: [["logits", "token", 3]],
    tensors: classifier(3),
  },
  BertForQuestionAnswering: {
    kind: "question-answering",
    task: "question-answering",
    labels: [],
    outputs: [["logits", "token", 2]],
    tensors: { "qa_outputs.weight": [2, 16], "qa_outputs.bias": [2] },
  },
  BertForMultipleChoice: {
    kind: "multiple-choice",
    task: "multiple-choice",
    labels: [],
    outputs: [["logits", "cls", 1]],
    tensors: { ...pooler, ...classifier(1) },
  },
  BertForNextSentencePrediction: {
    kind: "next-sentence",
    task: "next-sentence-prediction",
    labels: [],
    outputs: [["logits", "cls", 2]],
    tensors: { ...pooler, ...nextSentence },
  },
  BertForMaskedLM: {
    kind: "masked-lm",
    task: "fill-mask",
    labels: [],
    outputs: [["logits", "token", 20]],
    tensors: { ...predictions, ...words },
  },
  BertLMHeadModel: {
    kind: "causal-lm",
    task: "text-generation",
    labels: [],
    outputs: [["logits", "token", 20]],
    tensors: { ...predictions, ...words },
  },
  BertForPreTraining: {
    kind: "pretraining",
    task: "pretraining",
    labels: [],
    outputs: [
      ["prediction_logits", "token", 20],
      ["seq_relationship_logits", "cls", 2],
    ],
    tensors: { ...predictions, ...words, ...pooler, ...nextSentence },
  },
};

describe.each(Object.entries(classes))("%s", (architecture, expected) => {
  const spec = headSpec(architecture, config)!;

  it(`does ${expected.task}`, () => {
    expect(spec).toMatchObject({ architecture, kind: expected.kind, task: expected.task, labels: expected.labels });
  });

  it("is named by its task, or as it is told", () => {
    expect(spec.name).toBe(expected.task);
    expect(headSpec(architecture, config, "mine")?.name).toBe("mine");
  });

  it("has the config's problem type", () => {
    expect(spec.problem_type).toBe("multi_label_classification");
  });

  it("has its outputs", () => {
    const outputs = spec.outputs.map((output) => [output.name, output.from, stepsWidth(output.steps, 16)]);
    expect(outputs).toEqual(expected.outputs);
  });

  it("uses its own tensors, and those of the encoder that it shares", () => {
    expect(Object.fromEntries(headShapes(spec, 16))).toEqual(expected.tensors);
  });

  it("can be written in a packed file and read back", () => {
    expect(v.parse(headSpecSchema, JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });
});

describe("the language models", () => {
  const [transform, norm, decoder] = headSpec("BertForMaskedLM", tinyConfig({ hidden_act: "relu" }))!.outputs[0]!.steps;

  it("transform with the encoder's activation", () => {
    expect(transform).toMatchObject({ op: "dense", activation: "relu" });
    expect(norm).toEqual({ op: "layernorm", weight: "cls.predictions.transform.LayerNorm" });
    expect(decoder).toMatchObject({ op: "dense", activation: "none" });
  });

  it("share the word embeddings", () => {
    expect(decoder).toMatchObject({ weight: "embeddings.word_embeddings", bias: "cls.predictions.bias" });
  });

  it("have a matrix of their own where the config unties them", () => {
    const spec = headSpec("BertForMaskedLM", untied)!;
    expect(spec.outputs[0]?.steps.at(-1)).toMatchObject({
      weight: "cls.predictions.decoder",
      bias: "cls.predictions.bias",
    });
    expect(headShapes(spec, 16).get("cls.predictions.decoder.weight")).toEqual([20, 16]);
  });
});

it.each(["BertModel", "RobertaForMaskedLM", "", "toString", "__proto__"])(
  "there is no head of the class %j",
  (name) => {
    expect(headSpec(name, config)).toBeUndefined();
  },
);

it.each([
  ["TFBertForMaskedLM", "masked-lm"],
  ["FlaxBertForCausalLM", "causal-lm"],
  ["DistilBertForSequenceClassification", "sequence-classification"],
  ["RobertaForTokenClassification", "token-classification"],
  ["BertModel", undefined],
  ["toString", undefined],
])("the class %s has a head of kind %s", (architecture, kind) => {
  expect(headKind(architecture)).toBe(kind);
});
