// Logits of starts and ends to answers: which spans there are, in which order, and how far they reach. Against sums over every span.

import { beforeAll, expect, test } from "vitest";
import { bestAnswers, type SpanOptions } from "../../src/heads/answer-spans.ts";
import type { TextRows } from "../../src/heads/text-rows.ts";
import { Tokenization } from "../../src/heads/tokenization.ts";
import { Tensor } from "../../src/tensor.ts";
import { BertTokenizerFast } from "../../src/tokenizer/tokenizer.ts";

// "playing" and "outside" are two tokens each.
const VOCABULARY = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  "who",
  "play",
  "##ing",
  "out",
  "##side",
  "she",
  "is",
  "now",
];
const QUESTION = "who is out";
const CONTEXT = "she is playing outside now";
// [CLS] who is out [SEP] she is play ##ing out ##side now [SEP]
const FIRST = 5;
const TOKENS = 13;

let rows: TextRows<[string, string]>;
beforeAll(async () => {
  const files = { "vocab.txt": new TextEncoder().encode(VOCABULARY.join("\n")) };
  const tokenizer = await BertTokenizerFast.fromPretrained(files);
  rows = new Tokenization({ tokenizer, maxLength: 64 }).encode([[QUESTION, CONTEXT]]);
  expect(rows.encoding.input_ids.length).toBe(TOKENS);
});

/** The answers for these logits of the passage's seven tokens; [CLS], the question and [SEP] have `others`. */
function answer(
  starts: readonly number[],
  ends: readonly number[],
  options: SpanOptions,
  cls: [number, number] = [0, 0],
) {
  const logits = Array.from({ length: TOKENS }, (_, token) => {
    if (token === 0) return cls;
    const place = token - FIRST;
    // What is no part of the passage would win if it were looked at.
    return place >= 0 && place < starts.length ? [starts[place]!, ends[place]!] : [50, 50];
  });
  const tensor = new Tensor("float32", Float32Array.from(logits.flat()), [TOKENS, 2]);
  return bestAnswers(CONTEXT, rows.rows[0]!, { encoding: rows.encoding, logits: tensor }, options);
}

/** Softmax over [CLS] and the passage. */
function probabilities(logits: readonly number[], cls: number): number[] {
  const exps = [cls, ...logits].map(Math.exp);
  const sum = exps.reduce((a, b) => a + b);
  return exps.map((value) => value / sum).slice(1);
}

const STARTS = [0.3, 1.1, 2.4, -1, 1.9, 0.2, 0.7];
const ENDS = [-0.5, 0.4, 1.2, 2.1, 0.1, 2.3, 1.6];

/** Every span of at most `longest` tokens, best first. */
function everySpan(longest: number): { score: number; first: number; last: number }[] {
  const [starts, ends] = [probabilities(STARTS, 0), probabilities(ENDS, 0)];
  const spans = starts.flatMap((start, first) =>
    ends.slice(first, first + longest).map((end, more) => ({ score: start * end, first, last: first + more })),
  );
  return spans.toSorted((a, b) => b.score - a.score);
}

test.each([1, 2, 7, 15])("the best spans of at most %i tokens come first, with their probabilities", (maxAnswerLen) => {
  const expected = everySpan(maxAnswerLen);
  for (const topK of [1, 3, expected.length, 100]) {
    const answers = answer(STARTS, ENDS, { topK, maxAnswerLen, alignToWords: false });
    expect(answers.length).toBe(Math.min(topK, expected.length));
    for (const [index, { score, start, end, answer: text }] of answers.entries()) {
      expect(score).toBeCloseTo(expected[index]!.score, 6);
      expect(text).toBe(CONTEXT.slice(start, end));
    }
  }
});

test("an answer has at most 15 tokens, there is one, and it ends at words, unless the options say otherwise", () => {
  // From ##ing to out.
  const [starts, ends] = [
    [0, 0, 0, 9, 0, 0, 0],
    [0, 0, 0, 0, 9, 0, 0],
  ];
  expect(answer(starts, ends, {}).map(({ answer }) => answer)).toEqual(["playing outside"]);
  expect(answer(starts, ends, { alignToWords: false }).map(({ answer }) => answer)).toEqual(["ing out"]);
  expect(answer(starts, ends, {})).toMatchObject([{ start: 7, end: 22 }]);
});

test("words at the edges of the passage do not reach beyond it", () => {
  const at = (place: number) => Array.from({ length: 7 }, (_, index) => (index === place ? 9 : 0));
  expect(answer(at(0), at(0), {})[0]!.answer).toBe("she");
  expect(answer(at(6), at(6), {})[0]!.answer).toBe("now");
  expect(answer(at(2), at(2), {})[0]!.answer).toBe("playing");
  expect(answer(at(5), at(5), {})[0]!.answer).toBe("outside");
});

test("of equal spans the earlier comes first", () => {
  const [flat, options] = [Array<number>(7).fill(1), { topK: 3, maxAnswerLen: 1, alignToWords: false }];
  expect(answer(flat, flat, options).map(({ answer }) => answer)).toEqual(["she", "is", "play"]);
});

test("that there is no answer is one on request, as likely as [CLS] is at both ends in the window where it is least so", () => {
  const cls: [number, number] = [6, 5];
  expect(answer(STARTS, ENDS, { topK: 1 }, cls)[0]!.answer).not.toBe("");
  const [first, second] = answer(STARTS, ENDS, { topK: 2, handleImpossibleAnswer: true }, cls);
  const expected = [STARTS, ENDS].map((logits, end) => {
    const sum = [cls[end]!, ...logits].reduce((total, logit) => total + Math.exp(logit), 0);
    return Math.exp(cls[end]!) / sum;
  });
  expect(first).toMatchObject({ answer: "", start: 0, end: 0 });
  expect(first!.score).toBeCloseTo(expected[0]! * expected[1]!, 6);
  expect(second!.score).toBeLessThan(first!.score);
});
