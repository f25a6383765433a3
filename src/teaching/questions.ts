// The routes below /questions: a head that is taught by examples to answer one question, whichever request asks it (src/tasks/decide/).
import type { Context } from "hono";
import type { Hono } from "hono/tiny";
import { BertletError } from "../errors.ts";
import { readJson } from "../http/body.ts";
import { toQuestion } from "../http/compat/system-one-question.ts";
import { onMethods } from "../http/methods.ts";
import { type Question, questionKey, taughtLabel } from "../tasks/decide/question.ts";
import { textOf } from "../tasks/decide/text-of.ts";
import { parseBody } from "../tasks/task.ts";
import {
  addHead,
  answerTaught,
  checkAllowed,
  checkNewName,
  deleteHead,
  describe,
  isAllowed,
  isoTime,
  namedHead,
  putExamples,
  readFields,
  type Store,
} from "./calls.ts";
import {
  type Answer,
  exampleText,
  forgetQuery,
  headName,
  pageQuery,
  questionBody,
  withoutRepetitions,
} from "./schemas.ts";
import type { HeadRow, HeadSettings, HeadTables, TaughtForm } from "./tables.ts";

export function mountQuestions(app: Hono, store: Store): void {
  const { tables } = store;
  onMethods(app, "/questions", {
    GET: (context) => {
      const questions = tables.heads().filter(isAllowed(context)).filter(hasQuestion);
      return context.json({ questions: questions.map((head) => describeQuestion(store, head)) });
    },
  });
  onMethods(app, "/questions/:name", {
    GET: (context) => context.json(describeQuestion(store, namedQuestion(context, tables))),
    PUT: (context) => putQuestion(context, store),
    DELETE: (context) => deleteHead(context, tables, namedQuestion(context, tables)),
  });
  onMethods(app, "/questions/:name/answers", {
    GET: (context) => listAnswers(context, tables, namedQuestion(context, tables)),
    DELETE: (context) => forgetAnswers(context, store, namedQuestion(context, tables)),
  });
}

function hasQuestion({ settings }: HeadRow): boolean {
  return settings.question !== undefined;
}

/** @throws BertletError `forbidden` or `not_found` */
function namedQuestion(context: Context, tables: HeadTables): HeadRow {
  const head = namedHead(context, tables);
  if (!hasQuestion(head)) throw new BertletError("not_found", `${head.name} is a head that answers no question`);
  return head;
}

function describeQuestion(store: Store, head: HeadRow) {
  return { question: head.settings.question!.asked, ...describe(store, head) };
}

function listAnswers(context: Context, tables: HeadTables, { name }: HeadRow): Response {
  const { limit, after } = readFields(context, pageQuery);
  const rows = tables.learned.list(name, after, limit + 1);
  const page = rows.slice(0, limit);
  return context.json({
    answers: page.map(({ text, probabilities, at }) => ({
      state: text,
      probabilities: Object.fromEntries(JSON.parse(probabilities) as [string, number][]),
      answered_at: isoTime(at),
    })),
    next: rows.length > limit ? page.at(-1)!.place : null,
  });
}

/** The question is taught without them, and answers as before until then. One whose examples were all learned goes back to its beginning. */
async function forgetAnswers(context: Context, store: Store, { name }: HeadRow): Promise<Response> {
  const { tables } = store;
  const { state } = readFields(context, forgetQuery);
  const deleted = tables.atomically(() => {
    const count =
      state === undefined ? tables.learned.removeUntil(name, Date.now()) : tables.learned.removeText(name, state);
    if (count === 0) return 0;
    if (tables.labels(name).length >= 2) tables.revise(name);
    else tables.removeVersions(name);
    return count;
  });
  if (state !== undefined && deleted === 0)
    throw new BertletError("not_found", `${name} keeps no answer to this state`, { field: "state" });
  return answerTaught(context, store, name, { deleted });
}

/**
 * Makes the question, or gives it these examples instead of those that it has. What the model has read of a state that stays is kept.
 * @throws BertletError `conflict` for a name or a question that is taken
 */
async function putQuestion(context: Context, store: Store): Promise<Response> {
  const { tables } = store;
  const name = parseBody(headName, context.req.param("name"));
  checkAllowed(context, name);
  const body = await readJson(context);
  const { question: form, examples: given, ...options } = parseBody(questionBody, body);
  const question = toQuestion(form);
  const examples = withoutRepetitions(
    given.map(({ state, answer }, index) => toExample(question, state, answer, index)),
  );
  // What nobody gave an example of, the large model will.
  if (!options.learn) checkOptions(question, examples);
  const { question: asked } = body as { readonly question: unknown };
  const settings = { ...options, keep_requests: false, question: { key: questionKey(question), asked } };
  await checkNewName(store, name);
  const changes = tables.atomically(() => {
    settle(tables, name, settings);
    const kept = new Set(examples.map(({ text }) => text));
    const removed = tables.texts(name).filter((text) => !kept.has(text));
    const all = [...examples, ...removed.map((text) => ({ text, label: null }))];
    return putExamples(tables, name, all, "examples", given.length - examples.length);
  });
  return answerTaught(context, store, name, { question: asked, ...changes });
}

/** Adds the head, or changes how it is taught. */
function settle(tables: HeadTables, name: string, settings: HeadSettings & { readonly question: TaughtForm }): void {
  const { key } = settings.question;
  const other = tables.heads().find((head) => head.name !== name && head.settings.question?.key === key);
  if (other) throw new BertletError("conflict", `${other.name} answers this question`, { field: "question" });
  const head = tables.head(name);
  if (!head) {
    addHead(tables, name, settings);
    return;
  }
  if (head.settings.question?.key !== key) {
    const what = hasQuestion(head) ? "answers another question" : "is a head that answers no question";
    throw new BertletError("conflict", `${name} ${what}; delete it first`, { field: "question" });
  }
  if (JSON.stringify(head.settings) === JSON.stringify(settings)) return;
  tables.setSettings(name, settings);
  if (!settings.learn) tables.learned.removeUntil(name, Date.now());
  if (tables.labels(name).length >= 2) tables.revise(name);
}

/** The example as a head is taught it: a text, and the label that stands for the answer. */
function toExample(question: Question, state: unknown, answer: Answer, index: number): { text: string; label: string } {
  const { kind, options } = question;
  const option = kind === "score" ? options[Number(answer)] : options.find(({ name }) => name === String(answer));
  const isKind = typeof answer === ANSWER_TYPES[kind];
  if (!isKind || !option) {
    const known = kind === "score" ? `0 to ${options.length - 1}` : options.map(({ name }) => name).join(", ");
    throw new BertletError("invalid_input", `the answer ${answer} is none of the question's, which are ${known}`, {
      field: `examples.${index}.answer`,
    });
  }
  const text = textOf(state);
  return { text: parseBody(exampleText, text), label: taughtLabel(question, option) };
}

const ANSWER_TYPES = { "yes-no": "boolean", choice: "string", score: "number" } as const;

/** @throws BertletError `invalid_input` for an option that no example has, because it could never be the answer */
function checkOptions(question: Question, examples: readonly { readonly label: string }[]): void {
  if (examples.length === 0) throw new BertletError("invalid_input", "there are no examples", { field: "examples" });
  const shown = new Set(examples.map(({ label }) => label));
  const missing = question.options.filter((option) => !shown.has(taughtLabel(question, option)));
  if (missing.length === 0) return;
  const names = missing.map((option) => taughtLabel(question, option)).join(", ");
  throw new BertletError("invalid_input", `no example is answered by ${names}`, { field: "examples" });
}
