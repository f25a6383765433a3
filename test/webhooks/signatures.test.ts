// Signatures: the vectors of each scheme's specification, documentation or own library, and everything that is nearly right.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SCHEMES } from "../../src/webhooks/schemes.ts";
import {
  checkSecret,
  checkSignatureHeaders,
  type SignedRequest,
  signWebhook,
  verifyWebhook,
} from "../../src/webhooks/signatures.ts";

const request = (body: string, headers: Record<string, string>): SignedRequest => ({
  body,
  header: (name) => headers[name.toLowerCase()],
});
/** As the runtime joins headers of one name. */
const twice = (value: string) => `${value}, ${value}`;
const refused = { type: "invalid_signature" };

describe("Standard Webhooks", () => {
  // github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md and the libraries' tests.
  const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
  const BODY = '{"test": 2432232314}';
  const HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  };
  const verify = (body = BODY, headers: Record<string, string> = {}, secrets = [SECRET]) =>
    verifyWebhook("standard-webhooks", request(body, { ...HEADERS, ...headers }), secrets);

  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_614_265_330_000 }));
  afterEach(() => void vi.useRealTimers());

  test("the specification's vector is right", async () => {
    expect(await verify()).toEqual({ id: HEADERS["webhook-id"], key: HEADERS["webhook-id"] });
  });

  test("what we sign is what the vector says", () => {
    expect(signWebhook(SECRET, HEADERS["webhook-id"], BODY)).toEqual(HEADERS);
  });

  test("the header names of Svix are the same in effect", async () => {
    const svix = Object.fromEntries(
      Object.entries(HEADERS).map(([name, value]) => [name.replace("webhook", "svix"), value]),
    );
    const signed = request(BODY, svix);
    expect(await verifyWebhook("standard-webhooks", signed, [SECRET])).toEqual({
      id: HEADERS["webhook-id"],
      key: HEADERS["webhook-id"],
    });
    await expect(verifyWebhook("standard-webhooks", request(`${BODY} `, svix), [SECRET])).rejects.toMatchObject(
      refused,
    );
  });

  test("headers of both names are not mixed", async () => {
    const mixed = { "webhook-id": HEADERS["webhook-id"], "svix-timestamp": "1614265330", "svix-signature": "v1,x" };
    await expect(verifyWebhook("standard-webhooks", request(BODY, mixed), [SECRET])).rejects.toMatchObject(refused);
  });

  test("one signature of several, by one secret of several, will do", async () => {
    const others = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,x v1";
    await verify(BODY, { "webhook-signature": `${others} ${HEADERS["webhook-signature"]}` }, [OTHER, SECRET]);
  });

  test("a clock may be five minutes off, and no more", async () => {
    for (const off of [-300, 300]) {
      vi.setSystemTime((1_614_265_330 + off) * 1000);
      await verify();
      vi.setSystemTime((1_614_265_330 + off + Math.sign(off)) * 1000);
      await expect(verify()).rejects.toMatchObject(refused);
    }
  });

  test.each<[string, () => Promise<unknown>]>([
    ["another body", () => verify(`${BODY} `)],
    ["another identifier", () => verify(BODY, { "webhook-id": "msg_other" })],
    ["another time", () => verify(BODY, { "webhook-timestamp": "1614265331" })],
    ["a time that is none", () => verify(BODY, { "webhook-timestamp": "now" })],
    ["another secret", () => verify(BODY, {}, [OTHER])],
    ["no signature", () => verify(BODY, { "webhook-signature": "" })],
    ["no identifier", () => verify(BODY, { "webhook-id": "" })],
    [
      "a signature of another version",
      () => verify(BODY, { "webhook-signature": HEADERS["webhook-signature"].replace("v1", "v1a") }),
    ],
    ["an identifier that came twice", () => verify(BODY, { "webhook-id": twice(HEADERS["webhook-id"]) })],
    ["an identifier with the time in it", () => verify(BODY, { "webhook-id": `${HEADERS["webhook-id"]}.1614265330` })],
    ["a signature in full-width digits", () => verify(BODY, { "webhook-signature": "\uff561,g0hM9SsE" })],
    ["a name that every object has", () => verify(BODY, { "webhook-signature": "__proto__,constructor" })],
    ["half a signature", () => verify(BODY, { "webhook-signature": HEADERS["webhook-signature"].slice(0, 20) })],
  ])("%s is refused", async (_what, check) => {
    await expect(check()).rejects.toMatchObject(refused);
  });
});

describe("GitHub", () => {
  // docs.github.com, "Validating webhook deliveries": the values to test with.
  const SECRET = "It's a Secret to Everybody";
  const BODY = "Hello, World!";
  const SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const verify = (
    body = BODY,
    signature = SIGNATURE,
    secrets = [SECRET],
    id = "72d3162e-cc78-11e3-81ab-4c9367dc0958",
  ) => verifyWebhook("github", request(body, { "x-hub-signature-256": signature, "x-github-delivery": id }), secrets);

  test("the documentation's vector is right", async () => {
    expect(await verify()).toMatchObject({ id: "72d3162e-cc78-11e3-81ab-4c9367dc0958" });
    await verify(BODY, SIGNATURE, ["another", SECRET]);
  });

  test("a repetition has the same key under any identifier, which is not signed", async () => {
    const { key } = await verify();
    expect((await verify(BODY, SIGNATURE, [SECRET], "forged")).key).toBe(key);
  });

  test.each<[string, () => Promise<unknown>]>([
    ["another body", () => verify("Hello, World?")],
    ["no body", () => verify("")],
    ["another secret", () => verify(BODY, SIGNATURE, ["It's a secret to everybody"])],
    ["no signature", () => verify(BODY, "")],
    ["the old, weak signature", () => verify(BODY, "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59")],
    ["a signature of another length", () => verify(BODY, SIGNATURE.slice(0, -2))],
    ["a signature that came twice", () => verify(BODY, twice(SIGNATURE))],
    ["a signature with a line break", () => verify(BODY, `${SIGNATURE}\n`)],
    ["a signature in capitals", () => verify(BODY, SIGNATURE.toUpperCase())],
    ["one wrong digit", () => verify(BODY, SIGNATURE.replace(/7$/, "8"))],
    ["what is no hexadecimal", () => verify(BODY, SIGNATURE.replace("757107", "zzzzzz"))],
  ])("%s is refused", async (_what, check) => {
    await expect(check()).rejects.toMatchObject(refused);
  });
});

describe("Slack", () => {
  // docs.slack.dev/authentication/verifying-requests-from-slack, its example.
  const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
  const BODY =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V" +
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=" +
    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const HEADERS = {
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  };
  const verify = (headers: Record<string, string> = {}, body = BODY) =>
    verifyWebhook("slack", request(body, { ...HEADERS, ...headers }), ["another", SECRET]);

  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_531_420_618_000 }));
  afterEach(() => void vi.useRealTimers());

  test("the documentation's vector is right, and its key is the body's", async () => {
    const { id, key } = await verify();
    expect([id, key]).toEqual([key, expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  test("a clock may be five minutes off, and no more", async () => {
    for (const off of [-300, 300]) {
      vi.setSystemTime((1_531_420_618 + off) * 1000);
      await verify();
      vi.setSystemTime((1_531_420_618 + off + Math.sign(off)) * 1000);
      await expect(verify()).rejects.toMatchObject(refused);
    }
  });

  test.each<[string, () => Promise<unknown>]>([
    ["another body", () => verify({}, `${BODY}x`)],
    ["another time", () => verify({ "x-slack-request-timestamp": "1531420619" })],
    ["no time", () => verify({ "x-slack-request-timestamp": "" })],
    ["another version", () => verify({ "x-slack-signature": HEADERS["x-slack-signature"].replace("v0", "v1") })],
    ["a signature that came twice", () => verify({ "x-slack-signature": twice(HEADERS["x-slack-signature"]) })],
  ])("%s is refused", async (_what, check) => {
    await expect(check()).rejects.toMatchObject(refused);
  });
});

describe("Stripe", () => {
  // Made by Stripe's own library: stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: 1614265330 }) of stripe-node.
  const SECRET = "whsec_test_secret";
  const BODY = '{"id":"evt_test_webhook","object":"event"}';
  const V1 = "v1=3c5817089d739023dd6190f70a3757e04f7a2fd8b5dab12c2e000f51970dccff";
  const verify = (signature = `t=1614265330,${V1}`, body = BODY) =>
    verifyWebhook("stripe", request(body, { "stripe-signature": signature }), [SECRET]);

  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_614_265_330_000 }));
  afterEach(() => void vi.useRealTimers());

  test("the library's vector is right, also among signatures of other secrets and schemes", async () => {
    await verify();
    await verify(`t=1614265330, v1=${"0".repeat(64)}, ${V1}, v0=${"1".repeat(64)}`);
  });

  test.each<[string, () => Promise<unknown>]>([
    ["another body", () => verify(undefined, BODY.replace("event", "EVENT"))],
    ["another time", () => verify(`t=1614265331,${V1}`)],
    ["no time", () => verify(V1)],
    ["a stale time", () => verify(`t=1614265029,${V1}`)],
    ["a signature of another scheme", () => verify(`t=1614265330,${V1.replace("v1", "v0")}`)],
    ["no signature", () => verify("t=1614265330")],
    ["a body with a replacement pattern", () => verify(undefined, "$&$`$'")],
  ])("%s is refused", async (_what, check) => {
    await expect(check()).rejects.toMatchObject(refused);
  });
});

test.each(SCHEMES)("a request without signature headers is refused by %s before its body is read", (scheme) => {
  expect(() => checkSignatureHeaders(scheme, () => undefined)).toThrow(expect.objectContaining(refused));
});

test("secrets that cannot be any are told apart", () => {
  expect(() => checkSecret("standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).not.toThrow();
  expect(() => checkSecret("github", "anything")).not.toThrow();
  expect(() => checkSecret("github", "")).toThrow();
  expect(() => checkSecret("standard-webhooks", "whsec_")).toThrow();
  expect(() => checkSecret("standard-webhooks", "no base64!")).toThrow();
});
