// Webhook tagging at POST /tag/{source}: checks the signature, finds the text, and returns its tags or sends them to a callback. A delivery
// that was seen before gets its first answer again. docs/webhooks.md describes the set-up.
import type { Context } from "hono";
import { Hono } from "hono/tiny";
import * as v from "valibot";
import { environment, waitUntil } from "#runtime";
import { sha256 } from "../digest.ts";
import { mediaType, parseJson, readText } from "../http/body.ts";
import { RequestError } from "../http/errors.ts";
import { onMethods } from "../http/methods.ts";
import { leaseModel, loadWithHeads, type Operation, type RouteGroup, type Services } from "../http/routes.ts";
import { LIMITS } from "../tasks/limits.ts";
import { forRequest } from "../tasks/request-model.ts";
import { type TagBatch, TagDeliverer, type TagQueue } from "./callback.ts";
import type { DeadLettersNamespace } from "./dead-letters.ts";
import type { DeliveriesNamespace } from "./deliveries.ts";
import { valueAt } from "./json-path.ts";
import { keepDeadLetters, replayGroup } from "./replay.ts";
import { hmacScheme } from "./schemes.ts";
import { readSources, type Source, type Sources } from "./settings.ts";
import { checkSignatureHeaders, type Delivery, verifyWebhook } from "./signatures.ts";
import { type Tags, tagText } from "./tags.ts";

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
      challenge: v.optional(v.string()),
      tags: v.optional(v.record(v.string(), v.array(v.looseObject({ score: v.number() })))),
      queued: v.optional(v.literal(true)),
      truncated: v.optional(v.literal(true)),
      skipped: v.optional(v.string()),
    }),
  },
];

/** The bindings that tagging uses; readSources checks that those that are needed exist. */
interface Bindings {
  readonly deliveries: DeliveriesNamespace;
  readonly queue: TagQueue;
  readonly deadLetters: DeadLettersNamespace | undefined;
}

export interface Tagging {
  /** For createApp. */
  readonly groups: readonly RouteGroup[];
  /** The consumer of both queues: of tags to be delivered, and of those that could not be. */
  queue(batch: TagBatch): Promise<void>;
}

/**
 * Tagging as the variable TAGGING of this environment sets it up.
 * @throws Error for settings that are wrong, naming the field
 * @example
 * const tagging = createTagging();
 * const app = createApp({ model, groups: tagging.groups });
 * export default { fetch: app.fetch, queue: tagging.queue };
 * export { DeadLetters, Deliveries } from "bertlet/webhooks";
 */
export function createTagging(env: Readonly<Record<string, unknown>> = environment): Tagging {
  const sources = readSources(env);
  const bindings: Bindings = {
    deliveries: env.DELIVERIES as DeliveriesNamespace,
    queue: env.TAGS as TagQueue,
    deadLetters: env.DEAD_LETTERS as DeadLettersNamespace | undefined,
  };
  const { deadLetters } = bindings;
  const deliverer = new TagDeliverer(sources);
  return {
    groups: [tagGroup(sources, bindings), ...(deadLetters ? [replayGroup(deadLetters, bindings.queue)] : [])],
    // The dead-letter queue is recognised by its name.
    queue: (batch) =>
      deadLetters && batch.queue.endsWith("-dead") ? keepDeadLetters(batch, deadLetters) : deliverer.deliver(batch),
  };
}

function tagGroup(sources: Sources, bindings: Bindings): RouteGroup {
  return {
    tag: { name: "Webhooks", description: "Tags of signed webhooks." },
    operations,
    // Deliveries are signed and need no key.
    openPaths: ["/tag/*"],
    mount(services) {
      const app = new Hono();
      onMethods(app, "/tag/:source", {
        POST: async (context) => {
          const name = context.req.param("source")!;
          const source = sources.get(name);
          if (!source) throw new RequestError("not_found", `there is no source ${name}`);
          const { delivery, payload } = await readDelivery(context, services, source);
          const challenge = challengeOf(payload, source);
          if (challenge !== undefined) return context.json({ id: delivery.id, source: name, challenge });
          const { answer, seen } = await answerOnce(bindings.deliveries, name, source, delivery, () =>
            tagDelivery(context, services, bindings.queue, { name, source, delivery, payload }),
          );
          if (seen) context.header("Idempotent-Replayed", "true");
          return context.body(answer, 200, { "Content-Type": "application/json" });
        },
      });
      return app;
    },
  };
}

/**
 * Reads the body of a request whose signature is right. One whose signature is missing or wrong is counted by its address.
 * @throws RequestError `invalid_signature`, `too_many_requests`, or as for any body
 */
async function readDelivery(context: Context, { rates }: Services, { scheme, secretValues }: Source) {
  const header = (name: string) => context.req.header(name);
  try {
    checkSignatureHeaders(scheme, header);
    const body = await readText(context);
    const delivery = await verifyWebhook(scheme, { body, header }, secretValues);
    return { delivery, payload: parsePayload(body, mediaType(context)) };
  } catch (error) {
    if (error instanceof RequestError && error.type === "invalid_signature") await rates.countAddress(context);
    throw error;
  }
}

/** A form holds JSON in its field `payload`, as GitHub sends it, or is an object of texts itself. */
function parsePayload(body: string, type: string | undefined): unknown {
  if (type !== "application/x-www-form-urlencoded") return parseJson(body);
  const form = new URLSearchParams(body);
  const payload = form.get("payload");
  return payload === null ? Object.fromEntries(form) : parseJson(payload);
}

/** What a sender that registers an address wants to have sent back; undefined for a delivery. */
function challengeOf(payload: unknown, { scheme }: Source): string | undefined {
  const expected = hmacScheme(scheme)?.challenge;
  if (expected === undefined || valueAt(payload, ["type"]) !== expected) return undefined;
  const challenge = valueAt(payload, ["challenge"]);
  return typeof challenge === "string" ? challenge : undefined;
}

/** Answers a repeated delivery as it was answered first. The work is finished even if the sender stops waiting. */
async function answerOnce(
  deliveries: DeliveriesNamespace,
  name: string,
  source: Source,
  { key }: Delivery,
  compute: () => Promise<unknown>,
) {
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
  // An error loses its kind when it passes through the Durable Object.
  const remembered = remembering.catch((error: unknown) => {
    throw failure ?? error;
  });
  waitUntil(remembered.catch(() => {}));
  return remembered;
}

interface SourceDelivery {
  readonly name: string;
  readonly source: Source;
  readonly delivery: Delivery;
  readonly payload: unknown;
}

/** Tags the text. For a source with a callback, the tags are in the queue before the sender is told that the delivery was accepted. */
async function tagDelivery(
  context: Context,
  services: Services,
  queue: TagQueue,
  { name, source, delivery, payload }: SourceDelivery,
) {
  const answer = { id: delivery.id, source: name };
  const text = pickText(payload, source);
  if (text === undefined) return { ...answer, skipped: "there is no text at the source's paths" };
  const { models, turns } = services;
  const model = await loadWithHeads(services, leaseModel(context, models), [...source.tags.keys()]);
  const tagged = await tagText(forRequest(model, { usage: context.var.scope.usage, turns }), text.value, source.tags);
  const truncated = text.truncated || tagged.truncated;
  const truncation = truncated ? { truncated: true as const } : {};
  if (!source.callback) return { ...answer, tags: tagged.tags, ...truncation };
  await enqueue(queue, name, delivery, { tags: tagged.tags, ...truncation });
  return { ...answer, queued: true, ...truncation };
}

interface Tagged {
  readonly tags: Tags;
  readonly truncated?: true;
}

async function enqueue(
  queue: TagQueue,
  source: string,
  { id, key }: Delivery,
  { tags, ...truncation }: Tagged,
): Promise<void> {
  const hash = await sha256(new TextEncoder().encode(JSON.stringify([source, key])));
  const timestamp = new Date().toISOString();
  const lists = Object.fromEntries(Object.entries(tags).map(([head, list]) => [head, [...list]]));
  await queue.send({ id: `tags_${hash.slice(0, 32)}`, source, delivery: id, timestamp, tags: lists, ...truncation });
}

interface PickedText {
  readonly value: string;
  readonly truncated: boolean;
}

/** The texts at the source's paths, one per line; undefined if there is none. A text that is too long is truncated, as the model would. */
function pickText(payload: unknown, { text: paths }: Source): PickedText | undefined {
  const texts = paths.map((path) => valueAt(payload, path)).filter((value) => typeof value === "string");
  const text = texts.join("\n");
  const value = text.slice(0, LIMITS.text_characters).toWellFormed();
  return value.trim() === "" ? undefined : { value, truncated: text.length > value.length };
}
