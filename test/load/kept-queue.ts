// A queue that outlives the Worker, as Cloudflare's does and Miniflare's, which is a list in the killed process, does not: a message is kept
// until its consumer has acknowledged it, and handed out again until then.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Dispatched {
  readonly id: string;
  readonly attempts: number;
  readonly body: unknown;
}

/** What the platform is told of a batch. */
export interface Outcome {
  readonly outcome: string;
  readonly explicitAcks: readonly string[];
}

const BATCH = 10;
const PAUSE_MILLISECONDS = 50;

export class KeptQueue {
  /** Messages that were ever kept. */
  kept = 0;
  readonly #waiting = new Map<string, Dispatched>();
  #running = true;
  readonly #server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const id = String(this.kept++);
    this.#waiting.set(id, { id, attempts: 1, body: JSON.parse(Buffer.concat(pieces).toString()) });
    response.end();
  });

  /** @param consumer the address of queue-worker.ts, which changes with the process */
  static async start(consumer: () => URL): Promise<KeptQueue> {
    const queue = new KeptQueue();
    queue.#server.listen(0, "127.0.0.1");
    await once(queue.#server, "listening");
    void queue.#deliver(consumer);
    return queue;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  close(): void {
    this.#running = false;
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #deliver(consumer: () => URL): Promise<void> {
    while (this.#running) {
      const batch = [...this.#waiting.values()].slice(0, BATCH);
      if (batch.length > 0) await this.#dispatch(consumer(), batch).catch(() => {});
      // What was not acknowledged goes behind the others.
      for (const message of batch) {
        if (this.#waiting.delete(message.id))
          this.#waiting.set(message.id, { ...message, attempts: message.attempts + 1 });
      }
      await new Promise((done) => setTimeout(done, PAUSE_MILLISECONDS));
    }
  }

  async #dispatch(consumer: URL, batch: readonly Dispatched[]): Promise<void> {
    const response = await fetch(consumer, { method: "POST", body: JSON.stringify(batch) });
    const { explicitAcks } = (await response.json()) as Outcome;
    for (const id of explicitAcks) this.#waiting.delete(id);
  }
}
