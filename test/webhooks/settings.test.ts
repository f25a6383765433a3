// The variable TAGGING: every mistake is found when the Worker starts, and named.
import { expect, test } from "vitest";
import { readSources } from "../../src/webhooks/settings.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const source = { scheme: "standard-webhooks", secrets: "A", text: "$.text", tags: { sentiment: 0.5 } };
const callback = { url: "https://example.com/hook", secret: "A" };
const bindings = { DELIVERIES: {}, TAGS: {}, DEAD_LETTERS: {}, A: SECRET };
const read = (changes: object, environment: object = bindings, name = "s") =>
  readSources({ ...environment, TAGGING: JSON.stringify({ sources: { [name]: { ...source, ...changes } } }) });

test.each(["__proto__", "constructor", "prototype"])("a head and a label may be called %s", (name) => {
  const tags = JSON.parse(`{"${name}": {"labels": {"${name}": 0.9}}}`) as object;
  expect(read({ tags }).get("s")!.tags.get(name)).toEqual({ all: 0.5, labels: new Map([[name, 0.9]]) });
  expect(() => read({ tags: JSON.parse(`{"${name}": 2}`) as object })).toThrow(`TAGGING.sources.s.tags.${name}: `);
});

test("without the variable there are no sources, and no binding is needed", () => {
  expect(readSources({}).size).toBe(0);
});

test("a source is read with its secrets, and with what it leaves out", () => {
  expect(read({ callback }).get("s")).toMatchObject({
    secretValues: [SECRET],
    text: [["text"]],
    tags: new Map([["sentiment", { all: 0.5, labels: new Map() }]]),
    callback: { secretValue: SECRET, retry_seconds: 10, timeout_seconds: 10 },
    remember_days: 7,
  });
});

test.each<[string, object, RegExp]>([
  ["an unknown scheme", { scheme: "none" }, /^TAGGING\.sources\.s\.scheme: /],
  ["a field that is none", { txt: "$" }, /^TAGGING\.sources\.s\.txt: /],
  ["a path that is none", { text: ["$.a", "text"] }, /^TAGGING\.sources\.s\.text: text: a path begins with \$/],
  ["no heads", { tags: {} }, /^TAGGING\.sources\.s\.tags: expected a head/],
  ["a threshold that is no probability", { tags: { sentiment: 2 } }, /^TAGGING\.sources\.s\.tags\.sentiment: /],
  ["no secrets", { secrets: [] }, /^TAGGING\.sources\.s\.secrets: /],
  ["a secret that is not there", { secrets: ["A", "B"] }, /^TAGGING\.sources\.s: there is no secret B$/],
  [
    "a callback that is not https",
    { callback: { ...callback, url: "http://example.com" } },
    /expected an https address/,
  ],
  [
    "a callback that is no address",
    { callback: { ...callback, url: "here" } },
    /^TAGGING\.sources\.s\.callback\.url: /,
  ],
  ["a callback without a secret", { callback: { url: callback.url } }, /^TAGGING\.sources\.s\.callback\.secret: /],
])("%s", (_what, changes, message) => {
  expect(() => read(changes)).toThrow(message);
});

test("a secret of another scheme", () => {
  expect(() => read({}, { ...bindings, A: "no base64!" })).toThrow(/A is not a secret of standard-webhooks/);
  expect(() => read({ scheme: "github" }, { ...bindings, A: "no base64!" })).not.toThrow();
});

test("bindings that are missing", () => {
  expect(() => read({}, { A: SECRET })).toThrow(/DELIVERIES/);
  expect(() => read({ callback }, { A: SECRET, DELIVERIES: {} })).toThrow(/TAGS/);
  expect(() => read({ callback }, { A: SECRET, DELIVERIES: {}, TAGS: {} })).toThrow(/DEAD_LETTERS/);
  expect(() => read({}, { A: SECRET, DELIVERIES: {} })).not.toThrow();
});

test("a name that no address should hold", () => {
  expect(() => read({}, bindings, "a/b")).toThrow(/expected letters/);
});
