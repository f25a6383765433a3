// What a key allows is part of a cached answer's identity, and heads in it that a model does not have are reported.
import type { Hono } from "hono";
import { beforeEach, expect, test, vi } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { createApp } from "../../src/http/app.ts";
import { classify } from "../../src/tasks/index.ts";
import { readFixture } from "../fixtures.ts";

const model = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
const hash = (key: string) => sha256(new TextEncoder().encode(key));
const CONTEXT = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

test("a key whose head has a comma in its name never gets the answer of one with two heads", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const API_KEYS = {
    [await hash("two")]: { name: "two", heads: ["sentiment", "emotion"] },
    [await hash("typo")]: { name: "typo", heads: ["emotion,sentiment"] },
  };
  const app: Hono = createApp({ model, tasks: [classify], env: { API_KEYS } });
  const path = `/classify?inputs=${crypto.randomUUID()}`;
  const ask = async (key: string) =>
    (await app.request(path, { headers: { authorization: `Bearer ${key}` } }, {}, CONTEXT)).status;
  expect([await ask("typo"), await ask("two"), await ask("typo")]).toEqual([403, 200, 403]);
  expect(log.mock.calls.map(([line]) => JSON.parse(line as string))).toEqual([
    expect.objectContaining({ key: "typo", unknown_heads: ["emotion,sentiment"] }),
  ]);
});
