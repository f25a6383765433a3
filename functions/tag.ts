// Webhook tagging at POST /tag/{source}: checks the signature, picks the text, and answers with its tags or sends them on. A delivery that
// was seen before gets its first answer again. docs/webhooks.md says how it is set up.
import { Hono } from "hono";
import * as v from "valibot";
import { environment, waitUntil } from "#runtime";
import { sha256 } from "../src/digest.ts";
import { methodNotAllowed, RequestError } from "../src/http/errors.ts";
import { LIMITS } from "../src/http/limits.ts";
import type { ModelLoader } from "../src/http/model-loader.ts";
import type { Operation } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { turns } from "../src/http/turns.ts";
import { type Delivery, verifyWebhook } from "../src/http/webhooks.ts";
import { defaultModel } from "./default-model.ts";
import { deliverTags, type TagBatch, type TagQueue } from "./tag-callback.ts";
import type { DeadLettersNamespace } from "./tag-dead-letters.ts";
import type { DeliveriesNamespace } from "./tag-deliveries.ts";
import { valueAt } from "./tag-path.ts";
import { keepDeadLetters, replayRoutes } from "./tag-replay.ts";
import { readSources, type Source } from "./tag-settings.ts";
import { type Tags, tagText } from "./tag-text.ts";

export { DeadLetters } from "./tag-dead-letters.ts";
export { Deliveries } from "./tag-deliveries.ts";

const sources = readSources(environment);
// readSources has seen that they are there.
const deliveries = environment.DELIVERIES as DeliveriesNamespace;
const queue = environment.TAGS as TagQueue;
const deadLetters = environment.DEAD_LETTERS as DeadLettersNamespace | undefined;

const DAY_MILLISECONDS = 86_400_000;

const operations: readonly Operation[] = [
  {
    method: "post",
    path: "/tag/{source}",
    summary: "Tag the text of a signed webhook",
    body: v.looseObject({}),
    answer: v.object({
      id: v.string(),
      source: v.string(),
      tags: v.optional(v.record(v.string(), v.array(v.looseObject({ score: v.number() })))),
      queued: v.optional(v.literal(true)),
      skipped: v.optional(v.string()),
    }),
  },
];

function mount(model: ModelLoader): Hono {
  const app = new Hono();
  app.post("/tag/:source", async (context) => {
    const name = context.req.param("source");
    const source = sources.get(name);
    if (!source) throw new RequestError("not_found", `there is no source ${name}`);
    const body = decode(await context.req.arrayBuffer());
    const signed = { body, header: (name: string) => context.req.header(name) };
    const delivery = await verifyWebhook(source.scheme, signed, source.secretValues);
    const { answer, seen } = await answerOnce(name, source, delivery, () =>
      handle(model, name, source, delivery, body),
    );
    if (seen) context.header("Idempotent-Replayed", "true");
    return context.body(answer, 200, { "Content-Type": "application/json" });
  });
  app.all("/tag/:source", methodNotAllowed("POST"));
  return app;
}

/** Answers a delivery as it was answered first. It is finished also for a sender that does not wait. */
async function answerOnce(name: string, source: Source, { key }: Delivery, compute: () => Promise<unknown>) {
  let failure: unknown;
  const record = deliveries.getByName(`${name} ${key}`);
  const remembering = record.once(async () => {
    try {
      return JSON.stringify(await compute());
    } catch (error) {
      failure = error;
      throw error;
    }
  }, source.remember_days * DAY_MILLISECONDS);
  // An error that came through the Durable Object has lost its kind.
  const remembered = remembering.catch((error: unknown) => {
    throw failure ?? error;
  });
  waitUntil(remembered.catch(() => {}));
  return remembered;
}

/** Tags the text, and hands the tags to the queue before anybody hears that the delivery was taken. */
async function handle(model: ModelLoader, name: string, source: Source, { id, key }: Delivery, body: string) {
  const told = { id, source: name };
  const text = pickText(parseJson(body), source);
  if (text === undefined) return { ...told, skipped: "there is no text where the source has it" };
  const pretrained = await model();
  const tags = await turns.take(() => tagText(pretrained, text, source.tags));
  if (!source.callback) return { ...told, tags };
  await enqueue(name, id, key, tags);
  return { ...told, queued: true };
}

async function enqueue(source: string, delivery: string, key: string, tags: Tags): Promise<void> {
  const hash = await sha256(new TextEncoder().encode(JSON.stringify([source, key])));
  const timestamp = new Date().toISOString();
  const lists = Object.fromEntries(Object.entries(tags).map(([head, list]) => [head, [...list]]));
  await queue.send({ id: `tags_${hash.slice(0, 32)}`, source, delivery, timestamp, tags: lists });
}

/** The texts at the source's paths, one a line; undefined where there is none. What is too long is cut, as the model would. */
function pickText(payload: unknown, { text: paths }: Source): string | undefined {
  const texts = paths.map((path) => valueAt(payload, path)).filter((value) => typeof value === "string");
  const text = texts.join("\n").slice(0, LIMITS.text_characters).toWellFormed();
  return text.trim() === "" ? undefined : text;
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RequestError("invalid_json", "the body is not UTF-8", { cause });
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new RequestError("invalid_json", "the body is not JSON", { cause });
  }
}

/** The route. */
export const tag = Object.assign(mount, { operations });

/** The consumer of both queues, which are told apart by their names. */
export const tagQueue = (batch: TagBatch): Promise<void> =>
  deadLetters && batch.queue.endsWith("-dead") ? keepDeadLetters(batch, deadLetters) : deliverTags(batch, sources);

const app = serve(defaultModel, tag, ...(deadLetters ? [replayRoutes(deadLetters, queue)] : []));
export default { fetch: app.fetch, queue: tagQueue };
