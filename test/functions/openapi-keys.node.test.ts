// /openapi.json of a gateway with keys: it says so, it is true, and without a key there is nothing behind it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { missing } from "./python.ts";
import { requestsTo } from "./requests.ts";
import { schemathesis } from "./schemathesis.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

/** What a body has in each format of errors. */
const BODIES: Readonly<Record<string, (code: string) => object>> = {
  Error: (code) => ({ error_type: code }),
  OpenAIError: (code) => ({ error: { code } }),
  CohereError: (code) => ({ error_type: code }),
  SystemOneError: () => ({ detail: { error_type: "authentication_error" } }),
};

/** Probes, which need no key. */
const OPEN = ["/health", "/ping"];

const KEY = "a-key-that-is-known";

interface Operation {
  readonly security: readonly object[];
  readonly responses: Readonly<
    Record<string, { readonly content: { "application/json": { schema: { $ref: string } } } }>
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: object };
}

let worker: RunningWorker;
let document: Document;
beforeAll(async () => {
  const hash = await sha256(new TextEncoder().encode(KEY));
  worker = await startWorker(undefined, { API_KEYS: JSON.stringify({ [hash]: { name: "tester" } }) });
  document = (await (await send("/openapi.json")).json()) as Document;
});
afterAll(() => worker.close());

const { send } = requestsTo(() => worker);
const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );

test("every operation but the probes says that it needs a key, and how it is sent", () => {
  expect(document.components.securitySchemes).toEqual({ key: { type: "http", scheme: "bearer" } });
  for (const { path, security } of operations())
    expect(security, path).toEqual(OPEN.includes(path) ? [] : [{ key: [] }]);
});

test("without keys every operation says that it needs none", async () => {
  const open = await startWorker("tokenize");
  try {
    const { paths, components } = (await (await fetch(new URL("/openapi.json", open.url))).json()) as Document;
    expect(components).not.toHaveProperty("securitySchemes");
    for (const methods of Object.values(paths))
      for (const { security } of Object.values(methods)) expect(security).toEqual([]);
  } finally {
    await open.close();
  }
});

describe.each<[string, HeadersInit]>([
  ["without a key", {}],
  ["with another", { authorization: "Bearer another" }],
  ["with a header that is none", { authorization: "Bearer" }],
])("%s", (_what, headers) => {
  test("every operation is 401 in its shape, before its body is read", async () => {
    for (const { path, method, responses } of operations()) {
      const body = method === "post" ? { body: "no JSON" } : {};
      const response = await send(path, { method: method.toUpperCase(), headers, ...body });
      if (OPEN.includes(path)) {
        expect(response.status).toBe(200);
        continue;
      }
      expect([path, response.status, response.headers.get("www-authenticate")]).toEqual([
        path,
        401,
        'Bearer realm="bertlet"',
      ]);
      const code = "unauthorized";
      const format = responses["401"]!.content["application/json"].schema.$ref.split("/").at(-1)!;
      expect(await response.json(), path).toMatchObject(BODIES[format]!(code));
    }
  });
});

test("schemathesis finds no 5xx, no answer outside its schema and no way around the key", { timeout: 600_000 }, async ({
  skip,
}) => {
  const reason = await missing("schemathesis");
  if (reason) return skip(reason);
  const bounded = ["--max-examples=5", "--phases=examples,coverage,fuzzing", "-H", `Authorization: Bearer ${KEY}`];
  await schemathesis(worker.url, ["ignored_auth"], bounded);
});
