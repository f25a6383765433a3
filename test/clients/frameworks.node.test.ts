// Frameworks for JavaScript, each as its documentation has it, against the gateway: Vercel's AI SDK and LangChain.
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { OpenAIEmbeddings } from "@langchain/openai";
import { cosineSimilarity, embed, embedMany } from "ai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningWorker, startWorker } from "../functions/worker.ts";

const MODEL = "minilm-l6-heads";
let worker: RunningWorker;
let baseURL: string;
beforeAll(async () => {
  worker = await startWorker();
  baseURL = new URL("/v1", worker.url).href;
});
afterAll(() => worker.close());

const texts = Array.from({ length: 300 }, (_, index) => `note ${index}`);

test("the AI SDK's OpenAI provider embeds 300 values", async () => {
  const model = createOpenAI({ baseURL, apiKey: "none" }).embeddingModel(MODEL);
  const { embeddings, usage } = await embedMany({ model, values: texts });
  expect(embeddings.map(({ length }) => length)).toEqual(texts.map(() => 384));
  expect(usage.tokens).toBeGreaterThan(900);
  const [one] = await Promise.all([embed({ model, value: texts[299]! })]);
  expect(cosineSimilarity(one.embedding, embeddings[299]!)).toBeCloseTo(1, 3);
});

test("its provider for compatible services embeds 300 values, shorter ones too", async () => {
  const provider = createOpenAICompatible({ name: "bertlet", baseURL });
  const model = provider.embeddingModel(MODEL);
  const providerOptions = { bertlet: { dimensions: 32, user: "somebody" } };
  const { embeddings } = await embedMany({ model, values: texts, providerOptions });
  expect(embeddings.map(({ length }) => length)).toEqual(texts.map(() => 32));
});

test("LangChain embeds a query and 300 documents", async () => {
  const embeddings = new OpenAIEmbeddings({ model: MODEL, apiKey: "none", configuration: { baseURL } });
  const documents = await embeddings.embedDocuments(texts);
  expect(documents.map(({ length }) => length)).toEqual(texts.map(() => 384));
  expect(cosineSimilarity(await embeddings.embedQuery(texts[7]!), documents[7]!)).toBeCloseTo(1, 3);
});

test("a model that the service does not have is an error that names those that it has", async () => {
  const model = createOpenAI({ baseURL, apiKey: "none" }).embeddingModel("text-embedding-3-small");
  await expect(embed({ model, value: "a", maxRetries: 0 })).rejects.toThrow(MODEL);
});
