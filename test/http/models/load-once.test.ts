import { afterEach, expect, test, vi } from "vitest";
import { loadOnce } from "../../../src/http/models/load-once.ts";
import { loadPretrained } from "../../../src/models/load-pretrained.ts";
import { readGolden } from "../../goldens.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("requests that come at once share one load", async () => {
  const { files } = await readGolden("torch/sequence-classification");
  let loads = 0;
  const model = loadOnce(() => {
    loads++;
    return loadPretrained(files);
  });
  const [first, second] = await Promise.all([model(), model()]);
  expect(first).toBe(second);
  expect(await model()).toBe(first);
  expect(loads).toBe(1);
});

test("a failed load is logged, hidden from the client, and tried again", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const { files } = await readGolden("torch/sequence-classification");
  const sources = [new Uint8Array(100), files];
  const model = loadOnce(() => loadPretrained(sources.shift()!));
  const failed = await Promise.allSettled([model(), model()]);
  expect(failed.map((result) => result.status)).toEqual(["rejected", "rejected"]);
  expect(failed[0]).toMatchObject({ reason: { type: "model_unavailable", message: "the model could not be loaded" } });
  expect(log).toHaveBeenCalledTimes(1);
  expect((await model()).heads).toHaveLength(1);
});
