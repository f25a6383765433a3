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

test("a load that is not heard of is replaced, and ends when it is heard of again", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const { files } = await readGolden("torch/sequence-classification");
  let hung: { heard: () => void; fail: (cause: unknown) => void } | undefined;
  let loads = 0;
  const model = loadOnce((heard) => {
    loads++;
    if (hung) return loadPretrained(files);
    return new Promise((_, fail) => {
      hung = { heard, fail };
    });
  }, 50);
  const first = model().catch((error: unknown) => error);
  expect((await model()).heads).toHaveLength(1);
  expect(loads).toBe(2);
  expect(hung!.heard).toThrow("the model could not be loaded");
  hung!.fail(new Error("broken off"));
  expect(await first).toMatchObject({ type: "model_unavailable" });
  expect((await model()).heads).toHaveLength(1);
  expect(loads).toBe(2);
});

test("a load that is heard of again and again is waited for", async () => {
  const { files } = await readGolden("torch/sequence-classification");
  let loads = 0;
  const model = loadOnce(async (heard) => {
    loads++;
    for (let i = 0; i < 10; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      heard();
    }
    return loadPretrained(files);
  }, 300);
  const [first, second] = await Promise.all([model(), model()]);
  expect(first).toBe(second);
  expect(loads).toBe(1);
});
