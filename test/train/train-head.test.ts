// From labelled texts to a head of the default model, and to answers.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runHead } from "../../src/heads/run.ts";
import { sequenceClassifier } from "../../src/heads/sequence-classification.ts";
import { addHead } from "../../src/model-file/edit-heads.ts";
import { type LoadedModel, loadPacked } from "../../src/models/loaded-model.ts";
import { stratifiedFolds } from "../../src/train/folds.ts";
import { type Example, trainHead } from "../../src/train/train-head.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

const file = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
let model: LoadedModel;
beforeAll(async () => {
  model = await loadPacked(file);
});
afterAll(() => model.session.release());

const TOPICS: Readonly<Record<string, readonly string[]>> = {
  delivery: [
    "Where is my parcel?",
    "The package has not arrived",
    "My order is late again",
    "Has it been shipped yet?",
  ],
  refund: ["I want my money back", "Please refund the purchase", "When will I be repaid?", "Return it and pay me back"],
  login: ["I forgot my password", "I cannot sign in", "My account is locked", "The site rejects my user name"],
};
const EXAMPLES: readonly Example[] = Object.entries(TOPICS).flatMap(([label, texts]) =>
  texts.map((text) => ({ text, label })),
);

/** The best labels of the texts, by a head that has been added to the model's file. */
async function classify(
  head: Awaited<ReturnType<typeof trainHead>>,
  texts: readonly string[],
  topK: number | null = 1,
) {
  const larger = await loadPacked(await addHead(file, head));
  const spec = larger.heads.find(({ name }) => name === head.spec.name)!;
  const answers = await runHead(larger, sequenceClassifier(spec), texts, { topK });
  await larger.session.release();
  return answers;
}

describe("a head of labels", () => {
  test("answers texts that it has not seen, as a part of the model's file", async () => {
    const head = await trainHead(model, EXAMPLES, { name: "topic" });
    expect(head.spec).toMatchObject({ labels: ["delivery", "login", "refund"], outputs: [{ from: "mean" }] });
    const answers = await classify(head, ["the parcel never came", "give me a refund", "password does not work"]);
    expect(answers.map(([best]) => best!.label)).toEqual(["delivery", "refund", "login"]);
  });

  test("is measured and calibrated on examples that were held back", async () => {
    const { report, spec } = await trainHead(model, EXAMPLES, { name: "topic", folds: 4 });
    expect(report!.examples).toBe(12);
    expect(report!.accuracy).toBeGreaterThan(0.7);
    expect(report!.temperature).toBe(spec.temperature);
    expect(report!.labels.map(({ label, examples }) => [label, examples])).toEqual([
      ["delivery", 4],
      ["login", 4],
      ["refund", 4],
    ]);
    expect(report!.confusion.flat().reduce((a, b) => a + b)).toBe(12);
  });

  test("may be taught by a teacher's probabilities, and is then less certain", async () => {
    const unsure = EXAMPLES.map((example) => {
      const probabilities = new Map(Object.keys(TOPICS).map((label) => [label, label === example.label ? 0.6 : 0.2]));
      return { ...example, probabilities };
    });
    const [text] = ["my package never came"];
    const options = { name: "topic", folds: 0, strength: 1000 };
    const score = async (examples: readonly Example[]) =>
      (await classify(await trainHead(model, examples, options), [text!]))[0]![0]!;
    const [certain, soft] = [await score(EXAMPLES), await score(unsure)];
    expect([certain.label, soft.label]).toEqual(["delivery", "delivery"]);
    expect(soft.score).toBeLessThan(certain.score - 0.2);
  });

  test("doubts an example with the label of another topic", async () => {
    const wrong = { text: "Where did you leave my parcel?", label: "login" };
    const { report } = await trainHead(model, [...EXAMPLES, wrong], { name: "topic", folds: 4 });
    expect(report!.doubts[0]).toMatchObject({ index: 12, label: "login", predicted: "delivery" });
  });

  test("is the same for the same seed, and does not depend on the order of the labels", async () => {
    const weights = async (examples: readonly Example[], seed: number) => {
      const { tensors, spec } = await trainHead(model, examples, { name: "topic", seed, folds: 0 });
      return [spec, tensors.get("classifier.weight")!.bytes];
    };
    expect(await weights(EXAMPLES, 1)).toEqual(await weights(EXAMPLES, 1));
    const [spec] = await weights(EXAMPLES.toReversed(), 1);
    expect(spec).toEqual((await weights(EXAMPLES, 2))[0]);
  });

  test("may begin at another pooling", async () => {
    const head = await trainHead(model, EXAMPLES, { name: "topic", pooling: "cls", folds: 0 });
    expect(head.spec.outputs[0]!.from).toBe("cls");
    expect((await classify(head, ["the parcel never came"]))[0]![0]!.label).toBe("delivery");
  });
});

test("a head of several labels gives each a probability of its own", async () => {
  const examples = EXAMPLES.map(({ text, label }) => ({ text, label: [label as string] }));
  const both = { text: "I cannot sign in to ask for my money back", label: ["login", "refund"] };
  const head = await trainHead(model, [...examples, both, { text: "Good morning", label: [] }], { name: "topics" });
  const [scores] = await classify(head, ["my password fails, so refund me"], null);
  const of = (label: string) => scores!.find((score) => score.label === label)!.score;
  expect(Math.min(of("login"), of("refund"))).toBeGreaterThan(of("delivery"));
});

test("a head of numbers orders texts", async () => {
  const examples = [
    ["utterly awful", 1],
    ["rather bad", 2],
    ["it is fine", 3],
    ["quite good", 4],
    ["simply wonderful", 5],
  ].map(([text, label]) => ({ text: text as string, label: label as number }));
  const head = await trainHead(model, examples, { name: "stars", strength: 100 });
  const [low, high] = await classify(head, ["terrible", "fantastic"]);
  expect(low![0]!.score).toBeLessThan(high![0]!.score);
});

describe("what makes no head is refused", () => {
  const refused = (examples: readonly unknown[], part: string, options: object = {}) =>
    expectError(() => trainHead(model, examples as Example[], { name: "x", ...options }), "invalid_input", part);

  test("examples", async () => {
    await refused([], "no examples");
    await refused([{ text: " ", label: "a" }], "example 0 has no text");
    await refused([EXAMPLES[0], { text: "a", label: 1 }], "example 1 has another kind of label");
    await refused([EXAMPLES[0]], "one label");
    await refused([{ text: "a", label: "" }], "empty label");
    await refused([{ text: "a", label: Number.NaN }], "not finite");
    await refused([{ text: "a", label: [] }], "no example has a label");
    const probabilities = new Map([["a", 1.5]]);
    await refused([{ text: "a", label: "a", probabilities }], "example 0 must be from 0 to 1");
    await refused([{ text: "a", label: "b", probabilities: new Map([["a", 1]]) }], "that of its label above 0");
    await refused([{ text: "a", label: 1, probabilities }], "not one label");
  });

  test("options", async () => {
    await refused(EXAMPLES, "name must consist", { name: "a.b" });
    await refused(EXAMPLES, "there is no option fold; the options are", { fold: 2 });
    await refused(EXAMPLES, "folds", { folds: 1 });
    await refused(EXAMPLES, "strength", { strength: 0 });
  });

  test("hostile labels are labels like others", async () => {
    const examples = ["__proto__", "constructor", "x".repeat(10_000)].flatMap((label) => [
      { text: `first of ${label.slice(0, 5)}`, label },
      { text: `second of ${label.slice(0, 5)}`, label },
    ]);
    const { spec } = await trainHead(model, examples, { name: "x", folds: 2 });
    expect(spec.labels).toEqual(["__proto__", "constructor", "x".repeat(10_000)]);
  });
});

test("folds hold every label in turn", () => {
  const labels = [..."aaaabbbbbbcc"];
  const folds = stratifiedFolds(labels, 2, 3);
  for (const label of "abc") {
    const own = [...folds].filter((_, index) => labels[index] === label);
    expect(Math.abs(own.filter((fold) => fold === 0).length - own.length / 2)).toBeLessThanOrEqual(0.5);
  }
  expect(stratifiedFolds(labels, 2, 3)).toEqual(folds);
  expect(stratifiedFolds(labels, 2, 4)).not.toEqual(folds);
});
