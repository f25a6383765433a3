// What /info says of vectors and heads.

import { expect, test, vi } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { createApp } from "../../src/http/app.ts";
import { readFixture } from "../fixtures.ts";

const model = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;

interface Info {
  readonly heads: readonly { readonly name: string }[];
  readonly embedding: object;
}

async function info(env: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Info> {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const response = await createApp({ model, env }).request("/info", { headers });
  expect(response.status).toBe(200);
  return (await response.json()) as Info;
}

test("says how vectors are made", async () => {
  expect((await info({})).embedding).toEqual({
    dimension: 384,
    pooling: ["mean"],
    normalized: true,
    prompts: {},
    default_prompt: null,
    max_input_length: 512,
  });
});

test("lists the heads that the key allows", async () => {
  const hash = await sha256(new TextEncoder().encode("secret"));
  const API_KEYS = JSON.stringify({ [hash]: { name: "shop", heads: ["intent", "slots"] } });
  const { heads } = await info({ API_KEYS }, { authorization: "Bearer secret" });
  expect(heads.map(({ name }) => name).toSorted()).toEqual(["intent", "slots"]);
  expect((await info({})).heads.length).toBeGreaterThan(2);
});
