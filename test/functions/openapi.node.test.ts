// /openapi.json as it is served: complete, and true, as far as schemathesis can find out.
import { afterAll, beforeAll, expect, test } from "vitest";
import { missing } from "./python.ts";
import { requestsTo } from "./requests.ts";
import { schemathesis } from "./schemathesis.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

const { send } = requestsTo(() => worker);

test("every path of the gateway is in it", async () => {
  const { openapi, paths } = (await (await send("/openapi.json")).json()) as { openapi: string; paths: object };
  expect(openapi).toBe("3.1.0");
  const own = [
    "/classify",
    "/entities",
    "/answer",
    "/fill-mask",
    "/next-sentence",
    "/choose",
    "/pretraining",
    "/generate",
  ];
  const tei = ["/embed", "/embed_all", "/predict", "/rerank", "/similarity", "/tokenize", "/decode"];
  const others = [
    "/v1/embeddings",
    "/v1/models",
    "/models/{name}",
    "/pipeline/text-classification",
    "/zero-shot",
    "/attention",
  ];
  const service = ["/info", "/health", "/metrics"];
  expect(Object.keys(paths)).toEqual(expect.arrayContaining([...own, ...tei, ...others, ...service]));
});

test("schemathesis finds no 5xx and no answer outside its schema", { timeout: 600_000 }, async ({ skip }) => {
  const reason = await missing("schemathesis");
  if (reason) return skip(reason);
  await schemathesis(worker.url, [], ["--max-examples=10", "--phases=examples,coverage,fuzzing"]);
});
