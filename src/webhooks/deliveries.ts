// A Durable Object per delivery: the one place that knows whether it was seen before, wherever its repetitions arrive. KV is eventually
// consistent and the Cache API is per location, so neither could tell.
import { DurableObject } from "cloudflare:workers";

/** The first answer to a delivery, and whether it had been given before. */
export interface Remembered {
  readonly answer: string;
  readonly seen: boolean;
}

/** The part of the Durable Object namespace that is used. */
export interface DeliveriesNamespace {
  getByName(name: string): { once(compute: () => Promise<string>, milliseconds: number): Promise<Remembered> };
}

export class Deliveries extends DurableObject {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * The answer of the first call that succeeded. Calls run one after another: if one fails, or its Worker is stopped, the next computes.
   * `compute` runs in the caller.
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

  /** Deletes the answer once it has expired. */
  async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}
