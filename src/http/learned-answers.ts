// What a Worker tells the object that teaches (src/teaching/) of questions that learn: how often the edge answered, and what the large model did.
// It is sent in batches, after the requests have been answered.
import { waitUntil } from "#runtime";
import type { LargeModelAnswer } from "../models/learning.ts";

/** What happened to a question since the last batch. */
export interface LearnedBatch {
  readonly head: string;
  /** How often the edge answered by itself. */
  readonly answered: number;
  readonly answers: readonly LargeModelAnswer[];
}

// A batch is sent when it has so many answers, or is so old.
const MOST_ANSWERS = 32;
const SEND_MILLISECONDS = 1000;
// A timer belongs to a request, and ends with it if its client goes away.
const LOST_MILLISECONDS = 5000;

/** Collects what happens to questions that learn. */
export class LearnedAnswers {
  readonly #send: (batches: readonly LearnedBatch[]) => Promise<void>;
  #collected = new Map<string, { answered: number; answers: LargeModelAnswer[] }>();
  #timerSet = 0;

  constructor(send: (batches: readonly LearnedBatch[]) => Promise<void>) {
    this.#send = send;
  }

  answered(head: string): void {
    this.#of(head).answered++;
  }

  learned(head: string, answer: LargeModelAnswer): void {
    const { answers } = this.#of(head);
    answers.push(answer);
    if (answers.length >= MOST_ANSWERS) waitUntil(this.#flush());
  }

  #of(head: string) {
    const known = this.#collected.get(head) ?? { answered: 0, answers: [] };
    this.#collected.set(head, known);
    if (Date.now() - this.#timerSet > LOST_MILLISECONDS) {
      this.#timerSet = Date.now();
      const due = new Promise((resolve) => setTimeout(resolve, SEND_MILLISECONDS));
      waitUntil(due.then(() => this.#flush()));
    }
    return known;
  }

  async #flush(): Promise<void> {
    const batches = Array.from(this.#collected, ([head, rest]) => ({ head, ...rest }));
    this.#collected = new Map();
    this.#timerSet = 0;
    if (batches.length === 0) return;
    await this.#send(batches).catch((cause) => console.error("learned answers:", cause));
  }
}
