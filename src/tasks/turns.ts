// Turns on the isolate's one thread. A run of the model is cut into groups of rows, and each group is a turn: requests take turns, so that a
// small one does not wait for the end of a large one. Between two turns there is a pause, because a Worker reads its sockets only while nothing
// computes, and can neither count nor refuse what it has not read. How many may wait is the guard's business.
import { waitUntil } from "#runtime";
import { BertletError } from "../errors.ts";
import { LIMITS } from "./limits.ts";

// Interval at which waiters look at who has the turn. A turn is much shorter, so whoever has the same one at two looks in a row belongs to a
// cancelled request.
const POLL_MILLISECONDS = 500;

/** What a computation has while its turn lasts. */
export interface Turn {
  /** Ends the turn and waits for the next one. @throws BertletError `cancelled` if nobody waits for the result any more */
  next(): Promise<void>;
}

export interface TurnOptions {
  /** Aborted when nobody waits for the result any more. */
  readonly signal?: AbortSignal | undefined;
}

interface WaitOptions extends TurnOptions {
  /** Milliseconds; no limit when left out. */
  readonly timeout?: number;
}

interface Waiter {
  /** Turns that it has had. */
  turns: number;
  /** Starts its next turn. */
  begin(): void;
}

export class TurnQueue {
  /** Who has the turn, or had it until the pause that is going on. */
  #holder: Waiter | undefined;
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Waiter>();
  readonly #timeout: number;
  #longestWaitingNext = false;

  /** @param seconds how long a computation waits for its first turn at most */
  constructor(seconds: number = LIMITS.waiting_seconds) {
    this.#timeout = 1000 * seconds;
  }

  /**
   * Runs `compute` when its turn comes. It should not wait for anything but the processor and its next turns.
   * @throws BertletError `overloaded` when its first turn does not come in time, or `cancelled`
   */
  async run<T>(compute: (turn: Turn) => Promise<T>, { signal }: TurnOptions = {}): Promise<T> {
    const waiter: Waiter = { turns: 0, begin: () => {} };
    if (this.#holder) await this.#wait(waiter, { timeout: this.#timeout, signal });
    else this.#give(waiter);
    const next = async (): Promise<void> => {
      await pause();
      throwIfAborted(signal);
      if (this.#waiting.size === 0) return;
      const turn = this.#wait(waiter, { signal });
      this.#pass(waiter);
      await turn;
    };
    try {
      throwIfAborted(signal);
      return await compute({ next });
    } finally {
      // The result does not wait for the pause.
      waitUntil(pause().then(() => this.#pass(waiter)));
    }
  }

  #give(waiter: Waiter): void {
    this.#waiting.delete(waiter);
    this.#holder = waiter;
    waiter.turns++;
    waiter.begin();
  }

  /** Gives the holder's turn to another, if it still has it. */
  #pass(holder: Waiter): void {
    if (this.#holder !== holder) return;
    this.#holder = undefined;
    const next = this.#choose();
    if (next) this.#give(next);
  }

  /**
   * By turns, the one that has had the fewest turns, so that small requests pass large ones; and the one that has waited longest, so that
   * large ones go on however many small ones come.
   */
  #choose(): Waiter | undefined {
    this.#longestWaitingNext = !this.#longestWaitingNext;
    let chosen: Waiter | undefined;
    for (const waiter of this.#waiting) {
      if (!chosen || waiter.turns < chosen.turns) chosen = waiter;
      if (this.#longestWaitingNext) break;
    }
    return chosen;
  }

  /**
   * workerd resumes each promise in the I/O context of its own request and drops it if that request is gone. The interval keeps the
   * context alive and detects cancelled predecessors.
   */
  #wait(waiter: Waiter, { timeout = Number.POSITIVE_INFINITY, signal }: WaitOptions): Promise<void> {
    const since = Date.now();
    this.#waiting.add(waiter);
    let previous: Waiter | undefined;
    let previousTurns = 0;
    let interval: ReturnType<typeof setInterval> | undefined;
    let giveUp = () => {};
    const turn = new Promise<void>((resolve, reject) => {
      waiter.begin = resolve;
      giveUp = () => {
        if (this.#waiting.delete(waiter)) reject(cancelled());
      };
      signal?.addEventListener("abort", giveUp);
      interval = setInterval(() => {
        const holder = this.#holder;
        if (holder === waiter) return resolve();
        if (Date.now() - since > timeout) {
          this.#waiting.delete(waiter);
          return reject(waitedTooLong());
        }
        if (!holder) return this.#give(this.#choose()!);
        if (holder === previous && holder.turns === previousTurns) this.#pass(holder);
        previous = this.#holder;
        previousTurns = previous?.turns ?? 0;
      }, POLL_MILLISECONDS);
    });
    return turn.finally(() => {
      clearInterval(interval);
      signal?.removeEventListener("abort", giveUp);
    });
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** @throws BertletError `cancelled` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

function cancelled(): BertletError {
  return new BertletError("cancelled", "the client closed the connection before the answer");
}

function waitedTooLong(): BertletError {
  return new BertletError("overloaded", "too many requests are waiting for the model");
}
