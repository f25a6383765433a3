// A Durable Object for each delivery: the one place that knows whether it was seen before, wherever its repetitions come in. Strongly
// consistent and one at a time, which neither KV (a minute behind) nor the Cache API (a cache in every place) can be.
import { DurableObject } from "cloudflare:workers";

/** What `once` gives: the first answer, and whether it was there before. */
export interface Remembered {
  readonly answer: string;
  readonly seen: boolean;
}

/** What a Worker sees of the namespace. */
export interface DeliveriesNamespace {
  getByName(name: string): { once(compute: () => Promise<string>, milliseconds: number): Promise<Remembered> };
}

export class Deliveries extends DurableObject {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * The answer of the first call that succeeded. Calls wait for each other; one that fails, or whose Worker goes away, leaves the next to
   * compute. `compute` runs in the caller.
   */
  once(compute: () => Promise<string>, milliseconds: number): Promise<Remembered> {
    const turn = this.#last.then(() => this.#answer(compute, milliseconds));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #answer(compute: () => Promise<string>, milliseconds: number): Promise<Remembered> {
    const known = await this.ctx.storage.get("answer");
    if (typeof known === "string") return { answer: known, seen: true };
    const answer = await compute();
    await this.ctx.storage.put("answer", answer);
    await this.ctx.storage.setAlarm(Date.now() + milliseconds);
    return { answer, seen: false };
  }

  /** Forgets the delivery. */
  async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}
