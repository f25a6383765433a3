// Decisions by heads and by meaning, without a route: what answers, and what may change nothing.
import { beforeAll, describe, expect, test } from "vitest";
import { argmax } from "../../src/heads/scores.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { decide } from "../../src/tasks/decide/decide.ts";
import { choiceConfidence, expectedLevel, type Question, scoreConfidence } from "../../src/tasks/decide/question.ts";
import { textOf } from "../../src/tasks/decide/text-of.ts";
import { forRequest } from "../../src/tasks/request-model.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

const STATE = "I was charged twice for my order and want my money back.";
let model: LoadedModel;
beforeAll(async () => {
  model = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
});

const choice = (names: readonly string[], head?: Question["head"]): Question => ({
  kind: "choice",
  instructions: "",
  options: names.map((name) => ({ name, description: undefined })),
  head,
});
const yesNo = (instructions: string, yes?: string, no?: string): Question => ({
  kind: "yes-no",
  instructions,
  options: [
    { name: "true", description: yes },
    { name: "false", description: no },
  ],
  head: undefined,
});
const ask = (...questions: Question[]) => decide(forRequest(model), STATE, questions);

describe("a choice", () => {
  test("goes to the option that is nearest in meaning", async () => {
    const [decision] = await ask(choice(["sport", "billing_problem", "weather"]));
    expect(decision!.source).toBe("zero-shot");
    expect(argmax(decision!.probabilities)).toBe(1);
    expect(decision!.probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  });

  test("is answered by a head whose labels are the options, in any order and case", async () => {
    const [decision] = await ask(choice(["positive", "Negative"]));
    expect([decision!.source, argmax(decision!.probabilities)]).toEqual(["head:sentiment", 1]);
  });

  test("is answered by the head that it names, of whose labels it may take some", async () => {
    const labels = new Map([["cross", "anger"]]);
    const [decision] = await ask(choice(["cross", "joy"], { name: "emotion", labels }));
    expect(decision!.source).toBe("head:emotion");
    expect(argmax(decision!.probabilities)).toBe(0);
  });

  test("depends neither on the order of its options nor on other questions", async () => {
    const [alone] = await ask(choice(["billing", "delivery", "praise"]));
    const [, turned] = await ask(yesNo("It rains."), choice(["praise", "delivery", "billing"]), choice(["a", "b"]));
    expect(turned!.probabilities.toReversed()).toEqual(alone!.probabilities);
  });

  test("with a head that is not there, or without the label, is refused", async () => {
    const named = (name: string) => ask(choice(["joy", "bliss"], { name, labels: new Map() }));
    await expectError(() => named("moods"), "not_found", "no head moods");
    await expectError(() => named("emotion"), "invalid_input", "the head emotion has no label bliss; its labels are");
  });
});

describe("a yes-no question", () => {
  test("weighs what is meant by yes against what is meant by no", async () => {
    const [refund, thanks] = await ask(
      yesNo("", "The customer wants a refund", "The customer says thank you"),
      yesNo("", "The customer says thank you", "The customer wants a refund"),
    );
    expect(refund!.probabilities[0]).toBeGreaterThan(0.5);
    expect(thanks!.probabilities[0]).toBeCloseTo(1 - refund!.probabilities[0]!, 12);
  });

  test("with one side, or with instructions alone, is measured by itself", async () => {
    const [yes, no, bare, nothing] = await ask(yesNo("", STATE), yesNo("", undefined, STATE), yesNo(STATE), yesNo(""));
    expect(yes!.probabilities[0]).toBeGreaterThan(0.5);
    expect(no!.probabilities[0]).toBeLessThan(0.5);
    expect(bare!.probabilities).toEqual(yes!.probabilities);
    expect(nothing!.probabilities).toEqual([0.5, 0.5]);
  });
});

test("a state is read once, however many questions there are, and options are read the first time only", async () => {
  const request = forRequest(model);
  const questions = [choice(["quince", "medlar"]), choice(["Positive", "Negative"]), choice(["medlar", "loquat"])];
  await decide(request, STATE, questions);
  const first = request.usage.tokens;
  const again = forRequest(model);
  await decide(again, STATE, questions);
  const ofState = model.tokenization!.tokenizer.encode(STATE).length;
  expect(again.usage.tokens).toBe(ofState);
  expect(first).toBeGreaterThan(ofState);
});

test("confidence is that of System One", () => {
  expect(choiceConfidence([0.5, 0.5])).toBe(0);
  expect(choiceConfidence([1, 0, 0])).toBe(1);
  expect(choiceConfidence([0.7, 0.2, 0.1])).toBeCloseTo(0.55, 12);
  expect(choiceConfidence([1])).toBe(1);
  expect(scoreConfidence([0, 1, 0])).toBe(1);
  expect(scoreConfidence([1 / 3, 1 / 3, 1 / 3])).toBe(0);
  expect(scoreConfidence([0.5, 0.25, 0.25])).toBeCloseTo(0, 12);
  expect(expectedLevel([0.25, 0.25, 0.5])).toBe(1.25);
});

test.each<[unknown, string]>([
  ["a text", "a text"],
  [{ order_id: 7, items: ["cup", "plate"] }, "items: cup, plate\norder id: 7"],
  [{ b: { wantsRefund: true, a: null } }, "b: a: ; wants Refund: true"],
  [["first", { second: 2 }], "first\nsecond: 2"],
  [null, ""],
  [undefined, ""],
])("%j is read as %j", (value, text) => {
  expect(textOf(value)).toBe(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    expect(textOf(Object.fromEntries(Object.entries(value).toReversed()))).toBe(text);
});
