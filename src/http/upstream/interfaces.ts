// The two interfaces of typed decisions as a client speaks them: questions to a request's body, and an answer's body to probabilities.
import * as v from "valibot";
import { mapOf } from "../../schemas.ts";
import type { Question } from "../../tasks/decide/question.ts";

/** By option, one row per question; undefined for a question that upstream declined to answer. */
export type Probabilities = readonly (readonly number[] | undefined)[];

export interface UpstreamInterface {
  body(model: string, state: string, questions: readonly Question[]): unknown;
  /** @throws v.ValiError, or Error, for a body of another shape */
  read(body: unknown, questions: readonly Question[]): Probabilities;
}

const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
// Rounded to four digits, as some servers do, 255 options may be off by this much together.
const ROUNDING = 0.02;

const systemOne: UpstreamInterface = {
  body: (model, state, questions) => ({
    model,
    state,
    questions: Object.fromEntries(questions.map((question, index) => [`q${index}`, toSystemOne(question)])),
  }),
  read(body, questions) {
    const { answers } = v.parse(systemOneAnswer, unwrapped(body));
    return questions.map(({ kind, options }, index) => {
      const answer = answers[`q${index}`];
      if (!answer) throw new Error(`there is no answer to question ${index}`);
      if (kind === "yes-no") return yesNo(v.parse(v.object({ noul: probability }), answer).noul);
      const { probabilities } = v.parse(byOption, answer);
      return checked(options.map(({ name }, place) => probabilities.get(kind === "score" ? String(place) : name)));
    });
  },
};
const systemOneAnswer = v.object({ answers: v.record(v.string(), v.unknown()) });
const byOption = v.object({ probabilities: mapOf(v.string(), probability) });

function toSystemOne({ kind, instructions, options }: Question): unknown {
  const shared = instructions === "" ? {} : { instructions };
  if (kind === "score")
    return { type: "score", ...shared, criteria: options.map(({ name, description }) => description ?? name) };
  const criteria = Object.fromEntries(options.map(({ name, description }) => [name, description ?? null]));
  return { type: kind === "yes-no" ? "noul" : "choice", ...shared, criteria };
}

/** Cloudflare's variant wraps the answer. */
function unwrapped(body: unknown): unknown {
  return typeof body === "object" && body !== null && "result" in body ? body.result : body;
}

const decisions: UpstreamInterface = {
  body: (model, state, questions) => ({ model, input: state, questions: questions.map(toDecision) }),
  read(body, questions) {
    const { answers } = v.parse(v.object({ answers: v.array(v.looseObject({ type: v.string() })) }), body);
    if (answers.length !== questions.length)
      throw new Error(`there are ${answers.length} answers to ${questions.length} questions`);
    return questions.map(({ kind, options }, index) => {
      const answer = answers[index]!;
      if (answer.type === "refusal") return undefined;
      if (kind === "yes-no") return yesNo(v.parse(v.object({ probability }), answer).probability);
      const { probabilities } = v.parse(rated, answer);
      const places = new Map(probabilities.map(({ value, probability }) => [String(value), probability]));
      return checked(options.map(({ name }, place) => places.get(kind === "score" ? String(place) : name)));
    });
  },
};
const rated = v.object({
  probabilities: v.array(v.object({ value: v.union([v.string(), v.boolean(), v.number()]), probability })),
});

function toDecision({ kind, instructions, options }: Question, index: number): unknown {
  const name = `q${index}`;
  const described = ({ description }: Question["options"][number]) =>
    description === undefined ? {} : { description };
  if (kind === "choice") {
    const choices = options.map((option) => ({ value: option.name, ...described(option) }));
    return { type: "choice", name, instructions: instructions || "Choose what fits best.", choices };
  }
  if (kind === "score") {
    const levels = options.map(({ name, description }) => ({ label: description ?? name }));
    return { type: "score", name, instructions: instructions || "Choose the level.", levels };
  }
  const sides = options.flatMap(({ name, description }) => (description ? [`${name}: ${description}`] : []));
  return { type: "predicate", name, instructions: [instructions, ...sides].filter(Boolean).join("\n") };
}

function yesNo(yes: number): readonly number[] {
  return [yes, 1 - yes];
}

/** To a sum of 1. @throws Error for an option without a probability, or a sum that is none */
function checked(probabilities: readonly (number | undefined)[]): readonly number[] {
  const known = probabilities.map((p) => {
    if (p === undefined) throw new Error("an option has no probability");
    return p;
  });
  const sum = known.reduce((total, p) => total + p, 0);
  if (Math.abs(sum - 1) > ROUNDING) throw new Error(`probabilities sum to ${sum}`);
  return known.map((p) => p / sum);
}

export const UPSTREAM_INTERFACES = { systemone: systemOne, decisions };
