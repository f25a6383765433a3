// POST /v1/systemone: typed decisions as System One's clients ask for them. Errors have its shape.
import * as v from "valibot";
import { argmax } from "../../heads/scores.ts";
import { mapOf } from "../../schemas.ts";
import type { Decider } from "../../tasks/decide/decide.ts";
import {
  choiceConfidence,
  type Decision,
  expectedLevel,
  questionKey,
  scoreConfidence,
} from "../../tasks/decide/question.ts";
import { textOf } from "../../tasks/decide/text-of.ts";
import { checkTexts } from "../../tasks/inputs.ts";
import { LIMITS } from "../../tasks/limits.ts";
import { defineTask, type Task } from "../../tasks/task.ts";
import { decidingGroup } from "../decider.ts";
import type { ErrorFormat } from "../errors.ts";
import { taskGroup } from "../routes.ts";
import { told, toldOf } from "./decision-source.ts";
import { type Asked, jsonText, questionSchema, toQuestion } from "./system-one-question.ts";

const questions = v.pipe(
  mapOf(v.pipe(v.string(), v.nonEmpty()), questionSchema),
  v.check((map) => map.size >= 1 && map.size <= LIMITS.questions, `expected 1 to ${LIMITS.questions} questions`),
);

const probabilities = v.record(v.string(), v.number());
const answerSchema = v.variant("type", [
  v.object({ type: v.literal("noul"), noul: v.number(), ...told }),
  v.object({
    type: v.literal("choice"),
    choice: v.string(),
    confidence: v.number(),
    probabilities,
    ...told,
  }),
  v.object({
    type: v.literal("score"),
    score: v.number(),
    legend: v.record(v.string(), v.unknown()),
    probabilities,
    confidence: v.number(),
    ...told,
  }),
]);

const fields = { state: jsonText, model: v.string(), questions };

const definitionWith = (decider: Decider) =>
  defineTask({
    path: "/v1/systemone",
    summary: "Answer typed questions about a state, as System One does",
    description:
      "Probabilities for questions of kind yes or no (noul), choice and score. x_source says what answered: a head, a taught question, the vectors alone, or a large model behind.",
    example: {
      model: "jev-latest",
      state: "I was charged twice and want my money back.",
      questions: { topic: { type: "choice", criteria: { billing: "Payments and refunds", delivery: null } } },
    },
    fields,
    answer: v.object({
      model: v.string(),
      answers: v.record(v.string(), answerSchema),
      usage: v.object({ input_tokens: v.number(), output_tokens: v.number() }),
      x_ignored: v.optional(v.array(v.string())),
      x_truncated: v.optional(v.boolean()),
    }),
    async run(model, { state, model: name, questions, ...others }) {
      const rendered = textOf(state);
      checkTexts([rendered === "" ? " " : rendered]);
      const asked = [...questions];
      const decisions = await decider(
        model,
        rendered,
        asked.map(([, question]) => toQuestion(question)),
      );
      const answers = asked.map(([id, question], index) => [id, toAnswer(question, decisions[index]!)] as const);
      const { tokens, truncated } = model.usage;
      const ignored = Object.keys(others);
      return {
        model: model.origin?.name ?? name,
        answers: Object.fromEntries(answers),
        usage: { input_tokens: tokens, output_tokens: 0 },
        ...(ignored.length > 0 && { x_ignored: ignored }),
        ...(truncated > 0 && { x_truncated: true }),
      };
    },
  });

/** Clients of System One send fields of their own, which System One ignores; the answer names them. */
function systemOneTask(decider: Decider): Task {
  const definition = definitionWith(decider);
  return {
    ...definition,
    body: v.looseObject(fields),
    // Heads that answer questions may have been taught over HTTP.
    parametersOf: ({ questions }: v.InferOutput<typeof definition.body>) => ({
      heads: Array.from(questions.values(), ({ x_head }) => x_head),
      questionKeys: () => Array.from(questions.values(), (question) => questionKey(toQuestion(question))),
    }),
  } as Task;
}

function toAnswer(asked: Asked, decision: Decision): v.InferInput<typeof answerSchema> {
  const { probabilities } = decision;
  const told = toldOf(decision);
  if (asked.type === "noul") return { type: "noul", noul: probabilities[0]!, ...told };
  if (asked.type === "choice") {
    const names = [...asked.criteria.keys()];
    return {
      type: "choice",
      choice: names[argmax(probabilities)]!,
      confidence: choiceConfidence(probabilities),
      probabilities: Object.fromEntries(names.map((name, index) => [name, probabilities[index]!])),
      ...told,
    };
  }
  return {
    type: "score",
    score: expectedLevel(probabilities),
    legend: Object.fromEntries(asked.criteria.map((level, index) => [String(index), level])),
    probabilities: Object.fromEntries(probabilities.map((p, index) => [String(index), p])),
    confidence: scoreConfidence(probabilities),
    ...told,
  };
}

/** {detail: [{loc, msg, type}]} for bodies that are wrong, {detail: {error_type, message}} for all else. */
const SYSTEM_ONE_ERRORS: ErrorFormat = {
  name: "SystemOneError",
  schema: v.object({
    detail: v.union([
      v.array(v.object({ loc: v.array(v.string()), msg: v.string(), type: v.string() })),
      v.object({ error_type: v.string(), message: v.string() }),
    ]),
  }),
  statuses: { invalid_json: 422 },
  format: ({ message, type, status, field }) => {
    if (status === 422) return { detail: [{ loc: ["body", ...(field?.split(".") ?? [])], msg: message, type }] };
    return { detail: { error_type: type === "unauthorized" ? "authentication_error" : type, message } };
  },
};

/** Typed decisions of System One, with the large model behind that UPSTREAM names. */
export const systemOne = decidingGroup((decider) => ({
  ...taskGroup([systemOneTask(decider)]),
  tag: { name: "Decisions", description: "For clients of System One." },
  errors: { paths: ["/v1/systemone"], format: SYSTEM_ONE_ERRORS },
}));
