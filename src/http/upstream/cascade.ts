// The cascade: the edge answers what it is certain of, and a large model the rest, all open questions of a state in one request.
import { BertletError } from "../../errors.ts";
import { readSetting } from "../../runtime/settings.ts";
import { decide } from "../../tasks/decide/decide.ts";
import type { Decision } from "../../tasks/decide/question.ts";
import type { RequestModel } from "../../tasks/request-model.ts";
import { upstreamSchema } from "./settings.ts";
import { type Failure, Upstream } from "./upstream.ts";

/** Answers the questions about a state: {@link decide}, or a cascade of it and a large model. */
export type Decider = typeof decide;

/** The routes of an app share one upstream, with its budget and its circuit breaker. */
const deciders = new WeakMap<object, Decider>();

/**
 * `decide`, with the large model behind it that the variable UPSTREAM and the secret UPSTREAM_KEY name.
 * @throws Error for a setting that is wrong
 * @example
 * const decider = deciderOf({ UPSTREAM: { url: "https://example.com/v1/systemone" } });
 */
export function deciderOf(env: Readonly<Record<string, unknown>>): Decider {
  const known = deciders.get(env);
  if (known) return known;
  const settings = readSetting("UPSTREAM", upstreamSchema, env);
  const { UPSTREAM_KEY: key } = env;
  if (key !== undefined && typeof key !== "string") throw new Error("UPSTREAM_KEY: expected a text");
  if (key !== undefined && !settings) throw new Error("UPSTREAM_KEY: there is no UPSTREAM that it is for");
  const decider = settings ? cascade(new Upstream(settings, key)) : decide;
  deciders.set(env, decider);
  return decider;
}

function cascade(upstream: Upstream): Decider {
  return async (model, state, questions) => {
    const own = await decide(model, state, questions);
    const open = own.flatMap((decision, index) => (isCertain(upstream, decision) ? [] : [index]));
    if (open.length === 0) return own;
    const answer = await upstream.ask(
      state,
      open.map((index) => questions[index]!),
    );
    if ("failure" in answer) return withoutUpstream(model, upstream, own, open, answer.failure);
    const answered = new Map(open.map((index, place) => [index, answer.probabilities[place]]));
    return own.map((decision, index) => {
      if (!answered.has(index)) return decision;
      const probabilities = answered.get(index);
      return probabilities ? { probabilities, source: "upstream" } : { ...decision, unconfirmed: "refusal" };
    });
  };
}

function isCertain({ settings: { at_least, questions } }: Upstream, { probabilities, source }: Decision): boolean {
  const name = /^taught:(.*)/.exec(source)?.[1];
  const wanted = (name !== undefined && Object.hasOwn(questions, name) ? questions[name] : undefined) ?? at_least;
  return Math.max(...probabilities) >= wanted;
}

/** The edge's own answers, marked; they are not cached. @throws BertletError `unavailable` where the settings say so */
function withoutUpstream(
  model: RequestModel,
  { settings: { otherwise } }: Upstream,
  own: readonly Decision[],
  open: readonly number[],
  failure: Failure,
): Decision[] {
  if (otherwise === "error") throw new BertletError("unavailable", `the upstream model did not answer: ${failure}`);
  model.usage.isProvisional = true;
  return own.map((decision, index) => (open.includes(index) ? { ...decision, unconfirmed: failure } : decision));
}
