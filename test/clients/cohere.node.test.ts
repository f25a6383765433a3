// Cohere's own client, and Jina's requests, against a Worker that only reranks.
import { CohereClient, CohereClientV2 } from "cohere-ai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requestsTo } from "../functions/requests.ts";
import { type RunningWorker, startWorker } from "../functions/worker.ts";

const model = "minilm-l6-heads";
const query = "who wrote it?";
const documents = ["It rained.", "Mary wrote it.", "Bananas are yellow."];
let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker("rerank");
});
afterAll(() => worker.close());

const { answer, post } = requestsTo(() => worker);
const options = () => ({ environment: worker.url.origin, token: "none" });
const score = expect.any(Number);

test("version 1 has the documents that were asked for", async () => {
  const client = new CohereClient(options());
  const objects = documents.map((text) => ({ text }));
  const { results, meta } = await client.rerank({ model, query, documents: objects, topN: 2, returnDocuments: true });
  expect(results).toHaveLength(2);
  expect(results[0]).toEqual({ index: 1, relevanceScore: score, document: { text: "Mary wrote it." } });
  expect(results[0]!.relevanceScore).toBeGreaterThan(results[1]!.relevanceScore);
  expect(meta).toMatchObject({ apiVersion: { version: "1" }, billedUnits: { searchUnits: 1 } });
});

test("version 2 has all documents' indices, best first", async () => {
  const client = new CohereClientV2(options());
  const { results, id, meta } = await client.rerank({ model, query, documents });
  expect(results.map(({ index }) => index).toSorted()).toEqual([0, 1, 2]);
  expect(results[0]).toEqual({ index: 1, relevanceScore: score });
  expect([id, meta?.apiVersion?.version]).toEqual([expect.any(String), "2"]);
});

test("1,000 documents, as many as Cohere advises, are ranked together", async () => {
  const many = Array.from({ length: 1000 }, (_, index) => (index === 777 ? documents[1]! : `note ${index}`));
  const { results } = await new CohereClientV2(options()).rerank({ model, query, documents: many, topN: 3 });
  expect([results.length, results[0]!.index]).toEqual([3, 777]);
});

test("Jina's fields are in the answer, too", async () => {
  const body = { model, query, documents, top_n: 1, return_documents: true };
  expect(await answer("/v1/rerank", body)).toMatchObject({
    model,
    object: "list",
    usage: { total_tokens: expect.any(Number) },
    results: [{ index: 1, relevance_score: score, document: { text: "Mary wrote it." } }],
  });
});

test("its scores are those of /rerank", async () => {
  const { results } = await answer<{ results: object[] }>("/v2/rerank", { query, documents });
  const ranked = await answer<{ index: number; score: number }[]>("/rerank", { query, texts: documents });
  expect(results).toEqual(ranked.map(({ index, score }) => ({ index, relevance_score: score })));
});

test.each<[string, object, number, string, string]>([
  ["no document", { query, documents: [] }, 400, "empty_input", "texts"],
  ["another model", { query, documents, model: "rerank-v3.5" }, 404, "not_found", model],
  ["an unknown key", { query, documents, top_k: 1 }, 422, "invalid_input", "top_n"],
  ["a document of other fields", { query, documents: [{ title: "a" }] }, 422, "invalid_input", "documents"],
  ["too many documents", { query, documents: Array(1001).fill("a") }, 413, "input_too_large", "1000"],
])("%s is refused in Cohere's shape", async (_what, body, status, error_type, part) => {
  const response = await post("/v2/rerank", body);
  expect([response.status, await response.json()]).toEqual([
    status,
    { message: expect.stringContaining(part), error_type, field: expect.toBeOneOf([null, expect.any(String)]) },
  ]);
});
