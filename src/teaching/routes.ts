// The routes below /heads, inside the Durable Object. The Worker before it has checked the key and says which heads it may teach.
import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { writeHeadFile } from "../checkpoint/head-file.ts";
import { BertletError } from "../errors.ts";
import { notFound, onError } from "../http/errors.ts";
import { onMethods } from "../http/methods.ts";
import { beginScope } from "../http/middleware/request-scope.ts";
import { LIMITS } from "../tasks/limits.ts";
import {
  addHead,
  answerTaught,
  type Call,
  checkAllowed,
  checkHead,
  checkNewName,
  deleteHead,
  describe,
  describeBriefly,
  type Handler,
  isAllowed,
  isoTime,
  namedHead,
  putExamples,
  readBody,
  readFields,
  type Store,
} from "./calls.ts";
import { compareVersions } from "./compare.ts";
import { mountQuestions } from "./questions.ts";
import {
  changeSchema,
  compareQuery,
  exportQuery,
  feedbackSchema,
  pageQuery,
  reviewQuery,
  teachSchema,
  versionSchema,
  withoutRepetitions,
} from "./schemas.ts";
import type { HeadTables, VersionRow } from "./tables.ts";

export function teachingApp(store: Store): Hono {
  const app = new Hono();
  app.onError(onError);
  app.notFound(notFound);
  app.use(beginScope());
  app.use(async (context, next) => {
    await next();
    if (!context.res.headers.has("Cache-Control")) context.header("Cache-Control", "no-store");
  });
  onMethods(app, "/heads", {
    GET: (context) =>
      context.json({ heads: store.tables.heads().filter(isAllowed(context)).map(describeBriefly(store)) }),
    POST: (context) => createHead(context, store),
  });
  const onHead = (path: string, handlers: Readonly<Record<string, Handler>>) =>
    onMethods(
      app,
      `/heads/:name${path}`,
      Object.fromEntries(
        Object.entries(handlers).map(([method, handle]) => [
          method,
          (context: Context) =>
            handle({ context, store, tables: store.tables, head: namedHead(context, store.tables) }),
        ]),
      ),
    );
  onHead("", {
    GET: ({ context, store, head }) => context.json(describe(store, head)),
    DELETE: ({ context, tables, head }) => deleteHead(context, tables, head),
  });
  onHead("/examples", { GET: listExamples, POST: changeExamples });
  onHead("/feedback", { POST: giveFeedback });
  onHead("/review", { GET: review });
  onHead("/versions", { POST: teachAgain });
  onHead("/activate", { POST: activate });
  onHead("/rollback", { POST: rollBack });
  onHead("/compare", { GET: compare });
  onHead("/export", { GET: exportHead });
  mountQuestions(app, store);
  return app;
}

async function createHead(context: Context, store: Store): Promise<Response> {
  const { tables } = store;
  const { name, task: _, examples: given, ...settings } = await readBody(context, teachSchema);
  checkAllowed(context, name);
  const examples = withoutRepetitions(given);
  await checkNewName(store, name);
  tables.atomically(() => {
    if (tables.head(name))
      throw new BertletError("conflict", `there is a head ${name}; POST /heads/${name}/examples adds to it`, {
        field: "name",
      });
    addHead(tables, name, settings);
    for (const { text, label } of examples) tables.putExample(name, text, label, "examples");
    tables.revise(name);
    checkHead(tables, name);
  });
  return answerTaught(context, store, name, { added: examples.length, repeated: given.length - examples.length });
}

async function changeExamples({ context, store, tables, head: { name } }: Call): Promise<Response> {
  const { examples: given } = await readBody(context, changeSchema);
  const examples = withoutRepetitions(given);
  return answerTaught(
    context,
    store,
    name,
    putExamples(tables, name, examples, "examples", given.length - examples.length),
  );
}

async function giveFeedback({ context, store, tables, head: { name } }: Call): Promise<Response> {
  const { text: given, request_id, index, label } = await readBody(context, feedbackSchema);
  if ((given === undefined) === (request_id === undefined))
    throw new BertletError("invalid_input", "expected either text or request_id");
  const text = given ?? tables.request(name, request_id!, index)?.text;
  if (text === undefined)
    throw new BertletError(
      "not_found",
      `${name} keeps no text ${index} of a request ${request_id}; send the text itself`,
      {
        field: "request_id",
      },
    );
  if (text.length > LIMITS.example_characters)
    throw new BertletError(
      "input_too_large",
      `the text has ${text.length} characters, the limit is ${LIMITS.example_characters}`,
    );
  const labels = tables.labels(name).map((row) => row.label);
  if (!labels.includes(label))
    throw new BertletError("invalid_input", `${name} has no label ${label}; it has ${labels.join(", ")}`, {
      field: "label",
    });
  return answerTaught(context, store, name, putExamples(tables, name, [{ text, label }], "feedback"));
}

function listExamples({ context, tables, head: { name } }: Call): Response {
  const { limit, after } = readFields(context, pageQuery);
  const rows = tables.examples(name, after, limit + 1);
  const page = rows.slice(0, limit);
  return context.json({
    examples: page.map(({ text, label, source, changed }) => ({ text, label, source, changed_at: isoTime(changed) })),
    next: rows.length > limit ? page.at(-1)!.place : null,
  });
}

function review({ context, tables, head }: Call): Response {
  const { limit } = readFields(context, reviewQuery);
  if (!head.settings.keep_requests)
    throw new BertletError("conflict", `${head.name} keeps no requests; teach it with "keep_requests": true`);
  const requests = tables.review(head.name, limit).map(({ request_id, place, text, label, score, at }) => {
    return { request_id, index: place, text, label, score, at: isoTime(at) };
  });
  return context.json({ requests });
}

function teachAgain({ context, store, tables, head: { name } }: Call): Promise<Response> {
  tables.revise(name);
  return answerTaught(context, store, name, {});
}

async function activate({ context, store, tables, head: { name } }: Call): Promise<Response> {
  const { version } = await readBody(context, versionSchema);
  return activateVersion(context, store, tables, name, version);
}

function rollBack({ context, store, tables, head: { name, previous } }: Call): Response {
  if (previous === null) throw new BertletError("conflict", `${name} has no version before the one that answers`);
  return activateVersion(context, store, tables, name, previous);
}

function activateVersion(context: Context, store: Store, tables: HeadTables, name: string, version: number): Response {
  tables.atomically(() => {
    if (tables.head(name)!.active !== findVersion(tables, name, version).version) tables.activate(name, version);
  });
  return context.json(describe(store, tables.head(name)!));
}

/** @throws BertletError `not_found` that lists the versions */
function findVersion(tables: HeadTables, name: string, version: number | null): VersionRow {
  const versions = tables.versions(name);
  const found = versions.find((row) => row.version === version);
  if (found) return found;
  const present = versions.map((row) => row.version).join(", ") || "none";
  throw new BertletError("not_found", `${name} has no version ${version ?? "that answers"}; it has ${present}`, {
    field: "version",
  });
}

function compare({ context, tables, head: { name, active, previous } }: Call): Response {
  const { first = previous, second = active } = readFields(context, compareQuery);
  const version = (number: number | null) => findVersion(tables, name, number);
  return context.json(compareVersions(tables, name, version(first), version(second)));
}

function exportHead({ context, tables, head: { name, active } }: Call): Response {
  const { version = active } = readFields(context, exportQuery);
  const { spec, version: number } = findVersion(tables, name, version);
  const bytes = (kind: "weight" | "bias") => new Uint8Array(tables.bytes(name, number, kind));
  const [weight, bias] = [bytes("weight"), bytes("bias")];
  const K = spec.labels.length;
  const file = writeHeadFile({
    spec,
    tensors: new Map([
      ["classifier.weight", { dtype: "F32", shape: [K, weight.length / 4 / K], bytes: weight }],
      ["classifier.bias", { dtype: "F32", shape: [K], bytes: bias }],
    ]),
  });
  return context.body(file, 200, {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": `attachment; filename="${name}-${number}.safetensors"`,
  });
}
