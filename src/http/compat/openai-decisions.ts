// POST /v1/decisions: typed decisions as OpenAI's clients ask for them. Errors have OpenAI's shape.
import * as v from "valibot";
import { argmax } from "../../heads/scores.ts";
import { strictObject } from "../../schemas.ts";
import type { Decider } from "../../tasks/decide/decide.ts";
import {
  choiceConfidence,
  type Decision,
  expectedLevel,
  type Question,
  questionKey,
  scoreConfidence,
} from "../../tasks/decide/question.ts";
import { textOf } from "../../tasks/decide/text-of.ts";
import { checkTexts } from "../../tasks/inputs.ts";
import { LIMITS } from "../../tasks/limits.ts";
import { defineTask } from "../../tasks/task.ts";
import { decidingGroup } from "../decider.ts";
import { taskGroup } from "../routes.ts";
import { told, toldOf } from "./decision-source.ts";
import { OPENAI_ERRORS } from "./openai.ts";

const NO_IMAGES = "images are not read here: send text or JSON";

const textPart = v.object({ type: v.picklist(["input_text", "output_text"]), text: v.string() });
const jsonPart = v.object({ type: v.literal("input_json"), data: v.unknown() });
const refusalPart = v.object({ type: v.literal("refusal"), refusal: v.string() });
const partSchema = v.pipe(
  v.looseObject({ type: v.string() }),
  v.check(({ type }) => type !== "input_image", NO_IMAGES),
  v.variant("type", [textPart, jsonPart, refusalPart]),
);
const contentSchema = v.union(
  [v.string(), v.array(partSchema)],
  (issue) => issue.issues?.at(-1)?.message ?? issue.message,
);
type Content = v.InferOutput<typeof contentSchema>;

const messageSchema = v.object({
  type: v.optional(v.literal("message"), "message"),
  role: v.picklist(["user", "developer", "system", "assistant"]),
  content: contentSchema,
});
const itemSchema = v.variant("type", [
  messageSchema,
  v.object({ type: v.literal("function_call"), name: v.string(), arguments: v.string() }),
  v.object({ type: v.literal("custom_tool_call"), name: v.string(), input: v.string() }),
  v.object({ type: v.picklist(["function_call_output", "custom_tool_call_output"]), output: contentSchema }),
]);
type Item = v.InferOutput<typeof itemSchema>;

const shared = { instructions: contentSchema, name: v.nullish(v.string()) };
const value = v.union([v.string(), v.boolean()]);
const choices = v.pipe(
  v.array(strictObject({ value, description: v.nullish(v.string()) })),
  v.minLength(2),
  v.maxLength(LIMITS.question_options),
  v.check((all) => new Set(all.map(({ value }) => value)).size === all.length, "values must differ"),
);
const levels = v.pipe(
  v.array(strictObject({ label: v.string(), description: v.nullish(v.string()) })),
  v.minLength(2),
  v.maxLength(LIMITS.question_levels),
);
const questionSchema = v.variant("type", [
  strictObject({ type: v.literal("predicate"), ...shared }),
  strictObject({ type: v.literal("choice"), ...shared, choices }),
  strictObject({ type: v.literal("score"), ...shared, levels }),
]);
type Asked = v.InferOutput<typeof questionSchema>;

const answered = { name: v.nullable(v.string()), ...told };
const answerSchema = v.variant("type", [
  v.object({ type: v.literal("predicate"), ...answered, probability: v.number() }),
  v.object({
    type: v.literal("choice"),
    ...answered,
    choice: value,
    confidence: v.number(),
    probabilities: v.array(v.object({ value, probability: v.number() })),
  }),
  v.object({
    type: v.literal("score"),
    ...answered,
    score: v.number(),
    confidence: v.number(),
    probabilities: v.array(v.object({ label: v.string(), value: v.number(), probability: v.number() })),
  }),
]);

const accepted = (what: string) => v.nullish(v.pipe(v.unknown(), v.description(what)));

const decisionsBy = (decider: Decider) =>
  defineTask({
    path: "/v1/decisions",
    summary: "Answer typed questions about an input, as OpenAI does",
    description:
      "Probabilities for predicates, choices and scores. x_source says what answered: a head, a taught question, the vectors alone, or a large model behind.",
    example: {
      model: "edge",
      input: "I was charged twice and want my money back.",
      questions: [
        {
          type: "choice",
          instructions: "What is it about?",
          choices: [{ value: "billing", description: "Payments and refunds" }, { value: "delivery" }],
        },
      ],
    },
    fields: {
      model: v.pipe(v.string(), v.description("Returned as it is; X-Model chooses among several models.")),
      input: v.union(
        [v.string(), v.pipe(v.array(itemSchema), v.minLength(1))],
        (issue) => issue.issues?.at(-1)?.message ?? issue.message,
      ),
      questions: v.pipe(v.array(questionSchema), v.minLength(1), v.maxLength(LIMITS.questions)),
      prompt_cache_key: accepted("Accepted without effect: nothing is kept from prompts."),
      prompt_cache_options: accepted("Accepted without effect: nothing is kept from prompts."),
      safety_identifier: accepted("Accepted without effect; stored nowhere."),
    },
    answer: v.object({
      model: v.string(),
      answers: v.array(answerSchema),
      usage: v.object({
        input_tokens: v.number(),
        input_tokens_details: v.object({ cached_tokens: v.number(), cache_write_tokens: v.number() }),
        output_tokens: v.number(),
        output_tokens_details: v.object({ reasoning_tokens: v.number() }),
        total_tokens: v.number(),
      }),
      x_truncated: v.optional(v.boolean()),
    }),
    parametersOf: ({ questions }) => ({
      questionKeys: () => questions.map((question) => questionKey(toQuestion(question))),
    }),
    async run(model, { model: name, input, questions }) {
      const state = typeof input === "string" ? input : conversation(input);
      checkTexts([state]);
      const made = await decider(model, state, questions.map(toQuestion));
      const { tokens, truncated } = model.usage;
      return {
        model: name,
        answers: questions.map((question, index) => toAnswer(question, made[index]!)),
        usage: {
          input_tokens: tokens,
          input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
          output_tokens: 0,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: tokens,
        },
        ...(truncated > 0 && { x_truncated: true }),
      };
    },
  });

/** One text: a message's own, or several with who said them. */
function conversation(items: readonly Item[]): string {
  if (items.length === 1 && items[0]!.type === "message") return contentText(items[0]!.content);
  return items
    .map((item) => {
      if (item.type === "message") return `${item.role}: ${contentText(item.content)}`;
      if (item.type === "function_call") return `${item.name}: ${item.arguments}`;
      if (item.type === "custom_tool_call") return `${item.name}: ${item.input}`;
      return contentText(item.output);
    })
    .join("\n");
}

function contentText(content: Content): string {
  if (typeof content === "string") return content;
  return content
    .map((part) =>
      part.type === "input_json" ? textOf(part.data) : part.type === "refusal" ? part.refusal : part.text,
    )
    .join("\n");
}

function toQuestion(asked: Asked): Question {
  const shared = { instructions: contentText(asked.instructions), head: undefined };
  if (asked.type === "predicate") {
    const options = ["true", "false"].map((name) => ({ name, description: undefined }));
    return { ...shared, kind: "yes-no", options };
  }
  if (asked.type === "choice") {
    const options = asked.choices.map(({ value, description }) => ({
      name: String(value),
      description: description ?? undefined,
    }));
    return { ...shared, kind: "choice", options };
  }
  const options = asked.levels.map(({ label, description }) => ({
    name: label,
    description: description ?? undefined,
  }));
  return { ...shared, kind: "score", options };
}

function toAnswer(asked: Asked, decision: Decision): v.InferInput<typeof answerSchema> {
  const { probabilities } = decision;
  const shared = { name: asked.name ?? null, ...toldOf(decision) };
  if (asked.type === "predicate") return { type: "predicate", ...shared, probability: probabilities[0]! };
  if (asked.type === "choice") {
    return {
      type: "choice",
      ...shared,
      choice: asked.choices[argmax(probabilities)]!.value,
      confidence: choiceConfidence(probabilities),
      probabilities: asked.choices.map(({ value }, index) => ({ value, probability: probabilities[index]! })),
    };
  }
  return {
    type: "score",
    ...shared,
    score: expectedLevel(probabilities),
    confidence: scoreConfidence(probabilities),
    probabilities: asked.levels.map(({ label }, value) => ({ label, value, probability: probabilities[value]! })),
  };
}

/** Typed decisions of OpenAI, with the large model behind that UPSTREAM names. */
export const openaiDecisions = decidingGroup((decider) => ({
  ...taskGroup([decisionsBy(decider)]),
  tag: { name: "Decisions", description: "For clients of System One, and of OpenAI's decisions." },
  errors: { paths: ["/v1/decisions"], format: OPENAI_ERRORS },
}));
