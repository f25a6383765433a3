// Asks a large model over HTTP, within a budget, a time and a circuit breaker. A failure is a reason, never an exception: the caller has an answer
// of its own.
import * as v from "valibot";
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
      if (!response.ok) {
        await response.body?.cancel();
        return this.#fail(response.status === 429 ? "rate_limited" : "status", String(response.status), response);
      }
      const probabilities = readAnswer(this.#interface, await response.text(), questions);
      if (typeof probabilities === "string") return this.#fail("shape", probabilities);
      this.#gate.succeeded();
      return { probabilities };
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === "TimeoutError";
      return this.#fail(isLate ? "timeout" : "connection", error instanceof Error ? error.message : String(error));
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

  /** @param detail what the log says; neither states nor answers, which may repeat them, are ever part of it */
  #fail(failure: Failure, detail: string, response?: Response): UpstreamAnswer {
    const seconds = Number(response?.headers.get("retry-after"));
    this.#gate.failed(seconds > 0 ? seconds * 1000 : 0);
    console.error(`upstream: ${failure}: ${detail}`);
    return { failure };
  }
}

/** The probabilities, or what is wrong with the answer. */
function readAnswer(spoken: UpstreamInterface, text: string, questions: readonly Question[]): Probabilities | string {
  if (text.length > MOST_CHARACTERS) return `the answer has more than ${MOST_CHARACTERS} characters`;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return "the answer is not JSON";
  }
  try {
    return spoken.read(body, questions);
  } catch (error) {
    // A schema's message quotes the value.
    if (error instanceof v.ValiError) return `unexpected value at ${v.getDotPath(error.issues[0]) ?? "the top"}`;
    return (error as Error).message;
  }
}
