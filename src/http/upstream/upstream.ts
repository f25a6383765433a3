// Asks a large model over HTTP, within a budget, a time and a circuit breaker. A failure is a reason, never an exception: the caller has an answer
// of its own.
import type { Question } from "../../tasks/decide/question.ts";
import { Gate, type Refusal } from "./gate.ts";
import { type Probabilities, UPSTREAM_INTERFACES, type UpstreamInterface } from "./interfaces.ts";
import { interfaceOf, type UpstreamSettings } from "./settings.ts";

/** Why upstream did not answer: not asked, too late, its status, another shape, or no connection. */
export type Failure = Refusal | "timeout" | "rate_limited" | "status" | "shape" | "connection";

export type UpstreamAnswer = { readonly probabilities: Probabilities } | { readonly failure: Failure };

// Of 400 questions with 255 options each, there are some four million characters.
const MOST_CHARACTERS = 8_388_608;

/**
 * @example
 * const upstream = new Upstream(settings, env.UPSTREAM_KEY);
 * const { probabilities } = await upstream.ask("I was charged twice", questions);
 */
export class Upstream {
  readonly settings: UpstreamSettings;
  readonly #key: string | undefined;
  readonly #gate: Gate;
  readonly #interface: UpstreamInterface;

  /** @param key is sent as a bearer token */
  constructor(settings: UpstreamSettings, key: string | undefined) {
    this.settings = settings;
    this.#key = key;
    this.#gate = new Gate(settings.per_minute);
    this.#interface = UPSTREAM_INTERFACES[interfaceOf(settings)];
  }

  /** All questions in one request. */
  async ask(state: string, questions: readonly Question[]): Promise<UpstreamAnswer> {
    const refusal = this.#gate.refusal();
    if (refusal) return { failure: refusal };
    try {
      const response = await this.#send(this.#interface.body(this.settings.model, state, questions));
      const text = await response.text();
      if (!response.ok) return this.#fail(response.status === 429 ? "rate_limited" : "status", response);
      if (text.length > MOST_CHARACTERS) return this.#fail("shape");
      const probabilities = readAnswer(this.#interface, text, questions);
      if (!probabilities) return this.#fail("shape");
      this.#gate.succeeded();
      return { probabilities };
    } catch (error) {
      return this.#fail(error instanceof DOMException && error.name === "TimeoutError" ? "timeout" : "connection");
    }
  }

  #send(body: unknown): Promise<Response> {
    return fetch(this.settings.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.#key !== undefined && { authorization: `Bearer ${this.#key}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(this.settings.timeout_ms),
    });
  }

  /** States are never logged. */
  #fail(failure: Failure, response?: Response): UpstreamAnswer {
    const seconds = Number(response?.headers.get("retry-after"));
    this.#gate.failed(seconds > 0 ? seconds * 1000 : 0);
    console.error(`upstream: ${failure}${response ? ` ${response.status}` : ""}`);
    return { failure };
  }
}

function readAnswer(
  spoken: UpstreamInterface,
  text: string,
  questions: readonly Question[],
): Probabilities | undefined {
  try {
    return spoken.read(JSON.parse(text), questions);
  } catch {
    return undefined;
  }
}
