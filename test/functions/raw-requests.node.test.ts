// Requests that no well-behaved client sends, byte by byte, to a Worker with keys: doubled headers, odd bytes, crooked paths.
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  const hash = await sha256(new TextEncoder().encode("key"));
  worker = await startWorker("tokenize", { API_KEYS: JSON.stringify({ [hash]: { name: "tester" } }) });
});
afterAll(() => worker.close());

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends a GET as it is written, and reads the answer until the connection ends. */
function send(path: string, ...headers: readonly (string | Buffer)[]): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const pieces: Buffer[] = [];
  const socket = connect(Number(worker.url.port), worker.url.hostname, () => {
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${worker.url.host}`, "Connection: close", ...headers, ""];
    socket.write(Buffer.concat([...lines, ""].flatMap((line) => [Buffer.from(line), Buffer.from("\r\n")])));
  });
  socket.on("data", (piece) => pieces.push(piece));
  socket.on("error", reject);
  socket.on("close", () => {
    const [head = "", body = ""] = Buffer.concat(pieces).toString("latin1").split("\r\n\r\n", 2);
    resolve({ status: Number(head.split(" ")[1]), head: head.toLowerCase(), body });
  });
  return promise;
}

const PATH = "/tokenize?inputs=a";
const KEY = "Authorization: Bearer key";

test("the right key is let in, once", async () => {
  expect((await send(PATH, KEY)).status).toBe(200);
});

test.each<[string, (string | Buffer)[]]>([
  ["twice", [KEY, KEY]],
  ["beside another", ["Authorization: Bearer other", KEY]],
  ["behind another name", ["X-Authorization: Bearer key"]],
  ["with a byte that is no ASCII", [Buffer.from("Authorization: Bearer ke\xff", "latin1")]],
  ["in UTF-8", ["Authorization: Bearer kéy"]],
  ["without a scheme", ["Authorization: key"]],
  ["that is very long", [`Authorization: Bearer ${"k".repeat(12_000)}`]],
  ["with very many spaces", [`Authorization: Bearer ${" ".repeat(6000)}\x7f${" ".repeat(6000)}x`]],
])("a key %s is refused, and nothing breaks", async (_what, headers) => {
  const { status } = await send(PATH, ...headers);
  expect([400, 401]).toContain(status);
});

describe("without a key", () => {
  test.each([
    "/tag/../tokenize?inputs=a",
    "/tag/%2e%2e/tokenize?inputs=a",
    "/tag/..%2ftokenize?inputs=a",
    "/health/../tokenize?inputs=a",
    "/docs/%2E%2E/tokenize?inputs=a",
    "//tokenize?inputs=a",
    "/./tokenize?inputs=a",
    "/%74okenize?inputs=a",
    "/tokenize/?inputs=a",
    "/tokenize;/health?inputs=a",
    "/tokenize%00?inputs=a",
    "/health%2f..%2ftokenize?inputs=a",
    "/tokenize?inputs=a#/health",
  ])("%s leads nowhere", async (path) => {
    const { status, body } = await send(path);
    expect([400, 401, 404]).toContain(status);
    expect(body).not.toContain('"special"');
  });
});

test("no line of a request becomes a header of the answer", async () => {
  for (const path of ["/a%0d%0aX-Evil:%201", "/tokenize?inputs=a%0d%0aX-Evil:1", "/tokenize?x%0d%0aX-Evil:1=2"]) {
    const { status, head } = await send(path, KEY);
    expect([200, 404, 422]).toContain(status);
    expect(head).not.toContain("\r\nx-evil");
  }
});

test("an identifier is taken over only where it is one", async () => {
  expect((await send(PATH, KEY, "X-Request-Id: fine-1")).head).toContain("x-request-id: fine-1");
  for (const id of ["a b", '"><script>', "x".repeat(300), "a, b"])
    expect((await send(PATH, KEY, `X-Request-Id: ${id}`)).head).toMatch(/x-request-id: [0-9a-f-]{36}\r\n/);
  expect((await send(PATH, KEY, "X-Request-Id: a", "X-Request-Id: b")).head).toMatch(/x-request-id: [0-9a-f-]{36}\r\n/);
});
