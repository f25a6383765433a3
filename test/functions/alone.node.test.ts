// Every function deployed alone, by its environment in functions/wrangler.toml: it answers on its own paths, and on no other's.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { requestsTo } from "./requests.ts";
import { startWorker } from "./worker.ts";

const pair = { text: "She opened the [MASK].", text_pair: "Nobody was there." };
const FUNCTIONS: Readonly<Record<string, { path: string; body: object; status?: number }>> = {
  classify: { path: "/classify", body: { inputs: "a" } },
  entities: { path: "/entities", body: { inputs: "a" } },
  answer: { path: "/answer", body: { inputs: { question: "a", context: "b" } } },
  "fill-mask": { path: "/fill-mask", body: { inputs: "[MASK]" } },
  "next-sentence": { path: "/next-sentence", body: { inputs: pair } },
  choose: { path: "/choose", body: { inputs: { prompt: "a", choices: ["b"] } } },
  pretraining: { path: "/pretraining", body: { inputs: pair } },
  generate: { path: "/generate", body: { inputs: "a" }, status: 404 },
  "zero-shot": { path: "/zero-shot", body: { inputs: "a", parameters: { candidate_labels: ["b"] } } },
  embed: { path: "/embed_all", body: { inputs: "a" } },
  rerank: { path: "/rerank", body: { query: "a", texts: ["b"] } },
  similarity: { path: "/similarity", body: { inputs: { source_sentence: "a", sentences: ["b"] } } },
  tokenize: { path: "/decode", body: { ids: [101] } },
  attention: { path: "/attention", body: { inputs: "a" } },
  decide: {
    path: "/v1/systemone",
    body: { model: "edge", state: "a", questions: { q: { type: "choice", criteria: { b: null, c: null } } } },
  },
  openai: { path: "/v1/embeddings", body: { model: "minilm-l6-heads", input: "a" } },
  "hugging-face": { path: "/models/sentiment", body: { inputs: "a" } },
  "text-embeddings-inference": { path: "/predict", body: { inputs: "a" } },
};
const OWN_TESTS = ["understand", "tag", "teach", "multilingual"];

test("every environment is here", async () => {
  const names = (await readFile("functions/wrangler.toml", "utf8")).matchAll(/^\[env\.([\w-]+)\]$/gm);
  const environments = Array.from(names, ([, name]) => name!).filter((name) => !OWN_TESTS.includes(name));
  expect(environments.toSorted()).toEqual(Object.keys(FUNCTIONS).toSorted());
});

test.each(Object.entries(FUNCTIONS))("%s", async (name, { path, body, status = 200 }) => {
  const worker = await startWorker(name);
  try {
    const { post, send } = requestsTo(() => worker);
    const response = await post(path, body);
    expect(response.status, await response.text()).toBe(status);
    const { paths } = (await (await send("/openapi.json")).json()) as { paths: Record<string, object> };
    const documented = Object.keys(paths).map((path) => path.replace("{name}", "sentiment"));
    expect(documented).toContain(path);
    const others = Object.values(FUNCTIONS).filter(({ path }) => !documented.includes(path));
    // No function has the playground: where POST is a route, GET is refused as another method.
    expect((await send("/")).status).toBe(documented.includes("/") ? 405 : 404);
    expect((await send("/models/minilm-l6-heads.safetensors")).status).toBe(
      documented.includes("/models/sentiment") ? 405 : 404,
    );
    for (const other of others) expect((await post(other.path, other.body)).status, other.path).toBe(404);
  } finally {
    await worker.close();
  }
});
