// POST /tag/{source} over HTTP, in workerd, with real Durable Objects and Queues, the default model, and a server that takes callbacks.
import { createHmac } from "node:crypto";
import { sign as signGitHub } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createTestHarness } from "wrangler";
import { signWebhook } from "../../src/webhooks/signatures.ts";
import { Receiver } from "./receiver.ts";

const SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const OLD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CALLBACK_SECRET = "whsec_plJ3nmyCDGBKInavdOK15jslplJ3nmyC";
const GITHUB_SECRET = "It's a Secret to Everybody";
const secrets = { REVIEWS: SECRET, REVIEWS_OLD: OLD_SECRET, GITHUB: GITHUB_SECRET, CALLBACK: CALLBACK_SECRET };

const tags = { sentiment: 0.6, emotion: { all: 0.9, labels: { gratitude: 0.3 } }, entities: 0.5 };
const standard = { scheme: "standard-webhooks", secrets: ["REVIEWS", "REVIEWS_OLD"], text: "$.review.text", tags };
const callback = (path: string) => ({ url: receiver.address(path), secret: "CALLBACK", retry_seconds: 1 });
const settings = () => ({
  sources: {
    reviews: standard,
    issues: { scheme: "github", secrets: "GITHUB", text: ["$.issue.title", "$.issue.body"], tags: { sentiment: 0.5 } },
    chat: { scheme: "slack", secrets: "GITHUB", text: "$.event.text", tags: { sentiment: 0.5 } },
    forwarded: { ...standard, callback: callback("/tags") },
    flaky: { ...standard, callback: callback("/flaky") },
    redirected: { ...standard, callback: callback("/redirected") },
    misconfigured: { ...standard, tags: { none: 0.5 } },
  },
});

let receiver: Receiver;
let harness: ReturnType<typeof createTestHarness>;
let url: URL;
beforeAll(async () => {
  receiver = await Receiver.start();
  harness = createTestHarness({
    workers: [{ configPath: "./functions/wrangler.toml", env: "tag", vars: { TAGGING: settings() }, secrets }],
  });
  ({ url } = await harness.listen());
}, 60_000);
afterAll(async () => {
  await harness.close();
  receiver.close();
});

const PAYLOAD = { review: { text: "Thank you so much, the staff in Berlin were wonderful!" } };
const newId = () => `msg_${crypto.randomUUID()}`;
const post = (source: string, body: BodyInit, headers: Record<string, string>) =>
  fetch(new URL(`/tag/${source}`, url), { method: "POST", body, headers });
/** A signed delivery, as a sender makes it. */
function send(source: string, { id = newId(), payload = PAYLOAD as unknown, secret = SECRET, secondsAgo = 0 } = {}) {
  const body = JSON.stringify(payload);
  const time = new Date(Date.now() - secondsAgo * 1000);
  return post(source, body, {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(time.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, time, body),
  });
}
const sendGitHub = async (payload: unknown, id: string, secret = GITHUB_SECRET) => {
  const body = JSON.stringify(payload);
  const headers = { "x-hub-signature-256": await signGitHub(secret, body), "x-github-delivery": id };
  return post("issues", body, { ...headers, "content-type": "application/json" });
};

const sendForm = async (form: Record<string, string>) => {
  const body = new URLSearchParams(form).toString();
  const headers = { "x-hub-signature-256": await signGitHub(GITHUB_SECRET, body), "x-github-delivery": "form" };
  return post("issues", body, { ...headers, "content-type": "application/x-www-form-urlencoded" });
};
/** Signed as Slack does. */
const sendSlack = (payload: unknown) => {
  const body = JSON.stringify(payload);
  const time = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", GITHUB_SECRET).update(`v0:${time}:${body}`).digest("hex");
  return post("chat", body, { "x-slack-request-timestamp": time, "x-slack-signature": `v0=${signature}` });
};

describe("a signed delivery", () => {
  test("is answered with the tags that are sure enough", async () => {
    const id = newId();
    const response = await send("reviews", { id });
    expect(response.status, await response.clone().text()).toBe(200);
    expect(response.headers.get("idempotent-replayed")).toBeNull();
    expect(await response.json()).toEqual({
      id,
      source: "reviews",
      tags: {
        sentiment: [{ label: "POSITIVE", score: expect.any(Number) }],
        emotion: [{ label: "gratitude", score: expect.any(Number) }],
        entities: [{ entity_group: "LOC", word: "Berlin", start: 32, end: 38, score: expect.any(Number) }],
      },
    });
  });

  test("may be signed by the secret before", async () => {
    expect((await send("reviews", { secret: OLD_SECRET })).status).toBe(200);
  });

  test("of GitHub is read at all its paths", async () => {
    const payload = {
      action: "opened",
      issue: { title: "Terrible crash", body: `It is awful. ${crypto.randomUUID()}` },
    };
    const response = await sendGitHub(payload, "delivery-1");
    expect(await response.json()).toMatchObject({
      id: "delivery-1",
      source: "issues",
      tags: { sentiment: [{ label: "NEGATIVE" }] },
    });
  });

  test("of GitHub may be a form, which is GitHub's default", async () => {
    const payload = JSON.stringify({ issue: { title: `Terrible crash ${crypto.randomUUID()}`, body: "ä+&=% awful" } });
    const response = await sendForm({ payload });
    expect(response.status, await response.clone().text()).toBe(200);
    expect(await response.json()).toMatchObject({ id: "form", tags: { sentiment: [{ label: "NEGATIVE" }] } });
  });

  test("of Slack is tagged, and its challenge is answered", async () => {
    const tagged = await sendSlack({ type: "event_callback", event: { text: `I love it ${crypto.randomUUID()}` } });
    expect(await tagged.json()).toMatchObject({ tags: { sentiment: [{ label: "POSITIVE" }] } });
    const challenged = await sendSlack({ type: "url_verification", challenge: "3eZbrw1a" });
    expect(await challenged.json()).toMatchObject({ source: "chat", challenge: "3eZbrw1a" });
  });

  test("that says more than the model reads is told so", async () => {
    const payload = { review: { text: "wonderful ".repeat(600) } };
    expect(await (await send("reviews", { payload })).json()).toMatchObject({ truncated: true });
    expect(await (await send("reviews")).json()).not.toHaveProperty("truncated");
  });

  test.each([
    ["elsewhere", { text: "fine" }],
    ["of another type", { review: { text: 7 } }],
    ["empty", { review: { text: " " } }],
    ["in no object", []],
  ])("whose text is %s is taken and skipped", async (_what, payload) => {
    const response = await send("reviews", { payload });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ skipped: expect.stringContaining("no text") });
  });

  test("whose text is long, or ill-formed, is tagged as far as the model reads", async () => {
    for (const text of ["wonderful ".repeat(20_000), "wonderful \ud800"]) {
      const response = await send("reviews", { payload: { review: { text } } });
      expect(await response.json()).toMatchObject({ tags: { sentiment: [{ label: "POSITIVE" }] } });
    }
  });
});

describe("refused is", () => {
  const signed = (body: string) => ({ ...signWebhook(SECRET, newId(), body) });
  test.each<[string, () => Promise<Response>, number, string]>([
    ["a tampered body", () => post("reviews", '{"a":2}', signed('{"a":1}')), 401, "invalid_signature"],
    ["another secret", () => send("reviews", { secret: CALLBACK_SECRET }), 401, "invalid_signature"],
    ["a stale delivery", () => send("reviews", { secondsAgo: 301 }), 401, "invalid_signature"],
    ["a delivery from the future", () => send("reviews", { secondsAgo: -310 }), 401, "invalid_signature"],
    ["a delivery without a signature", () => post("reviews", "{}", {}), 401, "invalid_signature"],
    ["another scheme", () => post("issues", "{}", signed("{}")), 401, "invalid_signature"],
    ["another secret for GitHub", () => sendGitHub({}, "x", "wrong"), 401, "invalid_signature"],
    ["an unknown source", () => send("nobody"), 404, "not_found"],
    ["a name that objects have", () => send("constructor"), 404, "not_found"],
    ["a form whose payload is no JSON", () => sendForm({ payload: "{" }), 400, "invalid_json"],
    ["what is signed and no JSON", () => post("reviews", "{", signed("{")), 400, "invalid_json"],
    ["what is no UTF-8", () => post("reviews", new Uint8Array([0xff]), signed("\ufffd")), 400, "invalid_json"],
    ["a body too large", () => send("reviews", { payload: "x".repeat(1_048_577) }), 413, "input_too_large"],
    ["another method", () => fetch(new URL("/tag/reviews", url)), 405, "method_not_allowed"],
    ["a head that the model does not have", () => send("misconfigured"), 503, "invalid_config"],
  ])("%s", async (_what, ask, status, error_type) => {
    const response = await ask();
    expect(await response.json()).toEqual({ error: expect.stringMatching(/\w/), error_type });
    expect(response.status).toBe(status);
  });
});

describe("a delivery that comes again", () => {
  test("gets its first answer, whatever it says now", async () => {
    const id = newId();
    const first = await send("reviews", { id });
    const second = await send("reviews", { id, payload: { review: { text: "dreadful" } } });
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(await second.text()).toBe(await first.text());
  });

  test("is not known to another source", async () => {
    const id = newId();
    await send("reviews", { id });
    expect((await send("forwarded", { id })).headers.get("idempotent-replayed")).toBeNull();
  });

  test("of GitHub is known by its body, for its identifier is not signed", async () => {
    const payload = { issue: { title: `Great ${crypto.randomUUID()}` } };
    const first = await sendGitHub(payload, "mine");
    const second = await sendGitHub(payload, "forged");
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(await second.text()).toBe(await first.text());
  });

  test("ten times at once is tagged once and sent on once", async () => {
    const id = newId();
    const responses = await Promise.all(Array.from({ length: 10 }, () => send("forwarded", { id })));
    const bodies = await Promise.all(responses.map((response) => response.json()));
    expect(bodies).toEqual(Array(10).fill({ id, source: "forwarded", queued: true }));
    expect(responses.filter((response) => !response.headers.has("idempotent-replayed"))).toHaveLength(1);
    const mine = () => receiver.on("/tags").filter(({ body }) => body.includes(id));
    await vi.waitFor(() => expect(mine()).toHaveLength(1), 15_000);
    await new Promise((done) => setTimeout(done, 3000));
    expect(mine()).toHaveLength(1);
  });

  test("after a failure is computed anew", async () => {
    const id = newId();
    expect((await send("misconfigured", { id })).status).toBe(503);
    expect((await send("misconfigured", { id })).status).toBe(503);
  });
});

describe("a callback", () => {
  test("gets the tags, signed", async () => {
    const id = newId();
    await send("forwarded", { id });
    const [{ body, headers }] = await vi.waitFor(() => {
      const mine = receiver.on("/tags").filter(({ body }) => body.includes(id));
      expect(mine).toHaveLength(1);
      return mine as [(typeof mine)[0]];
    }, 15_000);
    expect(new Webhook(CALLBACK_SECRET).verify(body, headers)).toEqual({
      type: "text.tagged",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: { source: "forwarded", delivery: id, tags: expect.objectContaining({ sentiment: expect.any(Array) }) },
    });
    expect(headers["webhook-id"]).toMatch(/^tags_[0-9a-f]{32}$/);
    expect(body).not.toContain("Thank you");
  });

  test("that fails is called again, under the same identifier, until it succeeds", async () => {
    receiver.statuses.set("/flaky", 500);
    await send("flaky");
    await vi.waitFor(() => expect(receiver.on("/flaky").length).toBeGreaterThanOrEqual(2), 20_000);
    receiver.statuses.delete("/flaky");
    const failed = receiver.on("/flaky").length;
    await vi.waitFor(() => expect(receiver.on("/flaky")).toHaveLength(failed + 1), 20_000);
    await new Promise((done) => setTimeout(done, 5000));
    expect(receiver.on("/flaky")).toHaveLength(failed + 1);
    expect(new Set(receiver.on("/flaky").map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  test("that leads elsewhere is not followed", async () => {
    receiver.statuses.set("/redirected", 302);
    await send("redirected");
    await vi.waitFor(() => expect(receiver.on("/redirected").length).toBeGreaterThanOrEqual(1), 15_000);
    expect(receiver.on("/elsewhere")).toEqual([]);
  });

  test("is never taken from the payload", async () => {
    const payload = { ...PAYLOAD, callback: { url: receiver.address("/evil") }, url: receiver.address("/evil") };
    await send("forwarded", { payload });
    await send("reviews", { payload });
    await new Promise((done) => setTimeout(done, 3000));
    expect(receiver.on("/evil")).toEqual([]);
  });
});

// The local queue lives in memory, unlike Cloudflare's: what it holds is not asked for here.
test("a restart forgets no delivery", async () => {
  const id = newId();
  const first = await send("forwarded", { id });
  await harness.update((options) => options);
  ({ url } = await harness.listen());
  const again = await send("forwarded", { id });
  expect([again.headers.get("idempotent-replayed"), await again.text()]).toEqual(["true", await first.text()]);
});
