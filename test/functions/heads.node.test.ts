// A function a head, over HTTP in workerd with the default model. /classify has a file of its own.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/tasks/limits.ts";
import { requestsTo } from "./requests.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

const { send, post, answer, refused } = requestsTo(() => worker);
const probability = expect.closeTo(0.5, 0);

interface Place {
  start: number;
  end: number;
}

describe("/entities", () => {
  const text = "Angela Merkel lives in Berlin.";
  const found = [
    { entity_group: "PER", score: probability, word: "Angela Merkel", start: 0, end: 13 },
    { entity_group: "LOC", score: probability, word: "Berlin", start: 23, end: 29 },
  ];

  test("a text has its entities with their places, several texts a list each", async () => {
    expect(await answer("/entities", { inputs: text })).toEqual(found);
    expect(await answer("/entities", { inputs: [text, "nothing to see"] })).toEqual([found, []]);
  });

  test.each(["simple", "first", "average", "max"])("aggregation %s gives groups", async (aggregation_strategy) => {
    const groups = await answer<Place[]>("/entities", { inputs: text, parameters: { aggregation_strategy } });
    expect(groups.map(({ start, end }) => text.slice(start, end))).toEqual(["Angela Merkel", "Berlin"]);
  });

  test("aggregation none gives tokens, and labels can be ignored", async () => {
    const tokens = { aggregation_strategy: "none", ignore_labels: [] };
    const [first] = await answer<unknown[]>("/entities", { inputs: text, parameters: tokens });
    expect(first).toEqual({ entity: "B-PER", score: probability, index: 1, word: "angela", start: 0, end: 6 });
    const parameters = { ignore_labels: ["O", "PER"] };
    expect(await answer("/entities", { inputs: text, parameters })).toEqual(found.slice(1));
  });

  test("another head finds slots", async () => {
    const inputs = "book a table for two in Paris";
    const slots = await answer<{ entity_group: string }[]>("/entities", { inputs, parameters: { head: "slots" } });
    expect(slots.map(({ entity_group }) => entity_group)).toContain("party_size_number");
  });

  test("offsets count UTF-16 units, or code points on request", async () => {
    const inputs = `😀 ${text}`;
    const [utf16] = await answer<[Place]>("/entities", { inputs });
    const [points] = await answer<[Place]>("/entities", { inputs, parameters: { offset_unit: "codepoint" } });
    expect(inputs.slice(utf16.start, utf16.end)).toBe("Angela Merkel");
    expect([...inputs].slice(points.start, points.end).join("")).toBe("Angela Merkel");
    expect(points.start).toBe(utf16.start - 1);
  });

  test("with a stride a long text is read to its end", async () => {
    const inputs = `${"it was said and done. ".repeat(150)}${text}`;
    expect(await answer("/entities", { inputs })).not.toContainEqual(expect.objectContaining({ word: "Berlin" }));
    const parameters = { stride: 32 };
    expect(await answer("/entities", { inputs, parameters })).toContainEqual(
      expect.objectContaining({ word: "Berlin" }),
    );
  });

  test("what makes no sense is refused", async () => {
    const parameters = { aggregation_strategy: "none", stride: 8 };
    await refused("/entities", { inputs: text, parameters }, 422, "invalid_input", "stride");
    await refused("/entities", { inputs: text, parameters: { stride: 129 } }, 422, "invalid_input", "stride");
    await refused("/entities", { inputs: [["a", "b"]] }, 422, "invalid_input", "array of texts");
    await refused("/entities", { inputs: text, parameters: { head: "sentiment" } }, 404, "not_found", "sentiment");
  });
});

describe("/answer", () => {
  const inputs = { question: "Where does she live?", context: "She lives in Berlin." };
  const berlin = { answer: "Berlin", score: probability, start: 13, end: 19 };

  test("a question has an answer with its place, several a list", async () => {
    expect(await answer("/answer", { inputs })).toEqual(berlin);
    expect(await answer("/answer", { inputs: [inputs, inputs] })).toEqual([berlin, berlin]);
  });

  test("top_k gives more of them, best first", async () => {
    const answers = await answer<{ score: number }[]>("/answer", { inputs, parameters: { top_k: 3 } });
    expect(answers).toHaveLength(3);
    expect(answers).toEqual(answers.toSorted((a, b) => b.score - a.score));
    const batch = await answer<unknown[][]>("/answer", { inputs: [inputs], parameters: { top_k: 2 } });
    expect(batch.map((answers) => answers.length)).toEqual([2]);
  });

  test("no answer is an answer where that is allowed", async () => {
    const parameters = { handle_impossible_answer: true, top_k: 100 };
    const answers = await answer<{ answer: string }[]>("/answer", { inputs, parameters });
    expect(answers).toContainEqual({ answer: "", score: expect.any(Number), start: 0, end: 0 });
  });

  test("a long passage is read to its end; offsets may count code points", async () => {
    const context = `${"It rained 😀 all day. ".repeat(300)}She lives in Berlin.`;
    const parameters = { max_seq_len: 128, doc_stride: 32, offset_unit: "codepoint" };
    const found = await answer<Place>("/answer", { inputs: { ...inputs, context }, parameters });
    expect([...context].slice(found.start, found.end).join("")).toContain("Berlin");
  });

  test("what makes no sense is refused", async () => {
    await refused("/answer", { inputs: { ...inputs, context: " " } }, 400, "empty_input");
    await refused("/answer", { inputs: "Where?" }, 422, "invalid_input", "{question, context}");
    const parameters = { max_seq_len: 40, doc_stride: 64 };
    await refused("/answer", { inputs, parameters }, 422, "invalid_input", "doc_stride");
    const context = "a ".repeat(LIMITS.batch_tokens);
    await refused("/answer", { inputs: { ...inputs, context } }, 413, "input_too_large");
  });
});

describe("/fill-mask", () => {
  const inputs = "He went to the [MASK] to buy milk.";
  const town = { score: probability, token: 2237, token_str: "town", sequence: "he went to the town to buy milk." };

  test("a mask has its likeliest tokens, several masks a list each, several texts a list of these", async () => {
    const fills = await answer<unknown[]>("/fill-mask", { inputs });
    expect(fills).toHaveLength(5);
    expect(fills[0]).toEqual({ ...town, score: expect.closeTo(0.12, 1) });
    const two = await answer<unknown[][]>("/fill-mask", { inputs: "the [MASK] of [MASK]", parameters: { top_k: 2 } });
    expect(two.map((fills) => fills.length)).toEqual([2, 2]);
    expect(await answer("/fill-mask", { inputs: [inputs] })).toEqual([fills]);
  });

  test("targets are the only tokens to choose from", async () => {
    const fills = await answer<{ token_str: string }[]>("/fill-mask", {
      inputs,
      parameters: { targets: ["shop", "sea"] },
    });
    expect(fills.map(({ token_str }) => token_str).toSorted()).toEqual(["sea", "shop"]);
  });

  test("what makes no sense is refused", async () => {
    await refused("/fill-mask", { inputs: "no mask" }, 422, "invalid_input", "[MASK]");
    await refused("/fill-mask", { inputs, parameters: { top_k: LIMITS.top_k + 1 } }, 422, "invalid_input", "top_k");
    const targets = Array(LIMITS.targets + 1).fill("sea");
    await refused("/fill-mask", { inputs, parameters: { targets } }, 422, "invalid_input", "targets");
  });
});

describe("/next-sentence and /pretraining", () => {
  const follows = { text: "She opened the door.", text_pair: "Nobody was there." };
  const other = ["She opened the door.", "Potassium melts at 63 degrees."];

  test("pairs are judged, one or several, in either form", async () => {
    expect(await answer("/next-sentence", { inputs: follows })).toEqual([{ label: "IsNext", score: probability }]);
    const inputs = [[follows.text, follows.text_pair], other];
    const both = await answer<{ label: string }[][]>("/next-sentence", { inputs, parameters: { top_k: 2 } });
    expect(both.map(([best]) => best?.label)).toEqual(["IsNext", "NotNext"]);
    expect(both.map((labels) => labels.length)).toEqual([2, 2]);
  });

  test("both training tasks are answered at once", async () => {
    const inputs = { text: "She opened the [MASK].", text_pair: "Nobody was there." };
    const one = await answer<{ fills: unknown[][]; next_sentence: unknown[] }>("/pretraining", { inputs });
    expect(one.fills.map((fills) => fills.length)).toEqual([5]);
    expect(one.next_sentence).toContainEqual({ label: "IsNext", score: probability });
    expect(await answer("/pretraining", { inputs: [inputs] })).toEqual([one]);
  });

  test("what makes no sense is refused", async () => {
    await refused("/next-sentence", { inputs: "a text alone" }, 422, "invalid_input", "text_pair");
    await refused("/next-sentence", { inputs: [["a", ""]] }, 400, "empty_input");
    await refused("/pretraining", { inputs: follows }, 422, "invalid_input", "[MASK]");
    const targets = Array(LIMITS.targets + 1).fill("sea");
    await refused("/pretraining", { inputs: follows, parameters: { targets } }, 422, "invalid_input", "targets");
  });
});

describe("/choose", () => {
  const inputs = {
    prompt: "The Rhine flows through Cologne. Which city does it flow through?",
    choices: ["1945", "Cologne"],
  };

  test("choices are ordered, for one prompt or several", async () => {
    const choices = await answer<{ score: number }[]>("/choose", { inputs });
    expect(choices).toMatchObject([
      { choice: "Cologne", index: 1 },
      { choice: "1945", index: 0 },
    ]);
    expect(choices.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
    expect(await answer("/choose", { inputs: [inputs] })).toEqual([choices]);
    const raw = await answer<[{ score: number }]>("/choose", { inputs, parameters: { function_to_apply: "none" } });
    expect(raw[0].score).toBeGreaterThan(1);
  });

  test("what makes no sense is refused", async () => {
    await refused("/choose", { inputs: { ...inputs, choices: [] } }, 422, "invalid_input");
    await refused("/choose", { inputs: { ...inputs, choices: Array(129).fill("x") } }, 413, "input_too_large", "128");
    await refused("/choose", { inputs: { ...inputs, choices: ["a", ""] } }, 400, "empty_input");
  });
});

describe("/zero-shot", () => {
  const inputs = "The striker scored twice.";
  const candidate_labels = ["cooking", "sport"];

  test("labels of the request are ordered by the text", async () => {
    const one = await answer<{ score: number }[]>("/zero-shot", { inputs, parameters: { candidate_labels } });
    expect(one).toMatchObject([{ label: "sport" }, { label: "cooking" }]);
    expect(one[0]!.score + one[1]!.score).toBeCloseTo(1, 5);
    expect(await answer("/zero-shot", { inputs: [inputs], parameters: { candidate_labels } })).toEqual([one]);
  });

  test("what makes no sense is refused", async () => {
    await refused("/zero-shot", { inputs }, 422, "invalid_input", "parameters");
    await refused("/zero-shot", { inputs, parameters: {} }, 422, "invalid_input", "candidate_labels");
    const parameters = { candidate_labels, hypothesis_template: "no place" };
    await refused("/zero-shot", { inputs, parameters }, 422, "invalid_input", "{}");
  });
});

describe("/generate", () => {
  test("a model without a causal head says so", async () => {
    await refused("/generate", { inputs: "once" }, 404, "not_found", "no head of kind causal-lm");
  });
});

describe("every task", () => {
  const TASKS = [
    { path: "/entities", inputs: "a text", parameters: {} },
    { path: "/answer", inputs: { question: "a", context: "b" }, parameters: {} },
    { path: "/fill-mask", inputs: "a [MASK]", parameters: {} },
    { path: "/next-sentence", inputs: { text: "a", text_pair: "b" }, parameters: {} },
    { path: "/choose", inputs: { prompt: "a", choices: ["b", "c"] }, parameters: {} },
    { path: "/pretraining", inputs: { text: "a [MASK]", text_pair: "b" }, parameters: {} },
    { path: "/generate", inputs: "a text", parameters: {} },
    { path: "/zero-shot", inputs: "a text", parameters: { candidate_labels: ["x"] } },
  ];

  test.each(TASKS)("$path refuses what is no request", async ({ path, inputs, parameters }) => {
    await refused(path, {}, 422, "invalid_input", "inputs");
    await refused(path, { inputs: 7, parameters }, 422, "invalid_input");
    await refused(path, { inputs: [], parameters }, 400, "empty_input");
    await refused(path, { inputs: [inputs, 7], parameters }, 422, "invalid_input");
    await refused(path, { inputs, parameters: { ...parameters, nonsense: 1 } }, 422, "invalid_input", "nonsense");
    await refused(path, { inputs, parameters: 7 }, 422, "invalid_input", "parameters");
    await refused(path, { inputs: Array(129).fill(inputs), parameters }, 413, "input_too_large");
  });

  test.each(TASKS)("$path takes POST, and GET where a text is enough", async ({ path, inputs, parameters }) => {
    const allowed = typeof inputs === "string" ? "GET, HEAD, POST, OPTIONS" : "POST, OPTIONS";
    const response = await send(path, { method: "PUT", body: "{}" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, allowed]);
    const values = Object.entries(parameters).map(([name, value]) => [name, JSON.stringify(value)]);
    const query = new URLSearchParams([["inputs", String(inputs)], ...values]);
    const get = await send(`${path}?${query}`);
    const { status } = await post(path, { inputs, parameters });
    expect(get.status).toBe(allowed === "POST, OPTIONS" ? 405 : status);
  });
});
