// Whether upstream may be asked: a budget of requests per minute, and a circuit breaker (Nygard, Release It!, 2007) that pauses after failures.

const MINUTE = 60_000;
/** Failures in a row after which upstream is left alone. */
const FAILURES = 5;
const SHORTEST_PAUSE = 5_000;
const LONGEST_PAUSE = 5 * MINUTE;

export type Refusal = "budget" | "paused";

/**
 * @example
 * const gate = new Gate(600);
 * if (gate.refusal() === undefined) await ask().then(() => gate.succeeded(), () => gate.failed());
 */
export class Gate {
  readonly #perMinute: number;
  /** Requests that may still begin, refilled as time goes on. */
  #budget: number;
  #refilled = Date.now();
  #failures = 0;
  #pausedUntil = 0;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#budget = perMinute;
  }

  /** Why upstream may not be asked now; undefined when it may, which is then counted. After a pause one request tries. */
  refusal(): Refusal | undefined {
    const now = Date.now();
    if (now < this.#pausedUntil) return "paused";
    this.#budget = Math.min(this.#perMinute, this.#budget + ((now - this.#refilled) / MINUTE) * this.#perMinute);
    this.#refilled = now;
    if (this.#budget < 1) return "budget";
    this.#budget--;
    if (this.#failures >= FAILURES) this.#pausedUntil = now + this.#pause();
    return undefined;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pausedUntil = 0;
  }

  /** @param retryAfter the milliseconds for which upstream asked to be left alone */
  failed(retryAfter = 0): void {
    this.#failures++;
    const pause = this.#failures >= FAILURES ? this.#pause() : 0;
    const longest = Math.min(LONGEST_PAUSE, Math.max(pause, retryAfter));
    this.#pausedUntil = Math.max(this.#pausedUntil, Date.now() + longest);
  }

  #pause(): number {
    return Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** Math.max(0, this.#failures - FAILURES));
  }
}
