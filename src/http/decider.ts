// How a deployment decides: by `decide`, by the heads that the variable DECISIONS names for some questions, and with the large model behind that UPSTREAM
// names.
import * as v from "valibot";
import { readSetting } from "../runtime/settings.ts";
import { strictObject } from "../schemas.ts";
import { type Decider, decide } from "../tasks/decide/decide.ts";
import { type HeadChoice, labelOf, type Question, questionKey, taughtLabel } from "../tasks/decide/question.ts";
import { exactQuestionSchema, toQuestion } from "./compat/system-one-question.ts";
import type { RouteGroup } from "./routes.ts";
import { cascade } from "./upstream/cascade.ts";
import { type UpstreamSettings, upstreamSchema } from "./upstream/settings.ts";
import { byWorkersAi, overHttp, type Transport, type WorkersAi } from "./upstream/transports.ts";
import { Upstream } from "./upstream/upstream.ts";

const decisionsSchema = strictObject({
  /** Questions in System One's form, each with `x_head` and, where its labels have other names than the options, `x_labels`. */
  questions: v.array(
    v.pipe(
      exactQuestionSchema,
      v.check(({ x_head }) => x_head !== undefined, "expected x_head, the head that answers"),
    ),
  ),
});

/** A group of routes that decide, by `decide` alone until a deployment's variables are known. */
export function decidingGroup(groupOf: (decider: Decider) => RouteGroup): RouteGroup {
  return { ...groupOf(decide), configure: (env) => groupOf(deciderOf(env)) };
}

/** The routes of an app share one decider, with its budget and its circuit breaker. */
const deciders = new WeakMap<object, Decider>();

/**
 * The decider of a deployment, by its variables DECISIONS and UPSTREAM and its secret UPSTREAM_KEY.
 * @throws Error for a setting that is wrong
 * @example
 * const decider = deciderOf({ UPSTREAM: { url: "https://example.com/v1/systemone" } });
 */
export function deciderOf(env: Readonly<Record<string, unknown>>): Decider {
  const known = deciders.get(env);
  if (known) return known;
  const upstream = readUpstream(env);
  const own = byHeads(readHeads(env));
  const decider = upstream ? cascade(own, upstream) : own;
  deciders.set(env, decider);
  return decider;
}

/** @throws Error for a setting that is wrong, or a key that is for nothing */
function readUpstream(env: Readonly<Record<string, unknown>>): Upstream | undefined {
  const settings = readSetting("UPSTREAM", upstreamSchema, env);
  const { UPSTREAM_KEY: key } = env;
  if (key !== undefined && typeof key !== "string") throw new Error("UPSTREAM_KEY: expected a text");
  if (key !== undefined && !settings) throw new Error("UPSTREAM_KEY: there is no UPSTREAM that it is for");
  return settings && new Upstream(settings, transportOf(settings, key, env));
}

/** @throws Error for a binding that is not Workers AI, or a key beside it, which has no use for one */
function transportOf(
  { url, binding, model }: UpstreamSettings,
  key: string | undefined,
  env: Readonly<Record<string, unknown>>,
): Transport {
  if (url !== undefined) return overHttp(url, key);
  if (key !== undefined) throw new Error("UPSTREAM_KEY: a binding takes no key");
  const ai = env[binding!] as WorkersAi | undefined;
  if (typeof ai?.run !== "function") throw new Error(`UPSTREAM.binding: there is no Workers AI binding ${binding}`);
  return byWorkersAi(ai, model);
}

/** The head of each configured question, by the question's key; its labels by the option's label in `taughtLabel`. */
function readHeads(env: Readonly<Record<string, unknown>>): ReadonlyMap<string, HeadChoice> {
  const { questions = [] } = readSetting("DECISIONS", decisionsSchema, env) ?? {};
  const heads = new Map<string, HeadChoice>();
  for (const [index, asked] of questions.entries()) {
    const question = toQuestion(asked);
    const key = questionKey(question);
    if (heads.has(key)) throw new Error(`DECISIONS.questions.${index}: the question is there twice`);
    const head = question.head!;
    const labels = question.options.map((option) => [taughtLabel(question, option), labelOf(head, option)] as const);
    heads.set(key, { name: head.name, labels: new Map(labels) });
  }
  return heads;
}

/** Asks the configured head, unless the request names one itself. */
function byHeads(heads: ReadonlyMap<string, HeadChoice>): Decider {
  if (heads.size === 0) return decide;
  const withHead = (question: Question): Question => {
    const head = question.head ? undefined : heads.get(questionKey(question));
    if (!head) return question;
    const labels = question.options.map(
      (option) => [option.name, head.labels.get(taughtLabel(question, option))!] as const,
    );
    return { ...question, head: { name: head.name, labels: new Map(labels) } };
  };
  return (model, state, questions) => decide(model, state, questions.map(withHead));
}
