// Questions taught by name, in a real workerd: taught in one Worker, answered by another, whichever interface asks; and what is refused.
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Ask, answer, type Deployment, SEEN, startDeployment, TOPICS } from "./harness.ts";

const REFUND = { type: "noul", criteria: { true: "The customer wants money back", false: null } };
const TOPIC = {
  type: "choice",
  instructions: "What is it about?",
  criteria: { delivery: null, refund: null, login: null },
};
const URGENCY = { type: "score", instructions: "How urgent is it?", criteria: ["can wait", "today", "at once"] };
const EXAMPLES = Object.entries(TOPICS).flatMap(([answer, states]) => states.map((state) => ({ state, answer })));

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment.close());

const teach: Ask = (path, asked) => deployment.teach(path, asked);

const put = (name: string, body: unknown) => teach(`/questions/${name}`, { method: "PUT", body });
const refused = async (response: Promise<Response>, status: number, part: string) =>
  expect(await answer(response, status)).toMatchObject({ error: expect.stringContaining(part) });

type Answer = Readonly<Record<string, unknown>> & { readonly x_source: string };
async function ask(question: object, state: unknown = "my voucher was never sent to me"): Promise<Answer> {
  const body = { model: "jev-latest", state, questions: { any: question } };
  const { answers } = await answer<{ answers: { any: Answer } }>(deployment.gateway("/v1/systemone", { body }));
  return answers.any;
}

describe("a taught question", () => {
  test("is answered by its head from another Worker, in any order of its options and by either interface", async () => {
    expect((await ask(TOPIC)).x_source).toBe("zero-shot");
    const made = await answer(put("topic", { question: TOPIC, examples: EXAMPLES }));
    expect(made).toMatchObject({ name: "topic", status: "live", version: 1, question: TOPIC, added: 12, removed: 0 });
    await vi.waitFor(async () => expect((await ask(TOPIC)).x_source).toBe("taught:topic"), SEEN);
    const turned = { ...TOPIC, criteria: { login: "Accounts", refund: "Money", delivery: "Parcels" } };
    const state = "the courier never brought my package";
    expect(await ask(turned, state)).toMatchObject({ choice: "delivery", x_source: "taught:topic" });
    const { answers } = await answer<{ answers: Answer[] }>(
      deployment.gateway("/v1/decisions", {
        body: {
          model: "edge",
          input: state,
          questions: [
            {
              type: "choice",
              name: "other",
              instructions: TOPIC.instructions,
              choices: Object.keys(TOPIC.criteria).map((value) => ({ value })),
            },
          ],
        },
      }),
    );
    expect(answers[0]).toMatchObject({ choice: "delivery", x_source: "taught:topic" });
    for (const other of [
      { ...TOPIC, instructions: "Why did they write?" },
      { ...TOPIC, criteria: { delivery: null, refund: null } },
    ])
      expect((await ask(other, state)).x_source).toBe("zero-shot");
  });

  test("may be yes or no, or a level, whose probabilities are the head's", async () => {
    const examples = EXAMPLES.map(({ state, answer }) => ({ state, answer: answer === "refund" }));
    await answer(put("refund", { question: REFUND, examples }));
    const levels = { delivery: 1, refund: 0, login: 2 };
    await answer(
      put("urgency", {
        question: URGENCY,
        examples: EXAMPLES.map(({ state, answer }) => ({
          state: { message: state },
          answer: levels[answer as "login"],
        })),
      }),
    );
    await vi.waitFor(async () => {
      const refund = await ask(REFUND, "give me back what I paid");
      expect(refund).toMatchObject({ type: "noul", x_source: "taught:refund" });
      expect(refund.noul).toBeGreaterThan(0.5);
      const urgent = await ask(URGENCY, { message: "my password is wrong" });
      expect(urgent).toMatchObject({ type: "score", x_source: "taught:urgency" });
      expect(urgent.score).toBeGreaterThan(1);
    }, SEEN);
  });

  test("has the examples that were put last, and those of /heads", async () => {
    const question = { ...TOPIC, instructions: "Which team?" };
    await answer(put("team", { question, examples: EXAMPLES }));
    const fewer = EXAMPLES.filter((_, index) => index % 4 !== 3);
    const changed = [...fewer.slice(1), { state: fewer[0]!.state, answer: "login" }];
    const second = await answer(put("team", { question, examples: changed }));
    expect(second).toMatchObject({ version: 2, examples: 9, added: 0, changed: 1, removed: 3, repeated: 8 });
    const same = await answer(put("team", { question, examples: changed }));
    expect(same).toMatchObject({ version: 2, repeated: 9 });
    const stronger = await answer(put("team", { question, examples: changed, strength: 100 }));
    expect(stronger).toMatchObject({ version: 3 });
    await answer(teach("/heads/team/examples", { body: { examples: [{ text: "no parcel", label: "delivery" }] } }));
    expect(await answer(teach("/questions/team"))).toMatchObject({ question, examples: 10, version: 4 });
  });

  test("is listed, and deleted with all that was taught", async () => {
    const question = { ...TOPIC, instructions: "Which queue?" };
    await answer(put("queue", { question, examples: EXAMPLES }));
    const names = async () => {
      const { questions } = await answer<{ questions: { name: string }[] }>(teach("/questions"));
      return questions.map(({ name }) => name);
    };
    expect(await names()).toContain("queue");
    expect(await answer(teach("/questions/queue", { method: "DELETE" }))).toEqual({ deleted: "queue" });
    expect(await names()).not.toContain("queue");
    await refused(teach("/questions/queue"), 404, "there is no taught head queue");
    await vi.waitFor(async () => expect((await ask(question)).x_source).toBe("zero-shot"), SEEN);
  });
});

describe("refuses", () => {
  const question = { ...TOPIC, instructions: "What for?" };
  test("answers that the question does not have, and options without examples", async () => {
    const one = (answer: unknown) => put("wrong", { question, examples: [...EXAMPLES, { state: "a", answer }] });
    await refused(
      one("weather"),
      422,
      "the answer weather is none of the question's, which are delivery, refund, login",
    );
    await refused(one(true), 422, "the answer true is none");
    await refused(put("wrong", { question, examples: EXAMPLES.slice(0, 8) }), 422, "no example is answered by login");
    await refused(put("wrong", { question: URGENCY, examples: [{ state: "a", answer: 3 }] }), 422, "which are 0 to 2");
    await refused(
      put("wrong", { question: REFUND, examples: [{ state: "a", answer: "true" }] }),
      422,
      "the answer true",
    );
    await refused(teach("/questions/wrong"), 404, "wrong");
  });

  test("bodies that are wrong", async () => {
    await refused(put("wrong", { question: { ...question, x_head: "emotion" }, examples: EXAMPLES }), 422, "x_head");
    await refused(put("wrong", { question: { type: "essay" }, examples: EXAMPLES }), 422, "type");
    await refused(put("wrong", { question, examples: [] }), 422, "there are no examples");
    await refused(put("wrong", { question, examples: EXAMPLES, keep_requests: true }), 422, "keep_requests");
    await refused(put("wrong", { question, examples: [{ state: "", answer: "login" }] }), 422, "empty");
    await refused(put("a.b", { question, examples: EXAMPLES }), 422, "expected letters");
    const twice = [...EXAMPLES, { state: EXAMPLES[0]!.state, answer: "login" }];
    await refused(put("wrong", { question, examples: twice }), 422, "same text and different labels");
  });

  test("names and questions that are taken, and keys without the right", async () => {
    await answer(put("first", { question, examples: EXAMPLES }));
    await refused(put("second", { question, examples: EXAMPLES }), 409, "first answers this question");
    const another = { ...question, instructions: "Who?" };
    await refused(put("first", { question: another, examples: EXAMPLES }), 409, "first answers another question");
    await refused(
      put("emotion", { question: another, examples: EXAMPLES }),
      409,
      "the model has a head emotion of its own",
    );
    const examples = EXAMPLES.map(({ state, answer }) => ({ text: state, label: answer }));
    await answer(teach("/heads", { body: { name: "plain", examples } }));
    await refused(put("plain", { question: another, examples: EXAMPLES }), 409, "a head that answers no question");
    await refused(teach("/questions/plain"), 404, "answers no question");
    for (const key of ["reader", "narrow"] as const) {
      const asked = { key, method: "PUT", body: { question: another, examples: EXAMPLES } };
      await refused(teach("/questions/who", asked), 403, key === "reader" ? "right to teach" : "may not teach who");
    }
    await refused(teach("/questions/first", { method: "POST", body: {} }), 405, "takes GET or PUT or DELETE");
  });
});
