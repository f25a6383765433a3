// Answers typed questions about one state. The state is read once: the answers of all heads and its vector come from one pass, and the options'
// vectors are kept.
import type { HeadSpec } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import { cosineSimilarity } from "../../heads/embedding.ts";
import type { Label } from "../../heads/labels.ts";
import { findHead, readTexts } from "../../heads/run.ts";
import { toScores } from "../../heads/scores.ts";
import type { RequestModel } from "../request-model.ts";
import { optionVectors } from "./option-vectors.ts";
import { type Decision, labelOf, type Question, questionKey, taughtLabel } from "./question.ts";
import { words } from "./text-of.ts";

/** Cosines are multiplied by it before softmax: what makes the labels of CLINC150's training texts most probable. */
const SCALE = 22;
/** Where a proposition is as likely true as not, by its cosine with the state, and how steep it is there: logistic regression on SICK's training pairs. */
const PROPOSITION = { even: 0.858, steepness: 10 };

/** The head that answers a question, and its label for each option. */
interface Answering {
  readonly spec: HeadSpec;
  readonly labels: readonly string[];
  readonly source: string;
}

/** A question with the head that answers it, or the sentences that stand for its options. */
interface Plan {
  readonly question: Question;
  readonly head: Answering | undefined;
  /** By option; empty where an option has no sentence. */
  readonly sentences: readonly string[];
}

/** Answers the questions about a state: {@link decide}, or something around it. */
export type Decider = (
  model: RequestModel,
  state: string,
  questions: readonly Question[],
) => Promise<readonly Decision[]>;

/**
 * @throws BertletError `not_found` for a head that the model does not have, `invalid_input` for one without the labels
 * @example
 * const options = [{ name: "refund", description: "wants money back" }, { name: "thanks", description: undefined }];
 * await decide(request, "Give me my money back!", [{ kind: "choice", instructions: "", options, head: undefined }]);
 */
export async function decide(model: RequestModel, state: string, questions: readonly Question[]): Promise<Decision[]> {
  const plans = questions.map((question) => planOf(model, question));
  const heads = [...new Set(plans.flatMap(({ head }) => (head ? [head.spec.name] : [])))];
  const needsVector = plans.some(({ head }) => !head);
  const parameters = Object.fromEntries(heads.map((name) => [name, { topK: null }]));
  const [reading] = await readTexts(model, [state], { heads, parameters, ...(needsVector && { vector: {} }) });
  const vectors = await optionVectors(model, new Set(plans.flatMap(({ head, sentences }) => (head ? [] : sentences))));
  const similarity = (sentence: string) => cosineSimilarity(reading!.vector!, vectors.get(sentence)!);
  return plans.map(({ question, head, sentences }) => {
    if (head) return ofHead(head, reading!.answers[head.spec.name] as readonly Label[]);
    const probabilities =
      question.kind === "yes-no" ? ofProposition(question, similarity) : ofMeaning(sentences.map(similarity));
    return { probabilities, source: "zero-shot" };
  });
}

function planOf(model: RequestModel, question: Question): Plan {
  const head = question.head
    ? namedHead(model, question)
    : (taughtHead(model, question) ?? headOfLabels(model, question));
  return { question, head, sentences: sentencesOf(question) };
}

function namedHead(model: RequestModel, { head, options }: Question): Answering {
  const spec = findHead(model, "sequence-classification", head!.name);
  const labels = options.map((option) => labelOf(head!, option));
  const missing = labels.find((label) => !spec.labels.includes(label));
  if (missing !== undefined) {
    const known = spec.labels.join(", ");
    throw new BertletError("invalid_input", `the head ${spec.name} has no label ${missing}; its labels are ${known}`);
  }
  return { spec, labels, source: `head:${spec.name}` };
}

/** The head that was taught to answer this very question, unless an option has lost its examples. */
function taughtHead({ heads, questions }: RequestModel, question: Question): Answering | undefined {
  const answering = questions?.get(questionKey(question));
  const spec = heads.find((head) => head.name === answering?.head);
  if (!spec) return undefined;
  const labels = question.options.map((option) => taughtLabel(question, option));
  // Where it learns, options that were never the answer so far are not probable.
  const isWhole = answering!.learning !== undefined || labels.every((label) => spec.labels.includes(label));
  return isWhole ? { spec, labels, source: `taught:${spec.name}` } : undefined;
}

/** A classifier whose labels are the options of a choice, whatever their case and order. */
function headOfLabels({ heads }: RequestModel, { kind, options }: Question): Answering | undefined {
  if (kind !== "choice") return undefined;
  const wanted = setOf(options.map(({ name }) => name));
  const spec = heads.find(({ kind, labels }) => kind === "sequence-classification" && setOf(labels) === wanted);
  const same = (name: string) => spec!.labels.find((label) => label.toLowerCase() === name.toLowerCase())!;
  return spec && { spec, labels: options.map(({ name }) => same(name)), source: `head:${spec.name}` };
}

function setOf(names: readonly string[]): string {
  return JSON.stringify(names.map((name) => name.toLowerCase()).toSorted());
}

/** The head's probabilities of the labels that stand for options, of their sum. */
function ofHead({ labels, source }: Answering, answered: readonly Label[]): Decision {
  const scores = new Map(answered.map(({ label, score }) => [label, score]));
  return { probabilities: shares(labels.map((label) => scores.get(label) ?? 0)), source };
}

function shares(scores: readonly number[]): number[] {
  const sum = scores.reduce((total, score) => total + score, 0);
  return sum === 0 ? scores.map(() => 1 / scores.length) : scores.map((score) => score / sum);
}

/** What stands for each option: its description with its name, where that says something, or the name alone. */
function sentencesOf({ kind, instructions, options }: Question): string[] {
  if (kind === "yes-no") return [...options.map(({ description }) => description ?? ""), instructions].filter(Boolean);
  return options.map(({ name, description }) => {
    if (kind === "score") return description ?? name;
    return description === undefined ? words(name) : `${words(name)}: ${description}`;
  });
}

function ofMeaning(similarities: readonly number[]): number[] {
  const scaled = Float32Array.from(similarities, (cosine) => SCALE * cosine);
  // In double precision they sum to 1.
  return shares(Array.from(toScores(scaled, "softmax")));
}

/** What is meant by yes against what is meant by no, or one of the two, or the question itself, against an even chance. */
function ofProposition(
  { instructions, options: [yes, no] }: Question,
  similarity: (sentence: string) => number,
): number[] {
  if (yes?.description && no?.description) return ofMeaning([yes, no].map((option) => similarity(option.description!)));
  const { even, steepness } = PROPOSITION;
  const chance = (sentence: string) => 1 / (1 + Math.exp(-steepness * (similarity(sentence) - even)));
  const sentence = yes?.description ?? no?.description ?? instructions;
  if (!sentence) return [0.5, 0.5];
  const p = chance(sentence);
  return yes?.description === undefined && no?.description ? [1 - p, p] : [p, 1 - p];
}
