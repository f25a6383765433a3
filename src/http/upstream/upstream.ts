// Asks a large model, within a budget, a time and a circuit breaker. A failure is a reason, never an exception: the caller has an answer of its own.
import * as v from "valibot";
import type { Question } from "../../tasks/decide/question.ts";
import { Gate } from "./gate.ts";
import { type Probabilities, UPSTREAM_INTERFACES, type UpstreamInterface } from "./interfaces.ts";
import { interfaceOf, type UpstreamSettings } from "./settings.ts";
import { type Failure, NoAnswer, type Transport } from "./transports.ts";

export type UpstreamAnswer = { readonly probabilities: Probabilities } | { readonly failure: Failure };

/**
 * @example
 * const upstream = new Upstream(settings, overHttp(settings.url, env.UPSTREAM_KEY));
 * const { probabilities } = await upstream.ask("I was charged twice", questions);
 */
export class Upstream {
  readonly settings: UpstreamSettings;
  readonly #send: Transport;
  readonly #gate: Gate;
  readonly #interface: UpstreamInterface;

  constructor(settings: UpstreamSettings, send: Transport) {
    this.settings = settings;
    this.#send = send;
    this.#gate = new Gate(settings.per_minute);
    this.#interface = UPSTREAM_INTERFACES[interfaceOf(settings)];
  }

  /** All questions in one request. */
  async ask(state: string, questions: readonly Question[]): Promise<UpstreamAnswer> {
    const refusal = this.#gate.refusal();
    if (refusal) return { failure: refusal };
    const { model, timeout_ms } = this.settings;
    try {
      const answer = await this.#send(this.#interface.body(model, state, questions), AbortSignal.timeout(timeout_ms));
      const probabilities = readAnswer(this.#interface, answer, questions);
      this.#gate.succeeded();
      return { probabilities };
    } catch (error) {
      const { failure, message, retryAfter } = toNoAnswer(error);
      this.#gate.failed(retryAfter);
      console.error(`upstream: ${failure}: ${message}`);
      return { failure };
    }
  }
}

function toNoAnswer(error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  return new NoAnswer(isLate ? "timeout" : "connection", error instanceof Error ? error.message : String(error));
}

/** @throws NoAnswer that says what is wrong with the answer */
function readAnswer(spoken: UpstreamInterface, answer: unknown, questions: readonly Question[]): Probabilities {
  try {
    return spoken.read(answer, questions);
  } catch (error) {
    // A schema's message quotes the value.
    if (error instanceof v.ValiError)
      throw new NoAnswer("shape", `unexpected value at ${v.getDotPath(error.issues[0]) ?? "the top"}`);
    throw new NoAnswer("shape", (error as Error).message);
  }
}
