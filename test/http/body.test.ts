// Bodies: content codings within the limit, and how far a value is looked at. Large bodies over HTTP are in
// test/functions/large-bodies.node.test.ts.
import { Hono } from "hono";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { readJson } from "../../src/http/body.ts";
import { onError } from "../../src/http/errors.ts";
import { beginScope } from "../../src/http/middleware/request-scope.ts";
import { LIMITS } from "../../src/tasks/limits.ts";
import { parseBody } from "../../src/tasks/task.ts";

const app = new Hono();
app.use(beginScope());
app.onError(onError);
app.post("/", async (context) => context.json(await readJson(context)));

const post = (body: BodyInit, coding?: string) =>
  app.request("/", {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...(coding && { "content-encoding": coding }) },
  });
const compress = async (text: string, format: CompressionFormat): Promise<ArrayBuffer> =>
  new Response(new Blob([text]).stream().pipeThrough(new CompressionStream(format))).arrayBuffer();

describe("a body in a content coding", () => {
  test.each<[string, CompressionFormat]>([
    ["gzip", "gzip"],
    ["x-gzip", "gzip"],
    [" GZip ", "gzip"],
    ["deflate", "deflate"],
  ])("%s is decoded", async (coding, format) => {
    const response = await post(await compress('{"inputs":"naïve"}', format), coding);
    expect([response.status, await response.json()]).toEqual([200, { inputs: "naïve" }]);
  });

  test("identity is read as it is", async () => {
    expect(await (await post('{"a":1}', "identity")).json()).toEqual({ a: 1 });
  });

  test.each(["br", "zstd", "compress", "gzip, gzip", "gzip, br", "deflate-raw", "__proto__"])(
    "%s is 415, with those that there are",
    async (coding) => {
      const response = await post("{}", coding);
      expect([response.status, response.headers.get("accept-encoding")]).toEqual([415, "gzip, deflate"]);
      expect(await response.json()).toMatchObject({ error_type: "unsupported_media_type" });
    },
  );

  test("is counted after decoding: a small body that grows past the limit is 413", async () => {
    const bomb = await compress(`"${"0".repeat(LIMITS.body_bytes)}"`, "gzip");
    expect(bomb.byteLength).toBeLessThan(10_000);
    const response = await post(bomb, "gzip");
    expect(await response.json()).toEqual({
      error: `the body is over ${LIMITS.body_bytes} bytes`,
      error_type: "input_too_large",
    });
    const fits = await compress(`"${"0".repeat(LIMITS.body_bytes - 2)}"`, "gzip");
    expect((await post(fits, "gzip")).status).toBe(200);
  });

  test.each<[string, () => Promise<BodyInit> | BodyInit]>([
    ["is another's", () => '{"a":1}'],
    ["is cut", async () => (await compress('{"inputs":"a text"}', "gzip")).slice(0, -9)],
    ["has more behind it", async () => new Blob([await compress("{}", "gzip"), "more"])],
    ["is empty", () => ""],
  ])("that %s is 400", async (_what, body) => {
    const response = await post(await body(), "gzip");
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.stringMatching(/not (gzip data|JSON)/), error_type: "invalid_json" },
    ]);
  });
});

test("a byte order mark before JSON is ignored", async () => {
  expect(await (await post('\uFEFF{"a":1}')).json()).toEqual({ a: 1 });
});

test("a long message is shortened, and says how long it was", async () => {
  const failing = new Hono();
  failing.onError(onError);
  failing.use(beginScope());
  failing.post("/", async (context) => {
    parseBody(
      v.picklist(["a"], ({ input }) => `not ${input}`),
      await readJson(context),
    );
    return context.json({});
  });
  const response = await failing.request("/", {
    method: "POST",
    body: JSON.stringify("x".repeat(900_000)),
    headers: { "content-type": "application/json" },
  });
  const { error } = (await response.json()) as { error: string };
  expect(error.length).toBeLessThan(1100);
  expect(error).toMatch(/… \(900004 characters\)$/);
});

test("a body is looked at up to the first thing that is wrong, in every alternative", () => {
  let looks = 0;
  const wrong = v.pipe(
    v.number(),
    v.check(() => ++looks < 0),
  );
  const schema = v.object({ inputs: v.union([v.array(wrong), v.array(v.array(wrong)), v.array(wrong)]) });
  expect(() => parseBody(schema, { inputs: Array(1000).fill(1) })).toThrow(
    expect.objectContaining({ type: "invalid_input", field: "inputs" }),
  );
  expect(looks).toBe(2);
});
