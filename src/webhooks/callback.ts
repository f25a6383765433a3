// Tags on their way to a callback: what lies in the queue, and its consumer. A message names its source; the address and the secret come from
// the settings alone. What cannot be delivered is repeated, ever later, and then left in the dead-letter queue
// (wrangler.toml), whose consumer is in tag-replay.ts.
import * as v from "valibot";
import { strictObject } from "../schemas.ts";
import type { Source, Sources } from "./settings.ts";
import { signWebhook } from "./signatures.ts";

export const messageSchema = strictObject({
  /** The same for every attempt: by it the receiver knows a repetition. */
  id: v.string(),
  source: v.string(),
  delivery: v.string(),
  timestamp: v.string(),
  /** By the head's name. A head may have a name that `v.record` would drop. */
  tags: v.custom<Readonly<Record<string, readonly unknown[]>>>(isTags, "expected lists of tags"),
  /** Whether the text was too long and was truncated. */
  truncated: v.optional(v.literal(true)),
});

function isTags(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every(Array.isArray);
}

/** Tags on their way. */
export type TagMessage = v.InferInput<typeof messageSchema>;

/** What a Worker sees of the queue. */
export interface TagQueue {
  send(message: TagMessage): Promise<unknown>;
}

/** What a consumer sees of a batch. */
export interface TagBatch {
  /** The queue's name. */
  readonly queue: string;
  readonly messages: readonly QueuedMessage[];
}
export interface QueuedMessage {
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options: { delaySeconds: number }): void;
}

// A day is the longest that Queues delays; half of it leaves room.
const LONGEST_DELAY = 43_200;
const TIMEOUT_MILLISECONDS = 10_000;

/** Delivers each message by itself: one that fails holds up no other. */
export async function deliverTags(batch: TagBatch, sources: Sources): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      const { callback } = sources.get((message.body as TagMessage | undefined)?.source ?? "") ?? {};
      try {
        await deliver(v.parse(messageSchema, message.body), callback);
        message.ack();
      } catch (error) {
        console.error(`tags could not be delivered, attempt ${message.attempts}:`, (error as Error).message);
        const delay = (callback?.retry_seconds ?? 10) * 2 ** (message.attempts - 1);
        message.retry({ delaySeconds: Math.min(delay, LONGEST_DELAY) });
      }
    }),
  );
}

async function deliver({ id, timestamp, ...data }: TagMessage, callback: Source["callback"]): Promise<void> {
  if (!callback) throw new Error(`the settings have no callback for ${data.source}`);
  const body = JSON.stringify({ type: "text.tagged", timestamp, data });
  const response = await fetch(callback.url, {
    method: "POST",
    headers: { "content-type": "application/json", ...signWebhook(callback.secretValue, id, body) },
    body,
    // An answer that leads elsewhere is a failure: the tags are for this address alone.
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the callback of ${data.source} answered ${response.status}`);
}
