// Delivers tags to callbacks: the messages in the queue, and its consumer. A message names its source; address and secret come from the
// settings only. What cannot be delivered is retried with growing delays and in the end left to the dead-letter queue (replay.ts).
import * as v from "valibot";
import { strictObject } from "../schemas.ts";
import type { Source, Sources } from "./settings.ts";
import { signWebhook } from "./signatures.ts";

export const messageSchema = strictObject({
  /** The same for every attempt, so that the receiver can recognise a repetition. */
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

/** Tags that are to be delivered. */
export type TagMessage = v.InferInput<typeof messageSchema>;

/** The part of a queue binding that is used. */
export interface TagQueue {
  send(message: TagMessage): Promise<unknown>;
}

/** The part of a consumer's batch that is used. */
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

type Callback = NonNullable<Source["callback"]>;

// Queues accept a day at most; half of it leaves room.
const LONGEST_DELAY_SECONDS = 43_200;

/**
 * The consumer. Each message is acknowledged or retried by itself, as soon as it is known which. A batch ends only with its slowest message,
 * so a receiver that did not answer in time is left alone for a while: its messages are retried later, and hold up no other receiver's.
 */
export class TagDeliverer {
  readonly #sources: Sources;
  /** By a callback's address, until when it is left alone, in milliseconds since 1970. */
  readonly #silentUntil = new Map<string, number>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  async deliver({ messages }: TagBatch): Promise<void> {
    await Promise.all(messages.map((message) => this.#deliverOne(message)));
  }

  async #deliverOne(message: QueuedMessage): Promise<void> {
    const { callback } = this.#sources.get((message.body as TagMessage | undefined)?.source ?? "") ?? {};
    try {
      const tags = v.parse(messageSchema, message.body);
      if (!callback) throw new Error(`the settings have no callback for ${tags.source}`);
      await this.#post(tags, callback);
      message.ack();
    } catch (error) {
      console.error(`tags could not be delivered, attempt ${message.attempts}:`, (error as Error).message);
      const delay = (callback?.retry_seconds ?? 10) * 2 ** (message.attempts - 1);
      message.retry({ delaySeconds: Math.min(delay, LONGEST_DELAY_SECONDS) });
    }
  }

  async #post(tags: TagMessage, callback: Callback): Promise<void> {
    if (Date.now() < (this.#silentUntil.get(callback.url) ?? 0))
      throw new Error(`the callback of ${tags.source} did not answer a moment ago`);
    try {
      await post(tags, callback);
      this.#silentUntil.delete(callback.url);
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError")
        this.#silentUntil.set(callback.url, Date.now() + 1000 * callback.timeout_seconds);
      throw error;
    }
  }
}

async function post({ id, timestamp, ...data }: TagMessage, callback: Callback): Promise<void> {
  const body = JSON.stringify({ type: "text.tagged", timestamp, data });
  const response = await fetch(callback.url, {
    method: "POST",
    headers: { "content-type": "application/json", ...signWebhook(callback.secretValue, id, body) },
    body,
    // A redirect is a failure: the tags are for this address only.
    redirect: "manual",
    signal: AbortSignal.timeout(1000 * callback.timeout_seconds),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the callback of ${data.source} answered ${response.status}`);
}
