// One thread as the pool sees it: started, asked for one run at a time, and gone at some time, of its own or because it is stopped.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { BertletError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import type { InferenceSession } from "../wasm/session.ts";
import { fromFailure, type RunMessage, type ThreadData, type ThreadMessage, toTensors } from "./messages.ts";

// The compiled package has the same file with another ending.
const MODULE = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

interface Waiting {
  resolve(outputs: Record<string, Tensor>): void;
  reject(error: Error): void;
}

export class Thread {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  #memory: InferenceSession["memory"] = { bytes: 0, maximum: 0 };
  /** What the thread ended by, if it threw. */
  #cause: unknown;
  #isGone = false;
  /** Resolves once the thread has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Resolves when the model is loaded. Rejects with what went wrong, or `unavailable` for a thread that ended before. */
  readonly ready: Promise<void>;

  constructor(data: ThreadData) {
    this.#worker = new Worker(MODULE, { workerData: data, name: "bertlet", ...inheritedFlags() });
    this.#worker.on("message", (message: ThreadMessage) => this.#receive(message));
    this.#worker.on("error", (error) => {
      this.#cause = error;
    });
    this.ended = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#isGone = true;
        this.#settle()?.reject(this.#endedError());
        resolve();
      });
    });
    this.ready = this.#answer().then(() => {});
  }

  /** Of the thread's session, after its last run. */
  get memory(): InferenceSession["memory"] {
    return this.#memory;
  }

  /** The number that names the thread in the process. */
  get id(): number {
    return this.#worker.threadId;
  }

  /**
   * Runs its session; not before the run before has ended.
   * @throws BertletError what the session throws, or `unavailable` if the thread ends before it has answered
   */
  async run(message: RunMessage): Promise<Record<string, Tensor>> {
    if (this.#isGone) throw this.#endedError();
    const answer = this.#answer();
    this.#worker.postMessage(message);
    return answer;
  }

  /** Stops at once; a run in progress rejects. Resolves when the thread is gone. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
    await this.ended;
  }

  /** A thread that nobody waits for does not keep the process alive. */
  #answer(): Promise<Record<string, Tensor>> {
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #settle(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#worker.unref();
    return waiting;
  }

  #receive(message: ThreadMessage): void {
    const waiting = this.#settle();
    if ("failure" in message) {
      waiting?.reject(fromFailure(message.failure));
      return;
    }
    this.#memory = message.memory;
    waiting?.resolve(toTensors(message.outputs));
  }

  #endedError(): BertletError {
    const reason = this.#cause instanceof Error ? `: ${this.#cause.message}` : "";
    return new BertletError("unavailable", `a thread of the pool ended${reason}`, { cause: this.#cause });
  }
}

/** A thread has its process's flags, but Node refuses a file to one with `--input-type`, the flag of a program that is not a file. */
function inheritedFlags(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith("--input-type")) ? { execArgv: [] } : {};
}
