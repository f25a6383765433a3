// The cascade: the edge answers what it is certain of, and a large model the rest, all open questions of a state in one request.
import { waitUntil } from "#runtime";
import { BertletError } from "../../errors.ts";
import { argmax } from "../../heads/scores.ts";
import type { Learning } from "../../models/learning.ts";
import type { Decider } from "../../tasks/decide/decide.ts";
import { type Decision, type Question, questionKey, taughtLabel } from "../../tasks/decide/question.ts";
import type { RequestModel } from "../../tasks/request-model.ts";
import type { Failure } from "./transports.ts";
import type { Upstream, UpstreamAnswer } from "./upstream.ts";

/**
 * The decider with `upstream` behind it.
 * @example
 * const decider = cascade(decide, new Upstream(settings, overHttp(settings.url, key)));
 */
export function cascade(decider: Decider, upstream: Upstream): Decider {
  return async (model, state, questions) => {
    const own = await decider(model, state, questions);
    const decided = own.map((decision, index): Decided => {
      const question = questions[index]!;
      // A question whose request names a head is not the taught one.
      const learning = question.head ? undefined : model.questions?.get(questionKey(question))?.learning;
      return { question, decision, learning, isCertain: isCertain(upstream, decision, learning) };
    });
    const open = decided.filter(({ isCertain }) => !isCertain);
    const compared = decided.filter(({ isCertain, learning }) => isCertain && Math.random() < (learning?.shadow ?? 0));
    for (const { isCertain, learning } of decided) if (isCertain) learning?.answered();
    const asking = askAndLearn(upstream, state, [...open, ...compared]);
    if (open.length === 0) {
      waitUntil(asking);
      return own;
    }
    const answer = await asking;
    if ("failure" in answer) return withoutUpstream(model, upstream, decided, answer.failure);
    return decided.map(({ decision, isCertain }, index) => {
      if (isCertain) return decision;
      const probabilities = answer.probabilities[open.indexOf(decided[index]!)];
      return probabilities ? { probabilities, source: "upstream" } : { ...decision, unconfirmed: "refusal" };
    });
  };
}

/** A question with what the edge decided. */
interface Decided {
  readonly question: Question;
  readonly decision: Decision;
  readonly learning: Learning | undefined;
  readonly isCertain: boolean;
}

function isCertain(
  { settings }: Upstream,
  { probabilities, source }: Decision,
  learning: Learning | undefined,
): boolean {
  const { at_least, questions, zero_shot } = settings;
  if (learning?.atLeast === null || (source === "zero-shot" && !zero_shot)) return false;
  const name = /^taught:(.*)/.exec(source)?.[1] ?? "";
  return Math.max(...probabilities) >= (questions.get(name) ?? learning?.atLeast ?? at_least);
}

/** Asks all questions in one request; the answers are told to those that learn. */
async function askAndLearn(upstream: Upstream, state: string, asked: readonly Decided[]): Promise<UpstreamAnswer> {
  if (asked.length === 0) return { probabilities: [] };
  const began = performance.now();
  const answer = await upstream.ask(
    state,
    asked.map(({ question }) => question),
  );
  if ("failure" in answer) return answer;
  const milliseconds = performance.now() - began;
  for (const [index, decided] of asked.entries()) {
    const probabilities = answer.probabilities[index];
    if (probabilities) decided.learning?.learned({ text: state, milliseconds, ...learnedFrom(decided, probabilities) });
  }
  return answer;
}

function learnedFrom({ question, decision, learning, isCertain }: Decided, probabilities: readonly number[]) {
  const labels = question.options.map((option) => taughtLabel(question, option));
  const version = decision.source.startsWith("taught:") ? learning!.version : undefined;
  return {
    probabilities: labels.map((label, index) => [label, probabilities[index]!] as const),
    compared: isCertain ? { version, label: labels[argmax(decision.probabilities)]! } : undefined,
    share: isCertain ? learning!.shadow : 1,
  };
}

/** The edge's own answers, marked; they are not cached. @throws BertletError `unavailable` where the settings say so */
function withoutUpstream(
  model: RequestModel,
  { settings: { otherwise } }: Upstream,
  decided: readonly Decided[],
  failure: Failure,
): Decision[] {
  if (otherwise === "error") throw new BertletError("unavailable", `the upstream model did not answer: ${failure}`);
  model.usage.isProvisional = true;
  return decided.map(({ decision, isCertain }) => (isCertain ? decision : { ...decision, unconfirmed: failure }));
}
