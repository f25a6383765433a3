// Questions that learn from a large model, in a real workerd with an upstream that is a real HTTP server: what is kept and for how long, when the edge answers
// by itself, what happens when it no longer agrees, and what can be deleted.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { mulberry32 } from "../../src/random.ts";
import { UpstreamServer } from "../http/upstream/upstream-server.ts";
import { type Ask, answer, type Deployment, SEEN, startDeployment, TOPICS } from "./harness.ts";

const LABELS = ["delivery", "refund", "login"] as const;
type Label = (typeof LABELS)[number];
const questionOf = (instructions: string) => ({
  type: "choice",
  instructions,
  criteria: Object.fromEntries(LABELS.map((label) => [label, null])),
});

/** States about a topic, all different. */
const PLACES = [
  "in the shop",
  "on the phone",
  "since Monday",
  "for the second time",
  "as a guest",
  "at work",
  "abroad",
];
function statesOf(label: Label, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => {
    const at = from + i;
    return `${TOPICS[label]![at % 4]} ${PLACES[at % 7]}, number ${at}`;
  });
}

let deployment: Deployment;
let server: UpstreamServer;
/** What upstream answers, by the state. */
let teacher: (state: string) => string;
const right = (state: string) => LABELS.find((label) => TOPICS[label]!.some((text) => state.startsWith(text)))!;

beforeAll(async () => {
  server = await UpstreamServer.start();
  server.reply = ({ body }) => {
    const { state, questions } = body as { state: string; questions: Record<string, unknown> };
    const probabilities = (best: string) =>
      Object.fromEntries(LABELS.map((label) => [label, label === best ? 0.9 : 0.05]));
    const answers = Object.keys(questions).map((id) => {
      return [id, { type: "choice", probabilities: probabilities(teacher(state)) }] as const;
    });
    return { body: { answers: Object.fromEntries(answers) } };
  };
  const UPSTREAM = { url: `${server.url}/v1/systemone`, per_minute: 1_000_000 };
  deployment = await startDeployment({ UPSTREAM });
});
afterAll(async () => {
  await deployment.close();
  await server.close();
});
beforeEach(() => {
  teacher = right;
});

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, 1000 * count));
/** The gateway knows of a change by then; before it knows a question, it does not learn. */
const heard = () => seconds(5);
/** What the gateway has collected has been sent by then. */
const reported = () => seconds(3);

const teach: Ask = (path, asked) => deployment.teach(path, asked);
const put = (name: string, body: unknown) => teach(`/questions/${name}`, { method: "PUT", body });

interface Answer {
  readonly choice: string;
  readonly x_source: string;
}
async function ask(question: object, state: string): Promise<Answer> {
  const body = { model: "jev-latest", state, questions: { any: question } };
  const { answers } = await answer<{ answers: { any: Answer } }>(deployment.gateway("/v1/systemone", { body }));
  return answers.any;
}
async function askAll(question: object, states: readonly string[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const state of states) answers.push(await ask(question, state));
  return answers;
}

interface Learning {
  readonly at_least: number | null;
  readonly answers: number;
  readonly edge_share: number;
  readonly measured_agreement: number | null;
  readonly saved: { readonly requests: number };
  readonly withdrawn: readonly { readonly version: number; readonly agreement: number }[];
  readonly days: readonly Readonly<Record<string, number>>[];
}
interface Described {
  readonly status: string;
  readonly version: number | null;
  readonly learning: Learning;
  readonly versions: readonly { readonly version: number; readonly examples: number }[];
}
const described = (name: string) => answer<Described>(teach(`/questions/${name}`));

/** As many states of each label, mixed. */
function mixed(count: number, from = 0): string[] {
  const all = LABELS.flatMap((label) => statesOf(label, count, from));
  const random = mulberry32(from + 1);
  return all
    .map((state) => [random(), state] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, state]) => state);
}

describe("a question that learns", () => {
  const topic = questionOf("What is it about?");

  test("is answered by the large model first, and by the edge once it agrees", async () => {
    const made = await answer<Described>(put("topic", { question: topic, examples: [], learn: { shadow: 1 } }));
    expect(made).toMatchObject({
      status: "learning",
      version: null,
      learning: { answers: 0, agreement: 0.9, keep_days: 30 },
    });
    await heard();
    const first = await askAll(topic, mixed(20));
    expect(new Set(first.map(({ x_source }) => x_source))).toEqual(new Set(["upstream"]));
    await vi.waitFor(async () => expect((await described("topic")).status).toBe("live"), { ...SEEN, timeout: 20_000 });
    const taught = await described("topic");
    expect(taught.learning.answers).toBeGreaterThanOrEqual(50);
    await vi.waitFor(
      async () => expect((await ask(topic, statesOf("login", 1, 500)[0]!)).x_source).toBe("taught:topic"),
      {
        ...SEEN,
        timeout: 10_000,
      },
    );
    const before = server.received.length;
    const later = await askAll(topic, mixed(10, 100));
    expect(later.filter(({ x_source }) => x_source === "taught:topic").length).toBeGreaterThan(20);
    expect(later.map(({ choice }) => choice)).toEqual(mixed(10, 100).map(right));
    // Each answer of the edge is compared: shadow is 1.
    await vi.waitFor(async () => {
      expect(server.received.length - before).toBeGreaterThanOrEqual(30);
      const { learning } = await described("topic");
      expect(learning.measured_agreement).toBe(1);
      expect(learning.days.at(-1)!.checks).toBeGreaterThan(20);
    }, SEEN);
  });

  test("is no longer answered by a version that disagrees, until it has learned anew", async () => {
    // The large model changed its mind: every label is another one.
    teacher = (state) => LABELS[(LABELS.indexOf(right(state)) + 1) % 3]!;
    const before = (await described("topic")).version;
    await askAll(topic, mixed(10, 200));
    await vi.waitFor(async () => {
      const { learning } = await described("topic");
      expect(learning.withdrawn.map(({ version }) => version)).toContain(before);
    }, SEEN);
    await vi.waitFor(
      async () => {
        const [now] = await askAll(topic, statesOf("login", 1, 600 + Math.floor(Math.random() * 1000)));
        expect(now).toMatchObject({ x_source: "upstream", choice: "delivery" });
      },
      { ...SEEN, timeout: 10_000 },
    );
  });

  test("forgets what it is told to, with the states", async () => {
    await reported();
    const { learning } = await described("topic");
    interface Page {
      readonly answers: readonly { readonly state: string; readonly probabilities: Record<string, number> }[];
      readonly next: number | null;
    }
    const page = await answer<Page>(teach("/questions/topic/answers?limit=2"));
    expect(page.answers).toHaveLength(2);
    expect(page.answers[0]!.probabilities).toMatchObject({ delivery: expect.any(Number) });
    expect(page.next).not.toBeNull();
    const { state } = page.answers[0]!;
    const path = `/questions/topic/answers?state=${encodeURIComponent(state)}`;
    expect(await answer(teach(path, { method: "DELETE" }))).toMatchObject({ deleted: 1 });
    expect(await answer(teach(path, { method: "DELETE" }), 404)).toMatchObject({
      error: expect.stringContaining("keeps no answer to this state"),
    });
    expect((await described("topic")).learning.answers).toBe(learning.answers - 1);
    const all = await answer<Described>(teach("/questions/topic/answers", { method: "DELETE" }));
    expect(all).toMatchObject({ deleted: learning.answers - 1, status: "learning", version: null, versions: [] });
    expect(await answer(teach("/questions/topic/answers"))).toEqual({ answers: [], next: null });
  });
});

test("a large model that is wrong for one state of ten teaches the edge to be right more often", async () => {
  const question = questionOf("Whose poison?");
  teacher = (state) => (Number(/number (\d+)/.exec(state)![1]) % 10 === 0 ? "login" : right(state));
  await answer(put("poisoned", { question, examples: [], learn: { agreement: 0.8 } }));
  await heard();
  await askAll(question, mixed(30));
  await vi.waitFor(async () => expect((await described("poisoned")).status).toBe("live"), { ...SEEN, timeout: 20_000 });
  await heard();
  const states = mixed(20, 300);
  const own = (await askAll(question, states)).map((answer, i) => ({ ...answer, right: right(states[i]!) }));
  const edge = own.filter(({ x_source }) => x_source === "taught:poisoned");
  expect(edge.length).toBeGreaterThan(30);
  expect(edge.filter(({ choice, right }) => choice === right).length / edge.length).toBeGreaterThan(0.95);
});

test("people are right, whatever the large model answers", async () => {
  const question = questionOf("Who answers it?");
  const examples = LABELS.flatMap((label) => TOPICS[label]!.map((state) => ({ state, answer: label })));
  await answer(put("people", { question, examples, learn: { shadow: 1 } }));
  await heard();
  teacher = () => "login";
  const [state] = statesOf("refund", 1);
  await askAll(question, [TOPICS.refund![0]!, state!]);
  await vi.waitFor(async () => expect((await described("people")).learning.answers).toBe(1), SEEN);
  await answer(teach("/heads/people/feedback", { body: { text: state, label: "refund" } }));
  expect((await described("people")).learning.answers).toBe(0);
  // Without the examples, it begins anew.
  const begun = await answer<Described>(put("people", { question, examples: [], learn: { shadow: 1 } }));
  expect(begun).toMatchObject({ status: "learning", version: null, examples: 0, removed: 13 });
  const stopped = await answer<Described>(put("people", { question, examples }));
  expect(stopped.learning).toBeUndefined();
});

describe("refuses", () => {
  const question = questionOf("What is refused?");
  test.each([
    [{ agreement: 0.2 }, "agreement"],
    [{ shadow: 0 }, "shadow"],
    [{ keep_days: 0 }, "keep_days"],
    [{ keep_days: 1000 }, "keep_days"],
    [{ surprise: 1 }, "surprise"],
  ])("learn %j", async (learn, field) => {
    const response = await answer(put("refused", { question, examples: [], learn }), 422);
    expect(response).toMatchObject({ error: expect.stringContaining(field) });
  });

  test("keys without the right to teach, unknown fields, and questions that do not exist", async () => {
    const path = "/questions/refused/answers";
    await answer(teach(path, { key: "reader" }), 403);
    await answer(teach(path, { key: "reader", method: "DELETE" }), 403);
    await answer(teach(path), 404);
    await answer(put("refused", { question, examples: [], learn: {} }));
    expect(await answer(teach(`${path}?surprise=1`), 422)).toMatchObject({
      error: expect.stringContaining("surprise"),
    });
    await answer(teach(path, { method: "POST", body: {} }), 405);
    await answer(teach("/questions/refused", { method: "DELETE" }));
    await answer(put("refused", { question, examples: [] }), 422);
  });
});
