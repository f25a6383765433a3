// Python's clients against the gateway, each as its documentation has it: the scripts in python/ say what they ask.
import { afterAll, beforeAll, expect } from "vitest";
import { type RunningWorker, startWorker } from "../functions/worker.ts";
import { type PythonClient, testPythonClients } from "./python-scripts.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

const score = expect.any(Number);
const labels = [{ label: "sport" }, { label: "cooking" }];
const span = { answer: "Berlin", score, start: 13, end: 19 };

const CLIENTS: readonly PythonClient[] = [
  {
    modules: ["openai", "numpy"],
    script: "openai_client.py",
    gets: {
      lengths: [384, 384],
      usage: { prompt_tokens: 7, total_tokens: 7 },
      many: [2048, 8],
      formats_agree: true,
      models: ["minilm-l6-heads"],
      unknown: [404, "not_found", "model"],
    },
  },
  {
    modules: ["huggingface_hub", "numpy"],
    script: "hugging_face.py",
    gets: {
      classify: [{ label: "POSITIVE", score }],
      emotions: [{ label: "gratitude", score }, { score }],
      entities: [{ entity_group: "LOC", score, start: 13, end: 19 }],
      answer: span,
      fills: [{ token_str: "town", token: 2237, score }],
      features: [1, 384],
      similarity: [score, score],
      zero_shot: labels,
      unknown: 404,
      root_features: [2, 384],
      root_similarity: [score, score],
      root_answer: span,
      root_zero_shot: labels,
    },
  },
  {
    modules: ["langchain_openai"],
    script: "langchain_client.py",
    gets: {
      documents: [300, 384],
      same: true,
      token_ids: expect.stringContaining("check_embedding_ctx_length=False"),
    },
  },
  {
    modules: ["llama_index.embeddings.openai", "llama_index.embeddings.text_embeddings_inference"],
    script: "llama_index_client.py",
    gets: {
      sizes: [
        [150, 384],
        [150, 384],
      ],
      same: true,
      queries: [384, 384],
    },
  },
  {
    modules: ["haystack", "haystack_integrations.components.embedders.huggingface_api"],
    script: "haystack_client.py",
    gets: { openai: [100, 384], openai_text: 384, tei: [100, 384], tei_text: 384 },
  },
  { modules: ["cohere"], script: "cohere_client.py", gets: { first: [[1, "Mary wrote it."]], top_n: 2, second: [1] } },
  {
    modules: ["litellm"],
    script: "litellm_client.py",
    gets: { embedding: [384, 384], usage: 6, rerank: { cohere: 1, jina_ai: 1 } },
  },
];

testPythonClients(CLIENTS, "every answer", () => worker);
