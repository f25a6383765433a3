// Bearer keys and what they are good for.
import { expect, test, vi } from "vitest";
import { sha256 } from "../../../src/digest.ts";
import { readKeys } from "../../../src/http/middleware/auth.ts";
import { BertForSequenceClassification } from "../../../src/models/bert-for-sequence-classification.ts";
import { BertModel } from "../../../src/models/bert-model.ts";
import { loadPretrained } from "../../../src/models/load-pretrained.ts";
import { forRequest } from "../../../src/tasks/request-model.ts";
import { readGolden } from "../../goldens.ts";

const hashOf = (key: string) => sha256(new TextEncoder().encode(key));
const keys = async <T>(entries: Record<string, T>): Promise<Record<string, T>> =>
  Object.fromEntries(
    await Promise.all(Object.entries(entries).map(async ([key, value]) => [await hashOf(key), value])),
  );

const free = async () => {};
/** Reads keys whose senders nobody counts. */
const authenticator = (environment: Record<string, unknown>) => {
  const authenticate = readKeys(environment)!;
  return (authorization?: string) => authenticate(authorization, free);
};

test("without keys there is nobody to ask", () => {
  expect(readKeys({})).toBeUndefined();
});

test("a key is found by its hash, among several", async () => {
  const API_KEYS = JSON.stringify(await keys({ one: { name: "a" }, two: { name: "b", heads: ["intent"] } }));
  const authenticate = authenticator({ API_KEYS });
  expect(await authenticate("Bearer two")).toEqual({ name: "b", heads: ["intent"] });
  expect(await authenticate("bearer  one ")).toEqual({ name: "a" });
});

test("a key may lie in KV, and is not looked for there when the secret has it", async () => {
  const stored = await keys({ stored: '{"name":"kv"}', broken: '{"title":"none"}', plain: "just a name" });
  const get = vi.fn(async (hash: string) => stored[hash] ?? null);
  const authenticate = authenticator({ KEYS: { get }, API_KEYS: await keys({ own: { name: "secret" } }) });
  expect(await authenticate("Bearer stored")).toEqual({ name: "kv" });
  const calls = get.mock.calls.length;
  expect(await authenticate("Bearer own")).toEqual({ name: "secret" });
  expect(get).toHaveBeenCalledTimes(calls);
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  for (const key of ["broken", "plain"])
    await expect(authenticate(`Bearer ${key}`)).rejects.toMatchObject({ type: "unauthorized" });
  expect(log).toHaveBeenCalledTimes(2);
  log.mockRestore();
});

test.each([
  ["none", undefined],
  ["another", "Bearer three"],
  ["an empty one", "Bearer "],
  ["the hash of one", "Bearer HASH"],
  ["another scheme", "Basic one"],
  ["a key alone", "one"],
  ["two keys", "Bearer one two"],
  ["a header that came twice", "Bearer one, Bearer one"],
  ["a key with a comma after it", "Bearer one,"],
  ["a key with what is no ASCII", "Bearer on\u00e9"],
  ["a key in full-width letters", "Bearer \uff4f\uff4e\uff45"],
  ["a key with a line break", "Bearer one\n"],
  ["a key behind a tab", "Bearer\tone"],
  ["a name that every object has", "Bearer __proto__"],
])("%s is refused", async (_what, header) => {
  const authenticate = authenticator({ API_KEYS: await keys({ one: { name: "a" } }) });
  const sent = header?.replace("HASH", await hashOf("one"));
  await expect(authenticate(sent)).rejects.toMatchObject({ type: "unauthorized" });
});

test.each([
  ["a key itself", { secret: { name: "a" } }, /^API_KEYS\.secret: expected a SHA-256/],
  ["no name", { ["0".repeat(64)]: {} }, /^API_KEYS\.0{64}\.name: /],
  ["another field", { ["0".repeat(64)]: { name: "a", head: "b" } }, /^API_KEYS\.0{64}\.head: /],
])("settings with %s stop the Worker", (_what, API_KEYS, message) => {
  expect(() => readKeys({ API_KEYS: JSON.stringify(API_KEYS) })).toThrow(message);
});

test("a binding that is no KV namespace stops the Worker", () => {
  for (const KEYS of ["a text", {}, null]) expect(() => readKeys({ KEYS })).toThrow(/^KEYS: /);
});

test("a restricted model computes only what is allowed", async () => {
  const { files } = await readGolden("torch/sequence-classification");
  const model = await loadPretrained(files);
  const input_ids = [[2, 5, 3]];
  const classifier = (heads: string[]) =>
    new BertForSequenceClassification(forRequest(model, { heads: new Set(heads) })).forward({ input_ids });
  const encoder = (heads: string[]) =>
    new BertModel(forRequest(model, { heads: new Set(heads) })).forward({ input_ids });
  await classifier(["text-classification"]);
  await encoder(["embedding"]);
  await expect(classifier(["embedding"])).rejects.toMatchObject({ type: "forbidden" });
  await expect(encoder(["text-classification"])).rejects.toMatchObject({ type: "forbidden" });
  await expect(forRequest(model, { heads: new Set(["embedding"]) }).session.run({})).rejects.toMatchObject({
    type: "forbidden",
  });
});

test("the heads that a key may use come first, and so are the defaults", async () => {
  const { files } = await readGolden("torch/sequence-classification");
  const model = await loadPretrained(files);
  const [head] = model.heads;
  const two = { ...model, heads: [head!, { ...head!, name: "second" }] };
  const restricted = forRequest(two, { heads: new Set(["second"]) });
  expect(restricted.heads.map(({ name }) => name)).toEqual(["second", head!.name]);
});
