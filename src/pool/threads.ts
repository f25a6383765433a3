// Threads with the same model: whoever asks gets the next that is free, and one that ends is replaced.
import { BertletError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import type { InferenceSession } from "../wasm/session.ts";
import type { RunMessage, ThreadData } from "./messages.ts";
import { Thread } from "./thread.ts";

interface Waiting {
  resolve(thread: Thread): void;
  reject(error: unknown): void;
}

export class Threads {
  readonly #data: ThreadData;
  /** How many there are to be. */
  readonly count: number;
  /** Those that have begun and not ended. */
  readonly #all = new Set<Thread>();
  readonly #idle: Thread[] = [];
  readonly #waiting: Waiting[] = [];
  #isReleased = false;

  private constructor(data: ThreadData, count: number) {
    this.#data = data;
    this.count = count;
  }

  /** Resolves when every thread has loaded the model. @throws BertletError what the first that could not says */
  static async start(data: ThreadData, count: number): Promise<Threads> {
    const threads = new Threads(data, count);
    const started = await Promise.allSettled(Array.from({ length: count }, () => threads.#start()));
    const failed = started.find(({ status }) => status === "rejected");
    if (!failed) return threads;
    await threads.release();
    throw (failed as PromiseRejectedResult).reason;
  }

  /** The process's numbers of the threads that are there. */
  get ids(): readonly number[] {
    return Array.from(this.#all, ({ id }) => id);
  }

  /** Of all threads together. */
  get memory(): InferenceSession["memory"] {
    const [bytes, maximum] = (["bytes", "maximum"] as const).map((name) =>
      Array.from(this.#all, ({ memory }) => memory[name]).reduce((sum, value) => sum + value, 0),
    ) as [number, number];
    return { bytes, maximum };
  }

  /**
   * Runs on the next free thread, in the order in which runs are asked for.
   * @throws BertletError what the session throws; `unavailable` if the thread ends before it has answered; `invalid_input` after release
   */
  async run(message: RunMessage): Promise<Record<string, Tensor>> {
    const thread = await this.#take();
    try {
      return await thread.run(message);
    } catch (error) {
      throw this.#isReleased ? releasedError() : error;
    } finally {
      this.#offer(thread);
    }
  }

  /** Stops all; runs in progress and runs that wait reject. Resolves when the threads are gone. */
  async release(): Promise<void> {
    this.#isReleased = true;
    for (const { reject } of this.#waiting.splice(0)) reject(releasedError());
    await Promise.all(Array.from(this.#all, (thread) => thread.stop()));
  }

  async #take(): Promise<Thread> {
    if (this.#isReleased) throw releasedError();
    const idle = this.#idle.shift();
    if (idle) return idle;
    const free = new Promise<Thread>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    for (let missing = this.count - this.#all.size; missing > 0; missing--) this.#replace();
    return free;
  }

  /** Hands a free thread to who waits longest. */
  #offer(thread: Thread): void {
    if (!this.#all.has(thread)) return;
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve(thread);
    else this.#idle.push(thread);
  }

  /** Starts a thread, which is offered when it is ready. */
  async #start(): Promise<void> {
    const thread = new Thread(this.#data);
    this.#all.add(thread);
    let isReady = false;
    thread.ended.then(() => {
      this.#forget(thread);
      // One that cannot even load the model is tried again when the next run asks for it.
      if (isReady && !this.#isReleased) this.#replace();
    });
    try {
      await thread.ready;
      isReady = true;
    } catch (error) {
      this.#forget(thread);
      await thread.stop();
      throw error;
    }
    this.#offer(thread);
  }

  #replace(): void {
    this.#start().catch((error: unknown) => {
      if (this.#all.size === 0) for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  #forget(thread: Thread): void {
    this.#all.delete(thread);
    const index = this.#idle.indexOf(thread);
    if (index >= 0) this.#idle.splice(index, 1);
  }
}

function releasedError(): BertletError {
  return new BertletError("invalid_input", "the session was released");
}
