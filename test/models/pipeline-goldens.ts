// The reference's pipelines (../shared/goldens/pipelines): how each case is asked here, and both answers as lists of scored keys.
import { expect } from "vitest";
import type { Answer } from "../../src/heads/answer-spans.ts";
import type { Entity } from "../../src/heads/entities.ts";
import type { Fill } from "../../src/heads/fill-mask.ts";
import type { Label } from "../../src/heads/labels.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { pipeline } from "../../src/models/pipeline.ts";
import { readShared } from "../shared.ts";

/** Something chosen, told apart by its key, with its score. */
export interface Scored {
  readonly key: string;
  readonly score: number;
}

// What JSON holds is what the generator of the goldens wrote; each reader below knows its own task's.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Json = any;

export interface PipelineCase {
  readonly inputs: Json;
  readonly parameters: Json;
  readonly outputs: Json;
}

export interface PipelineGolden {
  readonly head: string;
  readonly cases: readonly PipelineCase[];
}

export async function readPipelineGolden(name: string): Promise<PipelineGolden | undefined> {
  const text = await readShared(`goldens/pipelines/${name}.json.gz`);
  return text === undefined ? undefined : JSON.parse(text);
}

interface Task {
  /** Our answer to a case. */
  ask(model: LoadedModel, head: string): Promise<(one: PipelineCase) => Promise<Scored[]>>;
  /** The reference's. */
  read(outputs: Json): Scored[];
}

const offsetUnit = "codepoint";
const labels = (found: readonly Label[]) => found.map(({ label, score }) => ({ key: label, score }));
const answers = (found: readonly Answer[]) =>
  found.map(({ start, end, answer, score }) => ({ key: `${start}-${end} ${answer}`, score }));
const fills = (masks: readonly (readonly Fill[])[]) =>
  masks.flatMap((mask, index) =>
    mask.map(({ token, token_str, sequence, score }) => ({ key: `${index} ${token} ${token_str} ${sequence}`, score })),
  );
const entities = (found: readonly Entity[]) =>
  found.map((entity) => {
    const { word, start, end, score } = entity;
    const label = "entity" in entity ? `${entity.entity} ${entity.index}` : entity.entity_group;
    return { key: `${start}-${end} ${label} ${word}`, score };
  });
const logits = (row: readonly number[]) => row.map((score, index) => ({ key: String(index), score }));

const textClassification: Task = {
  ask: async (model, head) => {
    const classify = await pipeline("text-classification", model, { head });
    return async ({ inputs, parameters: { top_k: topK, function_to_apply: functionToApply } }) =>
      labels(await classify(inputs, { topK, functionToApply }));
  },
  read: (outputs) => labels([outputs].flat()),
};

const tokenClassification: Task = {
  ask: async (model, head) => {
    const tag = await pipeline("token-classification", model, { head });
    return async ({ inputs, parameters }) => {
      const { aggregation_strategy: aggregationStrategy, ignore_labels: ignoreLabels, stride } = parameters;
      return entities(
        await tag(inputs as string, {
          aggregationStrategy,
          ignoreLabels,
          stride,
          offsetUnit,
          wordForm: "tokens",
          // The reference knows no thresholds.
          minScore: 0,
        }),
      );
    };
  },
  read: entities,
};

export const TASKS: Readonly<Record<string, Task>> = {
  "text-classification-sentiment": textClassification,
  "text-classification-emotion": textClassification,
  "text-classification-intent": textClassification,
  "text-classification-rerank": textClassification,
  "token-classification-entities": tokenClassification,
  "token-classification-slots": tokenClassification,
  "question-answering": {
    ask: async (model, head) => {
      const read = await pipeline("question-answering", model, { head });
      return async ({ inputs, parameters }) => {
        const options = {
          topK: parameters.top_k,
          maxAnswerLen: parameters.max_answer_len,
          maxSeqLen: parameters.max_seq_len,
          docStride: parameters.doc_stride,
          maxQuestionLen: parameters.max_question_len,
          handleImpossibleAnswer: parameters.handle_impossible_answer,
          alignToWords: parameters.align_to_words,
          offsetUnit,
        } as const;
        return answers(await read(inputs, options));
      };
    },
    read: (outputs) => answers([outputs].flat()),
  },
  "fill-mask": {
    ask: async (model, head) => {
      const fill = await pipeline("fill-mask", model, { head });
      return async ({ inputs, parameters: { top_k: topK, targets } }) =>
        fills(await fill(inputs as string, { topK, targets }));
    },
    read: (outputs) => fills(Array.isArray(outputs[0]) ? outputs : [outputs]),
  },
  "next-sentence": {
    ask: async (model, head) => {
      const predict = await pipeline("next-sentence-prediction", model, { head });
      return async ({ inputs: { first, second }, parameters: { max_length: maxLength } }) => {
        const pair = { text: first, text_pair: second };
        const found = await predict(pair, { topK: null, functionToApply: "none", maxLength });
        return logits(["IsNext", "NotNext"].map((wanted) => found.find(({ label }) => label === wanted)!.score));
      };
    },
    read: ({ logits: [row] }) => logits(row),
  },
  "multiple-choice": {
    ask: async (model, head) => {
      const choose = await pipeline("multiple-choice", model, { head });
      return async ({ inputs, parameters: { max_length: maxLength } }) => {
        const found = await choose(inputs, { functionToApply: "none", maxLength });
        return logits(found.toSorted((a, b) => a.index - b.index).map(({ score }) => score));
      };
    },
    read: ({ logits: [row] }) => logits(row),
  },
};

// Scores nearer than this are a tie, whose order is nobody's: the goldens hold six digits.
const TIE = 1e-5;

/** The same keys in the same order, but for ties, with scores that differ by less than 1e-3. */
export function expectSame(actual: readonly Scored[], expected: readonly Scored[], what: string): void {
  expect(inOrderOf(actual, expected), what).toEqual(keys(expected));
  for (const [index, { key, score }] of expected.entries()) {
    expect(Math.abs(actual[index]!.score - score), `${what} ${key}`).toBeLessThan(1e-3);
  }
}

function keys(scored: readonly Scored[]): string[] {
  return scored.map(({ key }) => key);
}

/** The keys of `actual`, where those of a tie stand as in `expected`. */
function inOrderOf(actual: readonly Scored[], expected: readonly Scored[]): string[] {
  const wanted = keys(expected);
  const sorted = actual.map(({ key }, index) => {
    const other = expected[index];
    const tied = other && Math.abs(scoreOf(expected, key) - other.score) < TIE;
    return tied ? other.key : key;
  });
  return actual.every(({ key }) => wanted.includes(key)) ? sorted : keys(actual);
}

export function scoreOf(scored: readonly Scored[], key: string): number {
  return scored.find((one) => one.key === key)?.score ?? Number.NaN;
}
