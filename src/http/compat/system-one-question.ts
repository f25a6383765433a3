// A question in System One's form: what a request asks, and what is taught by name.
import * as v from "valibot";
import { mapOf, strictObject } from "../../schemas.ts";
import type { Option, Question } from "../../tasks/decide/question.ts";
import { textOf } from "../../tasks/decide/text-of.ts";
import { LIMITS } from "../../tasks/limits.ts";

/** A text, or JSON that is read as one. */
export const jsonText = v.union(
  [v.string(), v.array(v.unknown()), v.record(v.string(), v.unknown())],
  "expected a text, an object or a list",
);
const instructions = v.nullish(jsonText);

const head = {
  /** The model's head that answers. */
  x_head: v.optional(v.string()),
  /** Its label for each option, where that is not the option's name. */
  x_labels: v.optional(mapOf(v.string(), v.string()), {}),
};

const yesNo = v.object({
  type: v.literal("noul"),
  instructions,
  criteria: v.nullish(v.strictObject({ true: v.nullish(jsonText), false: v.nullish(jsonText) })),
  ...head,
});
const options = v.pipe(
  mapOf(v.string(), v.nullable(jsonText)),
  v.check(
    (map) => map.size >= 1 && map.size <= LIMITS.question_options,
    `expected 1 to ${LIMITS.question_options} options`,
  ),
);
const choice = v.object({ type: v.literal("choice"), instructions, criteria: options, ...head });
const levels = v.pipe(v.array(jsonText), v.minLength(1), v.maxLength(LIMITS.question_levels));
const score = v.object({ type: v.literal("score"), instructions, criteria: levels, ...head });
const asked = v.variant("type", [yesNo, choice, score]);
export type Asked = v.InferOutput<typeof asked>;
export const questionSchema = v.pipe(
  asked,
  v.check(({ x_head, x_labels }) => x_head !== undefined || x_labels.size === 0, "x_labels: there is no x_head"),
  v.check(
    (question) => unknownLabel(question) === undefined,
    ({ input }) => `x_labels: no option ${unknownLabel(input)}; there are ${optionNames(input).join(", ")}`,
  ),
);

/** The name in `x_labels` that no option has. */
function unknownLabel(question: Asked): string | undefined {
  const names = optionNames(question);
  return [...question.x_labels.keys()].find((name) => !names.includes(name));
}

function optionNames(question: Asked): readonly string[] {
  if (question.type === "noul") return ["true", "false"];
  return question.type === "choice" ? [...question.criteria.keys()] : question.criteria.map((_, level) => `${level}`);
}

/** A question in a deployment's own settings and examples: without fields that nobody knows, which System One ignores in requests. */
export const exactQuestionSchema = v.pipe(
  strictObject({
    type: v.string(),
    instructions: v.optional(v.unknown()),
    criteria: v.optional(v.unknown()),
    x_head: v.optional(v.string()),
    x_labels: v.optional(v.unknown()),
  }),
  questionSchema,
);

/** The question, without the form that System One gives it. */
export function toQuestion(asked: Asked): Question {
  const shared = {
    instructions: textOf(asked.instructions),
    head: asked.x_head === undefined ? undefined : { name: asked.x_head, labels: asked.x_labels },
  };
  if (asked.type === "choice") return { ...shared, kind: "choice", options: namedOptions(asked.criteria) };
  if (asked.type === "score") {
    const levels = asked.criteria.map((level, index) => ({ name: String(index), description: textOf(level) }));
    return { ...shared, kind: "score", options: levels };
  }
  const meaning = new Map([
    ["true", asked.criteria?.true ?? null],
    ["false", asked.criteria?.false ?? null],
  ]);
  return { ...shared, kind: "yes-no", options: namedOptions(meaning) };
}

function namedOptions(criteria: ReadonlyMap<string, unknown>): Option[] {
  return Array.from(criteria, ([name, description]) => ({ name, description: textOf(description) || undefined }));
}
