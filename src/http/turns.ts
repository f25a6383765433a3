// One computation after another, in the order of arrival, with a pause between: a Worker reads its sockets only while nothing is computed, and
// what it has not read it can neither count nor refuse. How many may wait is the guards' business.
import { waitUntil } from "#runtime";
import { RequestError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

// How often those that wait look after themselves. A turn is too short for two looks, so what has it both times was stopped without a word.
const LOOK_MILLISECONDS = 500;

interface Ticket {
  /** Tells the request that its turn has come. */
  begin(): void;
}

export class Turns {
  /** In the order of arrival; the first has its turn. */
  readonly #line = new Set<Ticket>();
  readonly #patience: number;

  /** @param patience seconds that a request waits at most */
  constructor(patience: number = LIMITS.waiting_seconds) {
    this.#patience = 1000 * patience;
  }

  /**
   * Computes when its turn has come. Nothing in it should wait for the outside.
   * @throws RequestError `overloaded` when that takes too long
   */
  async take<T>(compute: () => Promise<T>): Promise<T> {
    const ticket: Ticket = { begin: () => {} };
    this.#line.add(ticket);
    try {
      if (this.#first !== ticket) await this.#wait(ticket);
      return await compute();
    } finally {
      // The answer need not wait for the pause, which belongs to whoever comes next.
      waitUntil(pause().then(() => this.#leave(ticket)));
    }
  }

  get #first(): Ticket | undefined {
    return this.#line.values().next().value;
  }

  #leave(ticket: Ticket): void {
    const first = this.#first === ticket;
    this.#line.delete(ticket);
    if (first) this.#first?.begin();
  }

  /**
   * Each request waits for a promise of its own, which the one before it resolves; Workers hand that on to the right request, and drop it
   * when there is none any more. Its own timer sees to the rest, and shows the runtime that it does not hang.
   */
  #wait(ticket: Ticket): Promise<void> {
    const since = Date.now();
    let seen: Ticket | undefined;
    let looking: ReturnType<typeof setInterval> | undefined;
    const turn = new Promise<void>((resolve, reject) => {
      ticket.begin = resolve;
      looking = setInterval(() => {
        const first = this.#first;
        if (first === ticket) return resolve();
        if (Date.now() - since > this.#patience) return reject(tooLong());
        if (first && first === seen) this.#leave(first);
        seen = first;
      }, LOOK_MILLISECONDS);
    });
    return turn.finally(() => clearInterval(looking));
  }
}

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}

function tooLong(): RequestError {
  return new RequestError("overloaded", "too much was asked for before this");
}

/** Those of the isolate. */
export const turns = new Turns();
