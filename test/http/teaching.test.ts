// What a Worker knows of taught heads, and for how long, over an object that fails when a test says so.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BertConfig } from "../../src/architectures/config.ts";
import type { HeadSpec } from "../../src/architectures/head-spec.ts";
import { createApp } from "../../src/http/app.ts";
import {
  type HeadAnswers,
  type HeadsNamespace,
  type KnownVersion,
  TaughtHeads,
  teaching,
} from "../../src/http/teaching.ts";
import { createModel, type LoadedModel } from "../../src/models/loaded-model.ts";
import { expectError } from "../expect-error.ts";

const config = BertConfig.fromJSON({ model_type: "bert", vocab_size: 30, hidden_size: 4, num_attention_heads: 2 });

function specOf(name: string): HeadSpec {
  const dense = { op: "dense", weight: "w", bias: "b", size: 2, activation: "none" } as const;
  return {
    name,
    architecture: "BertForSequenceClassification",
    kind: "sequence-classification",
    task: "text-classification",
    labels: ["no", "yes"],
    problem_type: "single_label_classification",
    outputs: [{ name: "logits", from: "mean", steps: [dense] }],
  };
}

/** A model with one head of its own; nothing is run on it here. */
const model: LoadedModel = createModel({
  session: {
    inputNames: [],
    outputNames: [],
    run: async () => ({}),
    release: async () => {},
    memory: { bytes: 0, maximum: 0 },
  },
  config,
  heads: [specOf("own")],
  digest: "model",
});

/** The object's side: the active version of each head. */
class Store {
  readonly versions = new Map<string, number>();
  readonly questions = new Map<string, string>();
  readonly asked: KnownVersion[][] = [];
  isFailing = false;
  model = "model";

  readonly namespace: HeadsNamespace = {
    getByName: () => ({
      fetch: async () => new Response(),
      keep: async () => {},
      learn: async () => {},
      questions: async () => {
        if (this.isFailing) throw new Error("the object is out of reach");
        return [...this.questions].map(([key, head]) => ({ key, head, learning: undefined }));
      },
      active: async (wanted): Promise<HeadAnswers> => {
        this.asked.push([...wanted]);
        if (this.isFailing) throw new Error("the object is out of reach");
        return wanted.map(({ name, version }) => {
          const current = this.versions.get(name);
          if (current === undefined) return null;
          const [weight, bias] = [new Float32Array(8), new Float32Array(2)];
          const head = {
            name,
            version: current,
            model: this.model,
            keepsRequests: false,
            spec: specOf(name),
            weight,
            bias,
          };
          return version === current || head;
        });
      },
    }),
  };
}

let store: Store;
let heads: TaughtHeads;
beforeEach(() => {
  vi.useFakeTimers({ now: 1e12, toFake: ["Date"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  store = new Store();
  store.versions.set("topic", 1);
  heads = new TaughtHeads(store.namespace);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const find = (...names: string[]) => heads.find("id", { heads: names });
const versions = async (...names: string[]) => (await find(...names))?.versions;
const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

test("a head that is asked for again is the one that is known, refreshed in the background", async () => {
  expect(await versions("topic")).toEqual([["topic", 1]]);
  store.versions.set("topic", 2);
  later(1000);
  expect(await versions("topic")).toEqual([["topic", 1]]);
  expect(store.asked).toHaveLength(1);
  later(1000);
  expect(await versions("topic")).toEqual([["topic", 1]]);
  await vi.waitFor(async () => expect(await versions("topic")).toEqual([["topic", 2]]));
  expect(store.asked[1]).toEqual([{ name: "topic", version: 1 }]);
});

test("nothing is older than four seconds, and a head that came or went is noticed by then", async () => {
  expect(await versions("topic", "new")).toEqual([["topic", 1]]);
  store.versions.set("new", 7).delete("topic");
  later(4001);
  expect(await versions("topic", "new")).toEqual([["new", 7]]);
});

test("nobody is asked for the heads of the model, once they are known", async () => {
  (await find("own"))!.extend(model);
  later(60_000);
  expect(await find("own")).toBeUndefined();
  expect(await versions("own", "topic")).toEqual([["topic", 1]]);
  expect(store.asked.slice(1)).toEqual([[{ name: "topic", version: undefined }]]);
  // Another model may lack it.
  await heads.find("other", { heads: ["own"] });
  expect(store.asked).toHaveLength(3);
});

test("no names, no question", async () => {
  expect(await find()).toBeUndefined();
  expect(store.asked).toEqual([]);
});

describe("a question", () => {
  const answering = async (...keys: string[]) => {
    const found = await heads.find("id", { questionKeys: () => keys });
    return found?.extend(model);
  };

  test("is answered by the head that was taught it, within four seconds of its teaching", async () => {
    expect(await answering("is it late?")).toBe(model);
    store.questions.set("is it late?", "topic").set("another", "topic");
    later(4001);
    const extended = await answering("is it late?", "is it blue?");
    expect(extended!.questions).toEqual(new Map([["is it late?", { head: "topic", learning: undefined }]]));
    expect(extended!.heads.map(({ name }) => name)).toEqual(["own", "topic"]);
  });

  test("is a reason to validate answers that are kept, and to look for no others", async () => {
    store.questions.set("is it late?", "topic");
    const kept = async (...keys: string[]) => (await heads.find("id", { questionKeys: () => keys }))?.mayChange;
    expect(await kept("is it late?")).toBe(true);
    expect(await kept()).toBeUndefined();
  });

  test("is answered by what is known for five minutes while the object is out of reach, and then without", async () => {
    store.questions.set("is it late?", "topic");
    await answering("is it late?");
    store.isFailing = true;
    later(299_000);
    expect((await answering("is it late?"))!.questions?.size).toBe(1);
    later(2000);
    expect(await answering("is it late?")).toBe(model);
  });
});

test("a taught head does not take the place of one of the model", async () => {
  store.versions.set("own", 1);
  expect((await find("own"))!.extend(model).heads).toBe(model.heads);
});

describe("while the object is out of reach", () => {
  test("known heads answer for five minutes", async () => {
    await find("topic");
    store.isFailing = true;
    later(299_000);
    const found = await find("topic");
    expect(found!.extend(model).heads.map(({ name }) => name)).toEqual(["own", "topic"]);
    later(2000);
    await expectError(async () => (await find("topic"))!.extend(model), "unavailable", "does not answer");
    store.isFailing = false;
    expect(await versions("topic")).toEqual([["topic", 1]]);
  });

  test("heads of the model answer, and a head that nobody knows is refused as unavailable", async () => {
    store.isFailing = true;
    expect((await find("own"))!.extend(model)).toBe(model);
    await expectError(async () => (await find("topic"))!.extend(model), "unavailable", "does not answer");
  });
});

test("a head that was taught to another model is refused, with the request that teaches it to this one", async () => {
  store.model = "another";
  await expectError(async () => (await find("topic"))!.extend(model), "conflict", "POST /heads/topic/versions");
});

describe("the routes", () => {
  const app = (env: Record<string, unknown>) => createApp({ model: async () => model, teaching, env });

  test("without the binding, /heads says what is missing", async () => {
    const response = await app({}).request("/heads/topic/examples", { method: "POST" });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: expect.stringContaining("binding HEADS"), error_type: "not_found" });
  });

  test("where no keys are set up, nobody teaches", async () => {
    const response = await app({ HEADS: store.namespace }).request("/heads");
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error_type: "forbidden" });
  });

  test("a binding that is no Durable Object stops the deployment", () => {
    expect(() => app({ HEADS: "heads" })).toThrow("HEADS: expected a Durable Object");
  });
});
