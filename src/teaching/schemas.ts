// Bodies and answers of the routes that teach, which /openapi.json describes.
import * as v from "valibot";
import { HEAD_NAME } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { exactQuestionSchema, jsonText } from "../http/compat/system-one-question.ts";
import type { Operation } from "../http/routes.ts";
import { named, strictObject } from "../schemas.ts";
import { count, natural } from "../tasks/fields.ts";
import { LIMITS } from "../tasks/limits.ts";
import { ENCODER } from "../tasks/request-model.ts";

const wellFormed = v.check((text: string) => text.isWellFormed(), "holds a lone surrogate");
const notEmpty = v.check((text: string) => text.trim() !== "", "is empty");
const short = (limit: number) =>
  v.check<string, (issue: v.CheckIssue<string>) => string>(
    (text) => text.length <= limit,
    ({ input }) => `has ${input.length} characters, the limit is ${limit}`,
  );

export const exampleText = v.pipe(v.string(), notEmpty, wellFormed, short(LIMITS.example_characters));
const label = v.pipe(v.string(), notEmpty, wellFormed, short(LIMITS.label_characters));
export const headName = v.pipe(
  v.string(),
  v.regex(HEAD_NAME, "expected letters, digits, _ and -"),
  v.maxLength(64),
  v.check((name) => name !== ENCODER, `${ENCODER} is not a head`),
);
const examples = v.pipe(
  v.array(strictObject({ text: exampleText, label })),
  v.minLength(1, "there are no examples"),
  v.maxLength(LIMITS.examples, ({ received }) => `there are ${received} examples, the limit is ${LIMITS.examples}`),
);

/** How a head is fitted to its examples. */
const fitting = {
  strength: v.optional(
    v.pipe(
      v.number(),
      v.finite(),
      v.gtValue(0),
      v.description("How much the examples count against the size of the weights; 10 when omitted."),
    ),
  ),
  precision: v.optional(
    v.pipe(
      v.number(),
      v.gtValue(0),
      v.maxValue(1),
      v.description("How often answers of each label should be right where the head does not abstain."),
    ),
  ),
  balanced: v.optional(v.pipe(v.boolean(), v.description("Whether every label counts the same."))),
};

export const teachSchema = strictObject({
  name: headName,
  task: v.optional(v.picklist(["text-classification"]), "text-classification"),
  examples,
  ...fitting,
  keep_requests: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Whether texts that the head answers are kept, for its review and for feedback by request."),
    ),
    false,
  ),
});

const answer = v.union(
  [v.boolean(), v.string(), natural],
  "expected true or false, an option, or the place of a level",
);
export type Answer = v.InferOutput<typeof answer>;

export const questionBody = strictObject({
  question: v.pipe(
    exactQuestionSchema,
    v.check(
      ({ x_head, x_labels }) => x_head === undefined && x_labels.size === 0,
      "a question is answered by x_head or by examples, not by both",
    ),
  ),
  examples: v.pipe(
    v.array(strictObject({ state: jsonText, answer })),
    v.maxLength(LIMITS.examples, ({ received }) => `there are ${received} examples, the limit is ${LIMITS.examples}`),
  ),
  learn: v.optional(
    v.pipe(
      strictObject({
        agreement: v.optional(
          v.pipe(
            v.number(),
            v.minValue(0.5),
            v.maxValue(1),
            v.description("How often the edge's own answers should be the large model's; 0.9 when omitted."),
          ),
          0.9,
        ),
        shadow: v.optional(
          v.pipe(
            v.number(),
            v.minValue(0.001),
            v.maxValue(1),
            v.description(
              "Which part of the edge's own answers is compared with the large model's; 0.05 when omitted.",
            ),
          ),
          0.05,
        ),
        keep_days: v.optional(
          v.pipe(
            count,
            v.maxValue(365),
            v.description("How long states with the large model's answers are kept; 30 when omitted."),
          ),
          30,
        ),
      }),
      v.description("Lets the question learn from the large model behind the edge. Without it, no state is kept."),
    ),
  ),
  ...fitting,
});

/** What of the answers that a question has learned from is to be deleted. */
export const forgetQuery = {
  state: v.optional(v.pipe(v.string(), v.description("The one state whose answer is deleted; all when omitted."))),
};

export const changeSchema = strictObject({
  examples: v.pipe(
    v.array(
      strictObject({ text: exampleText, label: v.nullable(v.pipe(label, v.description("null removes the example."))) }),
    ),
    v.minLength(1, "there are no examples"),
    v.maxLength(LIMITS.examples),
  ),
});

export const feedbackSchema = strictObject({
  text: v.optional(exampleText),
  request_id: v.optional(v.pipe(v.string(), v.description("X-Request-Id of the answer, in the place of the text."))),
  index: v.optional(v.pipe(natural, v.description("The text's place in that request.")), 0),
  label,
});

export const versionSchema = strictObject({ version: count });

export const pageQuery = {
  limit: v.optional(v.pipe(count, v.maxValue(LIMITS.page_entries)), LIMITS.page_entries),
  after: v.optional(v.pipe(natural, v.description("`next` of the previous page.")), 0),
};
export const reviewQuery = { limit: pageQuery.limit };
export const exportQuery = {
  version: v.optional(v.pipe(count, v.description("The active one when omitted."))),
};
export const compareQuery = {
  first: v.optional(v.pipe(count, v.description("The one before the active one when omitted."))),
  second: v.optional(v.pipe(count, v.description("The active one when omitted."))),
};

const labelCount = v.object({ label: v.string(), examples: v.number() });
const versionAnswer = v.object({
  version: v.number(),
  created_at: v.string(),
  examples: v.number(),
  accuracy: v.pipe(v.number(), v.description("Measured on examples that were held back in turn.")),
  macro_f1: v.number(),
  calibration_error: v.number(),
  model: v.pipe(v.string(), v.description("The digest of the model that it was taught to.")),
});
const headAnswer = named(
  "TaughtHead",
  v.object({
    name: v.string(),
    task: v.string(),
    status: v.pipe(
      v.picklist(["live", "teaching", "failed", "learning"]),
      v.description(
        "Of the newest examples; learning as long as there is no version because a question has learned too little.",
      ),
    ),
    failure: v.optional(v.string()),
    version: v.pipe(v.nullable(v.number()), v.description("The one that answers.")),
    previous: v.nullable(v.number()),
    examples: v.number(),
    labels: v.array(labelCount),
    keep_requests: v.boolean(),
    versions: v.array(versionAnswer),
    learning: v.optional(v.pipe(v.unknown(), v.description("What its question has learned from a large model."))),
    report: v.optional(v.unknown()),
    added: v.optional(v.number()),
    changed: v.optional(v.number()),
    removed: v.optional(v.number()),
    repeated: v.optional(v.pipe(v.number(), v.description("Examples that were there already, or twice in the body."))),
  }),
);
const questionAnswer = v.looseObject({ question: v.unknown(), name: v.string(), status: v.string() });
const learnedAnswer = v.object({
  state: v.string(),
  probabilities: v.record(v.string(), v.number()),
  answered_at: v.string(),
});
const exampleAnswer = v.object({ text: v.string(), label: v.string(), source: v.string(), changed_at: v.string() });

const at = (part = "") => `/heads/{name}${part}`;
const get = { method: "get" } as const;
const post = { method: "post", answer: headAnswer } as const;
const EXAMPLES = [
  { text: "Where is my parcel?", label: "delivery" },
  { text: "I want my money back", label: "refund" },
];

const QUESTION = "/questions/{name}";
const STATES = EXAMPLES.map(({ text, label }) => ({ state: text, answer: label }));

/** The routes, for /openapi.json. */
export const TEACHING_OPERATIONS: readonly Operation[] = [
  { ...get, path: "/heads", summary: "The taught heads", answer: v.object({ heads: v.array(headAnswer) }) },
  {
    ...post,
    path: "/heads",
    summary: "Teach a head by texts with labels",
    body: teachSchema,
    example: { name: "topic", examples: EXAMPLES },
  },
  { ...get, path: at(), summary: "A head, its versions, and what is known of it", answer: headAnswer },
  {
    method: "delete",
    path: at(),
    summary: "Delete a head, its examples and versions",
    answer: v.object({ deleted: v.string() }),
  },
  {
    ...get,
    path: at("/examples"),
    summary: "The examples, in the order in which they came",
    query: pageQuery,
    answer: v.object({ examples: v.array(exampleAnswer), next: v.nullable(v.number()) }),
  },
  { ...post, path: at("/examples"), summary: "Add, correct and remove examples", body: changeSchema },
  { ...post, path: at("/feedback"), summary: "The right label of a text, or of a request", body: feedbackSchema },
  {
    ...get,
    path: at("/review"),
    summary: "The kept requests of which the head was least certain",
    query: reviewQuery,
    answer: v.object({
      requests: v.array(
        v.object({
          request_id: v.string(),
          index: v.number(),
          text: v.string(),
          label: v.string(),
          score: v.number(),
          at: v.string(),
        }),
      ),
    }),
  },
  { ...post, path: at("/versions"), summary: "Teach a new version from the examples as they are" },
  { ...post, path: at("/activate"), summary: "Let a version answer", body: versionSchema },
  { ...post, path: at("/rollback"), summary: "Let the version answer that answered before" },
  {
    ...get,
    path: at("/compare"),
    summary: "Two versions on the same examples, none of which the version had seen",
    query: compareQuery,
    answer: v.unknown(),
  },
  {
    ...get,
    path: at("/export"),
    summary: "A version as a head file",
    query: exportQuery,
    answer: v.unknown(),
    contentType: "application/octet-stream",
  },
  {
    ...get,
    path: "/questions",
    summary: "The taught questions",
    answer: v.object({ questions: v.array(questionAnswer) }),
  },
  {
    method: "put",
    path: QUESTION,
    summary: "Teach a question by states with answers",
    description:
      "The examples replace those that the question has. Whichever request asks the same is answered by them.",
    body: questionBody,
    answer: questionAnswer,
    example: { question: { type: "choice", criteria: { delivery: null, refund: null } }, examples: STATES },
  },
  {
    ...get,
    path: QUESTION,
    summary: "A question, and what is known of the head that answers it",
    answer: questionAnswer,
  },
  {
    ...get,
    path: `${QUESTION}/answers`,
    summary: "The large model's answers that a question learned from",
    query: pageQuery,
    answer: v.object({ answers: v.array(learnedAnswer), next: v.nullable(v.number()) }),
  },
  {
    method: "delete",
    path: `${QUESTION}/answers`,
    summary: "Delete these answers with their states, and teach the question without them",
    query: forgetQuery,
    answer: questionAnswer,
  },
  {
    method: "delete",
    path: QUESTION,
    summary: "Delete a question, its examples and versions",
    answer: v.object({ deleted: v.string() }),
  },
];

/** @throws BertletError `invalid_input` for a text that a list holds twice with different labels */
export function withoutRepetitions<Example extends { readonly text: string; readonly label: string | null }>(
  examples: readonly Example[],
): readonly Example[] {
  const seen = new Map<string, { readonly index: number; readonly label: string | null }>();
  return examples.filter(({ text, label }, index) => {
    const first = seen.get(text);
    if (!first) return seen.set(text, { index, label });
    if (first.label === label) return false;
    throw new BertletError(
      "invalid_input",
      `examples ${first.index} and ${index} have the same text and different labels`,
      {
        field: "examples",
      },
    );
  });
}
