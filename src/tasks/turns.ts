// A mutex for the isolate's one thread: runs of the model take turns in order of arrival, with a pause between them. A Worker reads its
// sockets only while nothing computes, and can neither count nor refuse what it has not read. How many may wait is the guard's business.
import { waitUntil } from "#runtime";
import { BertletError } from "../errors.ts";
import { LIMITS } from "./limits.ts";

// Interval at which waiters look at the head of the queue. A run is much shorter, so a waiter that heads the queue at two looks in a row
// belongs to a cancelled request.
const POLL_MILLISECONDS = 500;

interface Waiter {
  /** Starts the waiter's turn. */
  begin(): void;
}

export class TurnQueue {
  /** In order of arrival; the first one has its turn. */
  readonly #waiters = new Set<Waiter>();
  readonly #timeout: number;

  /** @param seconds how long a run waits at most */
  constructor(seconds: number = LIMITS.waiting_seconds) {
    this.#timeout = 1000 * seconds;
  }

  /**
   * Runs `compute` when its turn comes. It should not wait for anything but the processor.
   * @throws BertletError `overloaded` when its turn does not come in time
   */
  async run<T>(compute: () => Promise<T>): Promise<T> {
    const waiter: Waiter = { begin: () => {} };
    this.#waiters.add(waiter);
    try {
      if (this.#first !== waiter) await this.#wait(waiter);
      return await compute();
    } finally {
      // The result does not wait for the pause.
      waitUntil(pause().then(() => this.#remove(waiter)));
    }
  }

  get #first(): Waiter | undefined {
    return this.#waiters.values().next().value;
  }

  #remove(waiter: Waiter): void {
    const wasFirst = this.#first === waiter;
    this.#waiters.delete(waiter);
    if (wasFirst) this.#first?.begin();
  }

  /**
   * workerd resumes each promise in the I/O context of its own request and drops it if that request is gone. The interval keeps the
   * context alive and detects cancelled predecessors.
   */
  #wait(waiter: Waiter): Promise<void> {
    const since = Date.now();
    let previous: Waiter | undefined;
    let interval: ReturnType<typeof setInterval> | undefined;
    const turn = new Promise<void>((resolve, reject) => {
      waiter.begin = resolve;
      interval = setInterval(() => {
        const first = this.#first;
        if (first === waiter) return resolve();
        if (Date.now() - since > this.#timeout) return reject(waitedTooLong());
        if (first && first === previous) this.#remove(first);
        previous = first;
      }, POLL_MILLISECONDS);
    });
    return turn.finally(() => clearInterval(interval));
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function waitedTooLong(): BertletError {
  return new BertletError("overloaded", "too many requests are waiting for the model");
}
