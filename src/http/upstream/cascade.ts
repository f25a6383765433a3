// The cascade: the edge answers what it is certain of, and a large model the rest, all open questions of a state in one request.
import { BertletError } from "../../errors.ts";
import type { Decider } from "../../tasks/decide/decide.ts";
import type { Decision } from "../../tasks/decide/question.ts";
import type { RequestModel } from "../../tasks/request-model.ts";
import type { Failure, Upstream } from "./upstream.ts";

/**
 * The decider with `upstream` behind it.
 * @example
 * const decider = cascade(decide, new Upstream(settings, key));
 */
export function cascade(decider: Decider, upstream: Upstream): Decider {
  return async (model, state, questions) => {
    const own = await decider(model, state, questions);
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

function isCertain({ settings }: Upstream, { probabilities, source }: Decision): boolean {
  const { at_least, questions, zero_shot } = settings;
  if (source === "zero-shot" && !zero_shot) return false;
  const name = /^taught:(.*)/.exec(source)?.[1] ?? "";
  return Math.max(...probabilities) >= (questions.get(name) ?? at_least);
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
