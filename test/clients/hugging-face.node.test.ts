// Hugging Face's own client against a Worker that runs alone: every task that both know.
import { InferenceClient } from "@huggingface/inference";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestsTo } from "../functions/requests.ts";
import { type RunningWorker, startWorker } from "../functions/worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker("hugging-face");
});
afterAll(() => worker.close());

const { send, answer, refused } = requestsTo(() => worker);
const client = new InferenceClient();
const at = (path: string) => ({ endpointUrl: new URL(path, worker.url).href });
const score = expect.any(Number);

describe("@huggingface/inference", () => {
  test("text classification, by task and by head", async () => {
    expect(await client.textClassification({ ...at("/pipeline/text-classification"), inputs: "a delight" })).toEqual([
      { label: "POSITIVE", score },
    ]);
    const parameters = { top_k: 2 };
    const emotions = await client.textClassification({ ...at("/models/emotion"), inputs: "thank you", parameters });
    expect(emotions).toEqual([
      { label: "gratitude", score },
      { label: expect.any(String), score },
    ]);
  });

  test("token classification", async () => {
    const inputs = "She lives in Berlin.";
    expect(await client.tokenClassification({ ...at("/models/entities"), inputs })).toEqual([
      { entity_group: "LOC", score, word: "Berlin", start: 13, end: 19 },
    ]);
  });

  test("question answering", async () => {
    const inputs = { question: "Where does she live?", context: "She lives in Berlin." };
    const found = { answer: "Berlin", score, start: 13, end: 19 };
    expect(await client.questionAnswering({ ...at("/models/question-answering"), inputs })).toEqual(found);
  });

  test("fill mask", async () => {
    const inputs = "He went to the [MASK] to buy milk.";
    const [best] = await client.fillMask({ ...at("/pipeline/fill-mask"), inputs, parameters: { top_k: 1 } });
    expect(best).toEqual({ token_str: "town", token: 2237, score, sequence: "he went to the town to buy milk." });
  });

  test("feature extraction, by the name of the model", async () => {
    const inputs = ["it rains", "the rain falls"];
    const vectors = await client.featureExtraction({ ...at("/models/minilm-l6-heads"), inputs });
    expect(vectors).toEqual([expect.any(Array), expect.any(Array)]);
    expect((vectors as number[][])[0]).toHaveLength(384);
  });

  test("sentence similarity", async () => {
    const inputs = { source_sentence: "it rains", sentences: ["the rain falls", "bananas"] };
    const path = "/models/minilm-l6-heads/pipeline/sentence-similarity";
    const [near, far] = await client.sentenceSimilarity({ ...at(path), inputs });
    expect(near).toBeGreaterThan(far!);
  });

  test("zero-shot classification", async () => {
    const parameters = { candidate_labels: ["cooking", "sport"] };
    const inputs = "The striker scored twice.";
    const labels = await client.zeroShotClassification({
      ...at("/pipeline/zero-shot-classification"),
      inputs,
      parameters,
    });
    expect(labels).toEqual([
      { label: "sport", score },
      { label: "cooking", score },
    ]);
  });

  test("a refusal says why", async () => {
    const refusal = client.textGeneration({ ...at("/pipeline/text-generation"), inputs: "once" });
    await expect(refusal).rejects.toMatchObject({ httpResponse: { status: 404 } });
  });
});

describe("one address for every task", () => {
  test("feature extraction, and the tasks whose bodies have a shape of their own", async () => {
    const root = at("/");
    const vectors = await client.featureExtraction({ ...root, inputs: "it rains" });
    expect(vectors).toEqual([expect.any(Array)]);
    const sentences = ["the rain falls", "bananas"];
    const similar = await client.sentenceSimilarity({ ...root, inputs: { source_sentence: "it rains", sentences } });
    expect(similar[0]).toBeGreaterThan(similar[1]!);
    const question = { question: "Where does she live?", context: "She lives in Berlin." };
    expect(await client.questionAnswering({ ...root, inputs: question })).toMatchObject({ answer: "Berlin" });
    const parameters = { candidate_labels: ["cooking", "sport"] };
    const inputs = "The striker scored twice.";
    const labels = await client.zeroShotClassification({ ...root, inputs, parameters });
    expect(labels).toMatchObject([{ label: "sport" }, { label: "cooking" }]);
    expect(await answer("/", { query: "a", texts: ["b"] })).toEqual([{ index: 0, score }]);
    expect(await answer("/", { inputs: { prompt: "a", choices: ["b", "c"] } })).toHaveLength(2);
  });

  test("SageMaker's and Vertex AI's addresses", async () => {
    const alone = await answer("/", { inputs: "it rains" });
    expect(await answer("/invocations", { inputs: "it rains" })).toEqual(alone);
    const ranking = { query: "a", texts: ["b"] };
    const { predictions } = await answer<{ predictions: unknown[] }>("/vertex", {
      instances: [{ inputs: "it rains" }, ranking],
    });
    expect(predictions).toEqual([alone, [{ index: 0, score }]]);
    const ping = await send("/ping");
    expect([ping.status, await ping.json()]).toEqual([200, { status: "ok" }]);
    await refused("/vertex", { instances: [] }, 400, "empty_input");
    await refused("/vertex", { instances: [{ inputs: "a", parameters: {} }] }, 422, "invalid_input", "dimensions");
    await refused("/vertex", { instances: [{ inputs: "a" }], parameters: {} }, 422, "invalid_input", "instances");
  });

  test("a body of no known shape is refused as feature extraction's", async () => {
    await refused("/", { input: "a" }, 422, "invalid_input", "inputs");
    await refused("/", [], 422, "invalid_input");
    const response = await send("/");
    expect([response.status, response.headers.get("allow")]).toEqual([405, expect.stringContaining("POST")]);
  });
});

describe("paths", () => {
  test("a model and its head name the head, with any task that it has", async () => {
    const inputs = ["thank you"];
    const paths = ["emotion", "minilm-l6-heads/emotion", "minilm-l6-heads/emotion/pipeline/text-classification"];
    const answers = await Promise.all(paths.map((path) => answer(`/models/${path}`, { inputs })));
    expect(answers).toEqual(paths.map(() => [[{ label: "gratitude", score }]]));
  });

  test("tasks that only this service has", async () => {
    const pair = { text: "She opened the [MASK].", text_pair: "Nobody was there." };
    expect(await answer("/models/next-sentence", { inputs: pair })).toEqual([{ label: expect.any(String), score }]);
    expect(await answer("/models/pretraining", { inputs: pair })).toHaveProperty("fills");
    expect(await answer("/models/multiple-choice", { inputs: { prompt: "a", choices: ["b", "c"] } })).toHaveLength(2);
    expect(await answer("/pipeline/text-ranking", { query: "a", texts: ["b"] })).toEqual([{ index: 0, score }]);
  });

  test("what there is not is 404", async () => {
    await refused("/models/none", { inputs: "a" }, 404, "not_found", "sentiment");
    await refused("/models/sentiment/pipeline/fill-mask", { inputs: "a [MASK]" }, 404, "not_found", "sentiment");
    await refused("/models/sentiment/pipeline/none", { inputs: "a" }, 404, "not_found", "fill-mask");
    await refused("/pipeline/none", { inputs: "a" }, 404, "not_found", "fill-mask");
  });

  test("what is no request is refused", async () => {
    await refused("/models/sentiment", { inputs: "" }, 400, "empty_input");
    await refused("/models/sentiment", "text", 422, "invalid_input");
    await refused("/pipeline/fill-mask", { inputs: 7 }, 422, "invalid_input");
    await refused("/pipeline/fill-mask", { inputs: "a [MASK]", parameters: 7 }, 422, "invalid_input");
    for (const path of ["/models/sentiment", "/pipeline/fill-mask"]) {
      const response = await send(path);
      expect([response.status, response.headers.get("allow")]).toEqual([405, expect.stringContaining("POST")]);
    }
  });
});
