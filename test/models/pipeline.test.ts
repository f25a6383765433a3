// Every task on the default model as it is shipped, with sentences of our own: what a fresh clone can check, in Node and in workerd.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cosineSimilarity } from "../../src/heads/embedding.ts";
import type { AggregationStrategy, Entity } from "../../src/heads/entities.ts";
import { answerHeads } from "../../src/heads/run.ts";
import { BertModel } from "../../src/models/bert-model.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { type PipelineTask, pipeline } from "../../src/models/pipeline.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";
import { loadTinyDecoder } from "../tiny-decoder.ts";

let model: LoadedModel;
beforeAll(async () => {
  model = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
});
afterAll(() => model.session.release());

describe("text-classification", () => {
  test("gives one text its labels, several texts a list each", async () => {
    const classify = await pipeline("text-classification", model);
    expect(await classify("a delight from start to finish")).toMatchObject([{ label: "POSITIVE" }]);
    const [first, second] = await classify(["dull, and far too long", "a small wonder"], { topK: null });
    expect(first?.map(({ label }) => label)).toEqual(["NEGATIVE", "POSITIVE"]);
    expect(second?.map(({ label }) => label)).toEqual(["POSITIVE", "NEGATIVE"]);
    expect(await classify([])).toEqual([]);
  });

  test("reads pairs", async () => {
    const score = await pipeline("text-classification", model, { head: "rerank" });
    const text = "Who founded the bakery?";
    const [right, wrong] = await score([
      { text, text_pair: "The bakery was founded by Anna Berg." },
      { text, text_pair: "It rained all day." },
    ]);
    expect(right![0]!.score).toBeGreaterThan(0.9);
    expect(wrong![0]!.score).toBeLessThan(0.1);
  });
});

describe("token-classification", () => {
  const text = "😀 Marie Curie moved from Warsaw to Paris.";
  const tag = async (options: {
    aggregationStrategy?: AggregationStrategy;
    minScore?: number;
    offsetUnit?: "codepoint";
  }) => (await pipeline("token-classification", model, { head: "entities" }))(text, options);
  const spans = (entities: readonly Entity[]) => entities.map(({ start, end }) => [start, end]);

  test("lists tokens, with places in the text as written", async () => {
    const tokens = await tag({ aggregationStrategy: "none", minScore: 0 });
    expect(tokens.slice(0, 3)).toMatchObject([
      { entity: "B-PER", index: 2, word: "marie", start: 3, end: 8 },
      { entity: "I-PER", index: 3, word: "cu", start: 9, end: 11 },
      { entity: "I-PER", index: 4, word: "##rie", start: 11, end: 14 },
    ]);
    for (const { word, start, end } of tokens) {
      expect(text.slice(start, end).toLowerCase()).toBe(word.replace("##", ""));
    }
  });

  test.each(["simple", "first", "average", "max"] as const)("puts them together: %s", async (aggregationStrategy) => {
    const groups = await tag({ aggregationStrategy });
    expect(groups).toMatchObject([
      { entity_group: "PER", word: "Marie Curie" },
      { entity_group: "LOC", word: "Warsaw" },
      { entity_group: "LOC", word: "Paris" },
    ]);
    expect(groups.map(({ start, end }) => text.slice(start, end))).toEqual(["Marie Curie", "Warsaw", "Paris"]);
  });

  test("counts code points on request", async () => {
    expect(spans(await tag({ aggregationStrategy: "simple", offsetUnit: "codepoint" }))).toEqual([
      [2, 13],
      [25, 31],
      [35, 40],
    ]);
  });

  test("keeps labels that are not ignored", async () => {
    const all = await pipeline("token-classification", model, { head: "entities" });
    const groups = await all("Warsaw is old.", { aggregationStrategy: "simple", ignoreLabels: ["LOC"] });
    expect(groups.map((group) => "entity_group" in group && group.entity_group)).toEqual(["O"]);
  });

  test("reads a long text to its end in windows, and cuts it without a stride", async () => {
    const find = await pipeline("token-classification", model, { head: "entities" });
    const end = "Then Marie Curie came to Paris.";
    const long = "It was a long and quiet day in the old house by the sea. ".repeat(45) + end;
    // The head's own threshold would leave out what is unlikely at the end of so long a text.
    const options = { aggregationStrategy: "first", minScore: 0 } as const;
    const atEnd = (entities: readonly Entity[]) =>
      entities.filter(({ start }) => start >= long.length - end.length).map(({ start, end }) => long.slice(start, end));
    expect(atEnd(await find(long, options))).toEqual([]);
    expect(atEnd(await find(long, { ...options, stride: 32 }))).toEqual(["Marie Curie", "Paris"]);
    await expectError(
      () => find(long, { stride: 32, aggregationStrategy: "none" }),
      "invalid_input",
      "aggregationStrategy",
    );
    await expectError(() => find(long, { truncation: false }), "input_too_large");
  });
});

describe("question-answering", () => {
  const context =
    "The bakery on Mill Street was founded by Anna Berg in 1921. It burnt down in 1954, and her son rebuilt it.";
  const question = "Who founded the bakery?";

  test("answers with a span of the passage", async () => {
    const read = await pipeline("question-answering", model);
    expect(await read({ question, context })).toMatchObject([{ answer: "Anna Berg", start: 41, end: 50 }]);
    const emoji = { question, context: `😀 ${context}` };
    expect(await read(emoji)).toMatchObject([{ answer: "Anna Berg", start: 44, end: 53 }]);
    expect(await read(emoji, { offsetUnit: "codepoint" })).toMatchObject([{ answer: "Anna Berg", start: 43, end: 52 }]);
  });

  test("gives the best answers with probabilities, best first", async () => {
    const read = await pipeline("question-answering", model);
    const answers = await read({ question: "When did it burn down?", context }, { topK: 3, maxAnswerLen: 2 });
    expect(answers[0]?.answer).toBe("1954");
    expect(answers.map(({ score }) => score)).toEqual(answers.map(({ score }) => score).toSorted((a, b) => b - a));
    for (const { answer, start, end } of answers) expect(context.slice(start, end)).toBe(answer);
    expect(answers.every(({ answer }) => answer.split(" ").length <= 2)).toBe(true);
  });

  test("may say that there is no answer", async () => {
    const read = await pipeline("question-answering", model);
    const price = { question: "What is the price of bread?", context };
    expect(await read(price, { handleImpossibleAnswer: true })).toMatchObject([{ answer: "", start: 0, end: 0 }]);
  });

  test("finds an answer in the last of many windows", async () => {
    const read = await pipeline("question-answering", model);
    const long = `${"The sea was calm that day and nobody spoke. ".repeat(80)}${context}`;
    const options = { maxSeqLen: 96, docStride: 32 };
    const [answer] = await read({ question, context: long }, options);
    expect(long.slice(answer!.start, answer!.end)).toBe("Anna Berg");
  });

  test("cuts a question that leaves no room, and refuses what is empty", async () => {
    const read = await pipeline("question-answering", model);
    const endless = `${question} ${"please tell me ".repeat(200)}`;
    expect(await read({ question: endless, context }, { maxQuestionLen: 6 })).toMatchObject([{ answer: "Anna Berg" }]);
    await expectError(() => read({ question: " ", context }), "empty_input");
    await expectError(() => read({ question, context: "" }), "empty_input");
    await expectError(() => read({ question, context }, { docStride: 400 }), "invalid_input", "docStride");
  });
});

describe("fill-mask", () => {
  test("gives a list a mask", async () => {
    const fill = await pipeline("fill-mask", model);
    const [door] = await fill("She opened the [MASK] and went in.");
    expect(door).toHaveLength(5);
    expect(door![0]).toMatchObject({ token_str: "door", sequence: "she opened the door and went in." });
    const [first, second, ...none] = await fill("The [MASK] of France is a [MASK].", { topK: 2 });
    expect([first!.length, second!.length, none.length]).toEqual([2, 2, 0]);
    expect(second![0]?.sequence).toMatch(/^\[CLS\] the \[MASK\] of france is a \w+. \[SEP\]$/);
  });

  test("chooses among targets, by their first piece where they are no token", async () => {
    const fill = await pipeline("fill-mask", model);
    const [found] = await fill("The river flows into the [MASK].", { targets: ["sea", "oceanliner", "sea"] });
    expect(found!.map(({ token_str }) => token_str).toSorted()).toEqual(["ocean", "sea"]);
    await expectError(() => fill("[MASK]", { targets: [" "] }), "invalid_input", "targets");
  });

  test("refuses a text without a mask", async () => {
    const fill = await pipeline("fill-mask", model);
    await expectError(() => fill(["a [MASK]", "no mask"]), "invalid_input", "text 1 has no [MASK]");
  });
});

describe("sentences and choices", () => {
  const castle = "The castle was built in the twelfth century.";
  const ruin = "It was destroyed in the war of 1618 and rebuilt later.";

  test("next-sentence-prediction", async () => {
    const predict = await pipeline("next-sentence-prediction", model);
    const pairs = [ruin, "Most enzymes are proteins."].map((text_pair) => ({ text: castle, text_pair }));
    expect(await predict(pairs)).toMatchObject([[{ label: "IsNext" }], [{ label: "NotNext" }]]);
  });

  test("multiple-choice", async () => {
    const choose = await pipeline("multiple-choice", model);
    const prompt = "The Rhine flows through Cologne. Which city does the Rhine flow through?";
    const answers = await choose({ prompt, choices: ["1945", "Cologne", "nitrogen"] });
    expect(answers[0]).toMatchObject({ choice: "Cologne", index: 1 });
    expect(answers.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
  });

  test("pretraining: both heads' answers", async () => {
    const predict = await pipeline("pretraining", model);
    const masked = { text: castle.replace("twelfth", "[MASK]"), text_pair: ruin };
    const { fills, next_sentence } = await predict(masked, { topK: 2 });
    expect([fills.length, fills[0]?.length]).toEqual([1, 2]);
    expect(next_sentence.map(({ label }) => label)).toEqual(["IsNext", "NotNext"]);
  });
});

describe("vectors", () => {
  const guitar = "A man is playing a guitar.";

  test("sentence-similarity and sentence-embedding agree", async () => {
    const [similar, embed] = [
      await pipeline("sentence-similarity", model),
      await pipeline("sentence-embedding", model),
    ];
    const sentences = ["Someone plays an instrument.", "The stock market fell."];
    const [near, far] = await similar({ source_sentence: guitar, sentences });
    expect(near).toBeGreaterThan(0.5);
    expect(far).toBeLessThan(0.2);
    const [a, b] = (await embed([guitar, sentences[0]!])) as [Float32Array, Float32Array];
    expect(cosineSimilarity(a, b)).toBeCloseTo(near!, 5);
  });

  test("are of length 1 unless told otherwise, and as long as asked for", async () => {
    const embed = await pipeline("sentence-embedding", model);
    for (const pooling of ["mean", "cls", "max"] as const) {
      const whole = await embed(guitar, { pooling, normalize: false });
      const cut = await embed(guitar, { pooling, dimensions: 64 });
      expect([whole.length, cut.length]).toEqual([384, 64]);
      expect(Math.hypot(...cut)).toBeCloseTo(1, 5);
      expect(cosineSimilarity(cut, whole.slice(0, 64))).toBeCloseTo(1, 5);
    }
    await expectError(() => embed(guitar, { dimensions: 385 }), "invalid_input", "between 1 and 384");
  });

  test("mean pooling is the mean of feature-extraction's tokens", async () => {
    const [embed, extract] = [await pipeline("sentence-embedding", model), await pipeline("feature-extraction", model)];
    const tokens = await extract(guitar);
    const mean = await embed(guitar, { normalize: false });
    expect(tokens).toHaveLength(9);
    const wanted = mean.map((_, i) => tokens.reduce((sum, vector) => sum + vector[i]!, 0) / tokens.length);
    for (const [i, value] of mean.entries()) expect(value).toBeCloseTo(wanted[i]!, 5);
  });

  test("of words know their neighbours", async () => {
    const words = await pipeline("word-vectors", model);
    const found = await words("he sat unhappily");
    expect(found.map(({ word, start, end }) => [word, start, end])).toEqual([
      ["he", 0, 2],
      ["sat", 3, 6],
      ["unhappily", 7, 16],
    ]);
    const [[first], [second]] = (await words(["cold water", "cold war"])) as [typeof found, typeof found];
    expect(cosineSimilarity(first!.vector, second!.vector)).toBeLessThan(0.95);
    const [[a], [b]] = (await words(["cold water", "cold war"], { layer: 0 })) as [typeof found, typeof found];
    expect(cosineSimilarity(a!.vector, b!.vector)).toBeCloseTo(1, 5);
  });
});

test("rerank orders texts by how well they answer", async () => {
  const rerank = await pipeline("rerank", model);
  const texts = ["It rained all day.", "The bakery was founded by Anna Berg.", "Bread is made of flour."];
  const query = "Who founded the bakery?";
  const ranked = await rerank({ query, texts });
  expect(ranked[0]).toMatchObject({ index: 1, text: texts[1] });
  expect(ranked).toHaveLength(3);
  expect(await rerank({ query, texts }, { topK: 1 })).toEqual(ranked.slice(0, 1));
  await expectError(() => pipeline("rerank", model, { head: "sentiment" }), "unsupported", "one is needed");
});

test("zero-shot-classification chooses the nearest label", async () => {
  const classify = await pipeline("zero-shot-classification", model);
  const text = "The striker scored twice in the second half.";
  const candidateLabels = ["politics", "football", "cooking"];
  const { labels, scores } = await classify(text, { candidateLabels });
  expect(labels[0]).toBe("football");
  expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 5);
  expect((await classify(text, { candidateLabels, multiLabel: true })).labels[0]).toBe("football");
  await expectError(() => classify(text), "invalid_input", "no labels");
  await expectError(() => classify(text, { candidateLabels, hypothesisTemplate: "it" }), "invalid_input", "{}");
});

describe("several heads", () => {
  const texts = ["play some jazz by Miles Davis", "will it rain in Paris tomorrow"];

  test("answer as each does alone, from one run of the session", async () => {
    let runs = 0;
    const session = new Proxy(model.session, {
      get: (target, key) => {
        if (key === "run") runs++;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const slots = { aggregationStrategy: "simple" } as const;
    const answers = await answerHeads({ ...model, session }, texts, ["intent", "slots", "entities"], {
      parameters: { intent: { topK: 2 }, slots },
    });
    expect(runs).toBe(1);
    expect(answers.map(({ intent }) => intent?.[0])).toMatchObject([{ label: "play_music" }, { label: "weather" }]);
    const alone = {
      intent: await (await pipeline("text-classification", model, { head: "intent" }))(texts, { topK: 2 }),
      slots: await (await pipeline("token-classification", model, { head: "slots" }))(texts, slots),
      entities: await (await pipeline("token-classification", model, { head: "entities" }))(texts),
    };
    for (const [text, answer] of answers.entries()) {
      expect(answer).toEqual({ intent: alone.intent[text], slots: alone.slots[text], entities: alone.entities[text] });
    }
  });

  test("are refused where there is none, or where it reads more than a text", async () => {
    await expectError(() => answerHeads(model, texts, ["mood"]), "not_found", "mood");
    await expectError(() => answerHeads(model, texts, ["masked-lm"]), "unsupported", "fill-mask");
  });
});

describe("text-generation", () => {
  test("gives a text one answer, whatever the model's settings say, and refuses to drop others", async () => {
    const decoder = await loadTinyDecoder({ num_beams: 2, num_return_sequences: 2 });
    const generate = await pipeline("text-generation", decoder);
    const answers = await generate(["w1 w2", "w3"], { maxNewTokens: 3 });
    expect(answers.map(({ generated_text }) => generated_text)).toEqual([
      expect.stringMatching(/^w1 w2 /),
      expect.stringMatching(/^w3 /),
    ]);
    await expectError(() => generate("w1", { numReturnSequences: 2 }), "unsupported", "generateText");
    await generate.release();
  });
});

describe("pipeline", () => {
  test("refuses an unknown task, and a model without a head for it", async () => {
    await expectError(() => pipeline("translation" as PipelineTask, model), "unsupported", "text-classification");
    await expectError(() => pipeline("text-generation", model), "not_found", "no head of kind causal-lm");
    await expectError(() => pipeline("fill-mask", model, { head: "sentiment" }), "not_found", "masked-lm");
  });

  test("needs a tokenizer for texts", async () => {
    const bare = new BertModel({ ...model, tokenization: undefined });
    await expectError(() => bare.embed(["text"]), "not_found", "tokenizer");
  });
});
