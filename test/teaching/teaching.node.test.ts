// Teaching over HTTP in a real workerd, with the default model: a head from examples, used by other Workers, corrected, compared, rolled back,
// exported, deleted; and what is refused.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readHeadFile } from "../../src/checkpoint/head-file.ts";
import { runHead } from "../../src/heads/run.ts";
import { sequenceClassifier } from "../../src/heads/sequence-classification.ts";
import { addHead } from "../../src/model-file/edit-heads.ts";
import { loadPacked } from "../../src/models/loaded-model.ts";
import { LIMITS } from "../../src/tasks/limits.ts";
import { type Ask, answer, type Deployment, SEEN, startDeployment, TOPICS } from "./harness.ts";
import { inventExamples } from "./invent.ts";

const EXAMPLES = Object.entries(TOPICS).flatMap(([label, texts]) => texts.map((text) => ({ text, label })));
let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment.close());

const teach: Ask = (path, asked) => deployment.teach(path, asked);
const gateway: Ask = (path, asked) => deployment.gateway(path, asked);

interface Head {
  readonly name: string;
  readonly status: string;
  readonly version: number | null;
  readonly previous: number | null;
  readonly examples: number;
  readonly labels: readonly { readonly label: string; readonly examples: number }[];
  readonly versions: readonly { readonly version: number; readonly examples: number; readonly accuracy: number }[];
  readonly report?: { readonly labels: readonly { readonly label: string }[] };
  readonly added?: number;
  readonly changed?: number;
  readonly removed?: number;
  readonly repeated?: number;
}

const refusal = async (response: Promise<Response>, status: number, error_type: string, part = "") =>
  expect(await answer(response, status)).toEqual({ error: expect.stringContaining(part), error_type });

/** Teaches a head of this name, whatever was there before. */
async function fresh(name: string, settings: object = {}): Promise<Head> {
  await (await teach(`/heads/${name}`, { method: "DELETE" })).body?.cancel();
  return answer<Head>(teach("/heads", { body: { name, examples: EXAMPLES, ...settings } }));
}
const classify = (ask: Ask, head: string, inputs: string) =>
  answer<{ label: string; score: number }[]>(ask("/classify", { body: { inputs, parameters: { head } } }));
const labelOf = async (ask: Ask, head: string, text: string) => (await classify(ask, head, text))[0]!.label;

test("a head that was taught to one Worker answers in another, and shares the pass with the model's own heads", async () => {
  const head = await fresh("topic");
  expect(head).toMatchObject({ name: "topic", status: "live", version: 1, previous: null, examples: 12, added: 12 });
  expect(head.labels).toEqual(["delivery", "login", "refund"].map((label) => ({ label, examples: 4 })));
  expect(head.versions[0]!.accuracy).toBeGreaterThan(0.6);
  for (const ask of [teach, gateway]) {
    expect(await labelOf(ask, "topic", "the courier never brought my package")).toBe("delivery");
    expect(await labelOf(ask, "sentiment", "a delight")).toBe("POSITIVE");
  }
  const understanding = await answer<{ intent: { label: string }; sentiment: { label: string } }>(
    gateway("/understand", {
      body: {
        inputs: "give me my money back",
        parameters: { parts: ["intent", "sentiment"], heads: { intent: "topic" } },
      },
    }),
  );
  expect(understanding).toMatchObject({ intent: { label: "refund" }, sentiment: { label: "NEGATIVE" } });
  const hub = await answer(gateway("/models/topic", { body: { inputs: "my password is gone" } }));
  expect(hub).toEqual([[expect.objectContaining({ label: "login" })]]);
  await refusal(
    gateway("/classify", { body: { inputs: "a", parameters: { head: "absent" } } }),
    404,
    "not_found",
    "absent",
  );
});

test("a correction is seen by the requests of another Worker within five seconds, whatever is cached", async () => {
  await fresh("corrected");
  const text = "my voucher does not work";
  const path = `/classify?head=corrected&inputs=${encodeURIComponent(text)}`;
  const first = await gateway(path);
  expect(first.headers.get("cache-control")).toBe("private, no-cache");
  const before = ((await first.json()) as { label: string }[])[0]!.label;
  const other = before === "login" ? "refund" : "login";
  const corrected = await answer<Head>(teach("/heads/corrected/feedback", { body: { text, label: other } }));
  expect(corrected).toMatchObject({ version: 2, previous: 1, examples: 13, added: 1 });
  await vi.waitFor(async () => expect(await labelOf(gateway, "corrected", text)).toBe(other), SEEN);
  const second = await gateway(path);
  expect(second.headers.get("etag")).not.toBe(first.headers.get("etag"));
  expect(await second.json()).toMatchObject([{ label: other }]);
});

test("examples are added, corrected and removed, and listed page by page", async () => {
  await fresh("edited");
  const [first, second] = EXAMPLES;
  const examples = [
    { text: "Wrong colour, I will send it back", label: "refund" },
    { text: first!.text, label: "refund" },
    { text: second!.text, label: null },
    EXAMPLES[2],
    EXAMPLES[2],
    { text: "nobody ever wrote this", label: null },
  ];
  const head = await answer<Head>(teach("/heads/edited/examples", { body: { examples } }));
  expect(head).toMatchObject({ version: 2, examples: 12, added: 1, changed: 1, removed: 1, repeated: 3 });
  interface Page {
    readonly examples: readonly { readonly text: string; readonly label: string; readonly source: string }[];
    readonly next: number | null;
  }
  const page = await answer<Page>(teach("/heads/edited/examples?limit=8"));
  const rest = await answer<Page>(teach(`/heads/edited/examples?after=${page.next}`));
  expect([page.examples.length, rest.examples.length, rest.next]).toEqual([8, 4, null]);
  expect(page.examples[0]).toMatchObject({ text: first!.text, label: "refund", source: "examples" });
  const unchanged = await answer<Head>(teach("/heads/edited/examples", { body: { examples: [EXAMPLES[3]] } }));
  expect(unchanged).toMatchObject({ version: 2, repeated: 1, added: 0 });
});

test("versions are compared on examples that they had not seen, rolled back and activated", async () => {
  await fresh("versioned");
  const wrong = EXAMPLES.slice(0, 3).map(({ text }) => ({ text, label: "login" }));
  await answer(teach("/heads/versioned/examples", { body: { examples: wrong } }));
  const text = "where is the parcel?";
  await answer(teach("/heads/versioned/examples", { body: { examples: EXAMPLES.slice(0, 3) } }));
  interface Comparison {
    readonly examples: number;
    readonly first: { readonly version: number; readonly accuracy: number };
    readonly second: { readonly version: number; readonly accuracy: number };
    readonly better: number;
    readonly worse: number;
    readonly differences: readonly { readonly label: string; readonly second: string }[];
  }
  const compared = await answer<Comparison>(teach("/heads/versioned/compare"));
  expect(compared).toMatchObject({ examples: 12, first: { version: 2 }, second: { version: 3 } });
  expect(compared.second.accuracy).toBeGreaterThan(compared.first.accuracy);
  expect(compared.better - compared.worse).toBe(Math.round(12 * (compared.second.accuracy - compared.first.accuracy)));
  expect(compared.differences).toHaveLength(compared.better + compared.worse);
  expect(await labelOf(teach, "versioned", text)).toBe("delivery");
  const back = await answer<Head>(teach("/heads/versioned/rollback", { method: "POST" }));
  expect(back).toMatchObject({ version: 2, previous: 3, status: "live" });
  await vi.waitFor(async () => expect(await labelOf(gateway, "versioned", text)).toBe("login"), SEEN);
  const forth = await answer<Head>(teach("/heads/versioned/activate", { body: { version: 1 } }));
  expect(forth).toMatchObject({ version: 1, previous: 2 });
  expect(forth.versions.map(({ version }) => version)).toEqual([1, 2, 3]);
  const anew = await answer<Head>(teach("/heads/versioned/versions", { method: "POST" }));
  expect(anew).toMatchObject({ version: 4, previous: 1 });
  await refusal(teach("/heads/versioned/activate", { body: { version: 9 } }), 404, "not_found", "1, 2, 3, 4");
  await fresh("versioned");
  await refusal(teach("/heads/versioned/rollback", { method: "POST" }), 409, "conflict");
  await refusal(teach("/heads/versioned/compare"), 404, "not_found", "it has 1");
});

test("an exported version is a head of a packed model, with the same answers", async () => {
  await fresh("exported");
  const response = await teach("/heads/exported/export");
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="exported-1.safetensors"');
  const head = readHeadFile(new Uint8Array(await response.arrayBuffer()));
  const file = new Uint8Array(await readFile("models/minilm-l6-heads/model.safetensors"));
  const model = await loadPacked(await addHead(file, head));
  const spec = model.heads.find(({ name }) => name === "exported")!;
  const text = "the courier never brought my package";
  const [labels] = await runHead(model, sequenceClassifier(spec), [text], {});
  const [taught] = await classify(teach, "exported", text);
  expect(labels![0]!.label).toBe(taught!.label);
  expect(labels![0]!.score).toBeCloseTo(taught!.score, 2);
  await model.session.release();
  await refusal(teach("/heads/exported/export?version=2"), 404, "not_found", "no version 2");
});

test("a head that keeps requests has a review of the least certain, and takes feedback by request", async () => {
  await fresh("kept", { keep_requests: true });
  await refusal(teach("/heads/corrected/review"), 409, "conflict", "keep_requests");
  const texts = ["my account refuses the password", "hmm", "the parcel was sent to my neighbour", EXAMPLES[0]!.text];
  const response = await gateway("/classify", { body: { inputs: texts, parameters: { head: "kept" } } });
  expect(response.headers.get("cache-control")).toBe("no-store");
  const id = response.headers.get("x-request-id")!;
  const answers = (await response.json()) as { label: string; score: number }[][];
  interface Review {
    readonly requests: readonly { readonly request_id: string; index: number; text: string; score: number }[];
  }
  const { requests } = await vi.waitFor(async () => {
    const review = await answer<Review>(teach("/heads/kept/review?limit=10"));
    expect(review.requests).toHaveLength(3);
    return review;
  }, SEEN);
  expect(requests.map(({ score }) => score)).toEqual(requests.map(({ score }) => score).toSorted((a, b) => a - b));
  for (const { request_id, index, text, score } of requests) {
    expect([request_id, text]).toEqual([id, texts[index]]);
    expect(score).toBeCloseTo(answers[index]![0]!.score, 5);
  }
  const corrected = await answer<Head>(
    teach("/heads/kept/feedback", { body: { request_id: id, index: 1, label: "refund" } }),
  );
  expect(corrected).toMatchObject({ version: 2, added: 1 });
  expect((await answer<Review>(teach("/heads/kept/review"))).requests.map(({ index }) => index)).not.toContain(1);
  await refusal(
    teach("/heads/kept/feedback", { body: { request_id: "unknown", label: "refund" } }),
    404,
    "not_found",
    "send the text",
  );
});

test("a deleted head is gone everywhere, and another of its name begins anew", async () => {
  await fresh("deleted");
  expect(await labelOf(gateway, "deleted", "my parcel is lost")).toBe("delivery");
  expect(await answer(teach("/heads/deleted", { method: "DELETE" }))).toEqual({ deleted: "deleted" });
  await refusal(teach("/heads/deleted"), 404, "not_found");
  const body = { inputs: "my parcel is lost", parameters: { head: "deleted" } };
  await vi.waitFor(async () => expect((await gateway("/classify", { body })).status).toBe(404), SEEN);
  expect(await fresh("deleted")).toMatchObject({ version: 1, examples: 12 });
});

test("a taught head abstains where it is asked to, and a head without thresholds says that it cannot", async () => {
  await fresh("careful", { precision: 0.9 });
  const ask = (inputs: string, head: string) =>
    gateway("/classify", { body: { inputs, parameters: { head, abstain: true } } });
  expect(await answer(ask(EXAMPLES[0]!.text, "careful"))).toEqual([{ label: "delivery", score: expect.any(Number) }]);
  const [none] = await answer<{ label: string; abstained: object[] }[]>(
    ask("photosynthesis of green algae", "careful"),
  );
  expect(none).toMatchObject({ label: "none of these", abstained: [{ score: expect.any(Number) }] });
  await refusal(ask("a delight", "emotion"), 422, "unsupported", "cannot abstain");
});

describe("at once", () => {
  test("two teachers of one head: both are heard, and nothing is lost", async () => {
    await fresh("shared");
    const texts = Array.from({ length: 12 }, (_, i) => `the meter shows number ${i}`);
    const added = await Promise.all(
      texts.map((text, i) => {
        const ask = i % 2 === 0 ? teach : gateway;
        return answer<Head>(ask("/heads/shared/examples", { body: { examples: [{ text, label: "meter" }] } }));
      }),
    );
    // Each waited for a version that has its example; versions were taught one after the other, some for several teachers.
    expect(Math.max(...added.map(({ examples }) => examples))).toBe(24);
    const head = await answer<Head>(teach("/heads/shared"));
    expect(head).toMatchObject({ status: "live", examples: 24 });
    expect(head.versions.at(-1)!.examples).toBe(24);
    expect(head.versions.length).toBeLessThan(13);
    expect(await labelOf(teach, "shared", "the meter shows number 99")).toBe("meter");
  });

  test("two teachers make one head of a name", async () => {
    const both = await Promise.all(
      [teach, gateway].map(
        async (ask) => (await ask("/heads", { body: { name: "twice", examples: EXAMPLES } })).status,
      ),
    );
    expect(both.toSorted()).toEqual([200, 409]);
  });

  test("while as many examples as the limit are taught, requests go on, one more is refused, and deleting ends it", async () => {
    const examples = inventExamples(LIMITS.examples).map(({ label }, i) => ({ text: `${label} ${i}`, label }));
    const teaching = teach("/heads", { body: { name: "large", examples } });
    const status = async () => (await (await teach("/heads/large")).json()) as Head;
    await vi.waitFor(async () => expect(await status()).toMatchObject({ status: "teaching", examples: 10_000 }), SEEN);
    expect(await labelOf(teach, "sentiment", "a dull evening")).toBe("NEGATIVE");
    const more = { examples: [{ text: "one more", label: "refund" }] };
    await refusal(teach("/heads/large/examples", { body: more }), 413, "input_too_large", "10001 examples");
    await refusal(gateway("/classify", { body: { inputs: "a", parameters: { head: "large" } } }), 404, "not_found");
    expect((await status()).status).toBe("teaching");
    await answer(teach("/heads/large", { method: "DELETE" }));
    await refusal(teaching, 404, "not_found", "was deleted");
    // The object is free for others at once.
    expect(await fresh("small")).toMatchObject({ status: "live", version: 1 });
  });
});

describe("rights", () => {
  test("a key teaches only with the right to, and only the heads that it may use", async () => {
    await fresh("topic");
    await fresh("others");
    const body = { name: "topics", examples: EXAMPLES };
    await refusal(gateway("/heads", { key: "reader", body }), 403, "forbidden", "right to teach");
    await refusal(gateway("/heads/topic/examples", { key: "reader" }), 403, "forbidden", "right to teach");
    await refusal(gateway("/heads", { key: "narrow", body }), 403, "forbidden", "topics");
    await refusal(gateway("/heads/others", { key: "narrow", method: "DELETE" }), 403, "forbidden", "others");
    const { heads } = await answer<{ heads: Head[] }>(gateway("/heads", { key: "narrow" }));
    expect(heads.map(({ name }) => name)).toEqual(["topic"]);
    const parameters = { head: "others" };
    await refusal(
      gateway("/classify", { key: "narrow", body: { inputs: "a", parameters } }),
      403,
      "forbidden",
      "others",
    );
  });

  test("a client cannot say itself which heads its key allows", async () => {
    const headers = { "x-bertlet-heads": "null" };
    await refusal(gateway("/heads/others", { key: "narrow", headers }), 403, "forbidden", "others");
  });
});

describe("refused", () => {
  const post = (body: unknown) => teach("/heads", { body });
  const add = (examples: unknown) => teach("/heads/refusing/examples", { body: { examples } });
  beforeAll(() => fresh("refusing"));

  test.each([
    ["a name that is taken", { name: "refusing", examples: EXAMPLES }, 409, "conflict", "/heads/refusing/examples"],
    ["the name of a head of the model", { name: "sentiment", examples: EXAMPLES }, 409, "conflict", "of its own"],
    ["a name with other characters", { name: "a/b", examples: EXAMPLES }, 422, "invalid_input", "name: expected"],
    ["the name of the encoder", { name: "embedding", examples: EXAMPLES }, 422, "invalid_input", "not a head"],
    ["an unknown key", { name: "a", examples: EXAMPLES, epochs: 3 }, 422, "invalid_input", "the known keys are name"],
    ["another task", { name: "a", task: "ner", examples: EXAMPLES }, 422, "invalid_input", "task"],
    ["no examples", { name: "a", examples: [] }, 422, "invalid_input", "no examples"],
    ["one label", { name: "a", examples: EXAMPLES.slice(0, 4) }, 422, "invalid_input", "one label, delivery"],
    ["an empty label", { name: "a", examples: [{ text: "a", label: " " }] }, 422, "invalid_input", "is empty"],
    [
      "a label of 10,000 characters",
      { name: "a", examples: [{ text: "a", label: "x".repeat(10_000) }] },
      422,
      "invalid_input",
      `has 10000 characters, the limit is ${LIMITS.label_characters}`,
    ],
    [
      "a text over the limit",
      { name: "a", examples: [{ text: "x".repeat(LIMITS.example_characters + 1), label: "b" }] },
      422,
      "invalid_input",
      "the limit is",
    ],
    [
      "a text with two labels",
      { name: "a", examples: [...EXAMPLES, { text: EXAMPLES[0]!.text, label: "login" }] },
      422,
      "invalid_input",
      "examples 0 and 12",
    ],
    [
      "more labels than the limit",
      { name: "a", examples: Array.from({ length: LIMITS.labels + 1 }, (_, i) => ({ text: `${i}`, label: `${i}` })) },
      413,
      "input_too_large",
      `the limit is ${LIMITS.labels}`,
    ],
  ])("%s", async (_, body, status, type, part) => {
    await refusal(post(body), status, type, part);
    expect((await teach("/heads/a")).status).toBe(404);
  });

  test("a change that leaves one label, and nothing of it is kept", async () => {
    const others = EXAMPLES.filter(({ label }) => label !== "refund").map(({ text }) => ({ text, label: null }));
    await refusal(add(others), 422, "invalid_input", "one label, refund");
    expect(await answer<Head>(teach("/heads/refusing"))).toMatchObject({ examples: 12, status: "live", version: 1 });
  });

  test("feedback with a label that the head does not have, and with neither text nor request", async () => {
    const feedback = (body: unknown) => teach("/heads/refusing/feedback", { body });
    await refusal(feedback({ text: "a", label: "refnud" }), 422, "invalid_input", "it has delivery, login, refund");
    await refusal(feedback({ label: "refund" }), 422, "invalid_input", "either text or request_id");
    await refusal(feedback({ text: "a", request_id: "b", label: "refund" }), 422, "invalid_input", "either");
  });

  test("other methods, other parts, and bodies that are no JSON", async () => {
    const response = await teach("/heads/refusing/rollback");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
    await refusal(teach("/heads/refusing/unknown"), 404, "not_found");
    await refusal(teach("/heads/refusing/export?versoin=1"), 422, "invalid_input", "version");
  });
});

test("labels and names that mean something to JavaScript are labels and names", async () => {
  const names: Readonly<Record<string, string>> = { delivery: "__proto__", refund: "constructor", login: "toString" };
  const examples = EXAMPLES.map(({ text, label }) => ({ text, label: names[label]! }));
  const head = await answer<Head>(teach("/heads", { body: { name: "__proto__", examples } }));
  expect(head.report!.labels.map(({ label }) => label)).toEqual(["__proto__", "constructor", "toString"]);
  for (const ask of [teach, gateway])
    expect(await labelOf(ask, "__proto__", "the courier never brought my package")).toBe("__proto__");
});
