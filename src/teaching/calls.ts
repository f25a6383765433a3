// What the routes that teach have in common: the head that a path names, whether the key may teach it, and the answer once it is taught.
import type { Context } from "hono";
import type * as v from "valibot";
import { BertletError } from "../errors.ts";
import { readJson } from "../http/body.ts";
import { readQuery } from "../http/query.ts";
import { ALLOWED_HEADER } from "../http/teaching.ts";
import { strictObject } from "../schemas.ts";
import { LIMITS } from "../tasks/limits.ts";
import { parseBody } from "../tasks/task.ts";
import type { HeadStore } from "./head-store.ts";
import { describeLearning, learns } from "./learning.ts";
import type { GivenSource, HeadRow, HeadSettings, HeadTables } from "./tables.ts";

export type Store = Pick<HeadStore, "tables" | "taught" | "model">;

export interface Call {
  readonly context: Context;
  readonly store: Store;
  readonly tables: HeadTables;
  readonly head: HeadRow;
}
export type Handler = (call: Call) => Response | Promise<Response>;

/** Whether the key may teach a head. */
export function isAllowed(context: Context): (head: { readonly name: string }) => boolean {
  const allowed = JSON.parse(context.req.header(ALLOWED_HEADER) ?? "null") as readonly string[] | null;
  return ({ name }) => allowed?.includes(name) ?? true;
}

export function checkAllowed(context: Context, name: string): void {
  if (!isAllowed(context)({ name })) throw new BertletError("forbidden", `the key may not teach ${name}`);
}

/** @throws BertletError `forbidden` or `not_found` */
export function namedHead(context: Context, tables: HeadTables): HeadRow {
  const name = context.req.param("name")!;
  checkAllowed(context, name);
  const head = tables.head(name);
  if (!head) throw new BertletError("not_found", `there is no taught head ${name}`);
  return head;
}

export async function readBody<Schema extends v.GenericSchema>(
  context: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  return parseBody(schema, await readJson(context));
}

/** The query's fields. */
export function readFields<Entries extends v.ObjectEntries>(context: Context, entries: Entries) {
  return parseBody(strictObject(entries), readQuery(context, entries));
}

/** Deletes a head with all that was taught. */
export function deleteHead(context: Context, tables: HeadTables, { name }: HeadRow): Response {
  tables.atomically(() => tables.removeHead(name));
  return context.json({ deleted: name });
}

/** @throws BertletError `conflict` for the name of a head that the model has itself */
export async function checkNewName(store: Store, name: string): Promise<void> {
  const model = await store.model();
  if (model.heads.some((head) => head.name === name))
    throw new BertletError("conflict", `the model has a head ${name} of its own`, { field: "name" });
}

/** @throws BertletError `input_too_large` where there are as many heads as there can be */
export function addHead(tables: HeadTables, name: string, settings: HeadSettings): void {
  if (tables.heads().length >= LIMITS.taught_heads)
    throw new BertletError("input_too_large", `there are ${LIMITS.taught_heads} heads, which is the limit`);
  tables.addHead(name, settings);
}

/** What a change of examples did to each. */
export interface Changes {
  added: number;
  changed: number;
  removed: number;
  repeated: number;
}

/** Counts what was changed. Nothing is, unless a head can be taught by all of it, or learns what is missing. */
export function putExamples(
  tables: HeadTables,
  name: string,
  examples: readonly { readonly text: string; readonly label: string | null }[],
  source: GivenSource,
  repeated = 0,
): Changes {
  const changes = { added: 0, changed: 0, removed: 0, repeated };
  tables.atomically(() => {
    for (const { text, label } of examples) {
      const present = tables.label(name, text);
      if (present === (label ?? undefined)) changes.repeated++;
      else if (label === null) {
        tables.removeExample(name, text);
        changes.removed++;
      } else {
        tables.putExample(name, text, label, source);
        changes[present === undefined ? "added" : "changed"]++;
      }
    }
    if (changes.added + changes.changed + changes.removed === 0) return;
    if (learns(tables.head(name)) && tables.labels(name).length < 2) return tables.removeVersions(name);
    tables.revise(name);
    checkHead(tables, name);
  });
  return changes;
}

/** What a head needs before it can be taught. @throws BertletError `invalid_input` or `input_too_large`, which undoes the change */
export function checkHead(tables: HeadTables, name: string): void {
  const labels = tables.labels(name);
  if (labels.length === 0)
    throw new BertletError("invalid_input", "no examples are left; delete the head instead", { field: "examples" });
  if (labels.length < 2)
    throw new BertletError("invalid_input", `there is one label, ${labels[0]?.label}; a head needs two or more`, {
      field: "examples",
    });
  if (labels.length > LIMITS.labels)
    throw new BertletError("input_too_large", `there are ${labels.length} labels, the limit is ${LIMITS.labels}`, {
      field: "examples",
    });
  const count = tables.countExamples(name);
  if (count > LIMITS.examples)
    throw new BertletError("input_too_large", `there are ${count} examples, the limit is ${LIMITS.examples}`, {
      field: "examples",
    });
}

/** Waits for what was taught; 202 if that takes long. */
export async function answerTaught(context: Context, store: Store, name: string, counts: object): Promise<Response> {
  const isDone = await store.taught(name);
  const head = store.tables.head(name);
  if (!head) throw new BertletError("not_found", `the head ${name} was deleted`);
  return context.json({ ...describe(store, head), ...counts }, isDone ? 200 : 202);
}

export function describeBriefly({ tables }: Store) {
  return (head: HeadRow) => {
    const { name, active, previous, revision, taught, failure, settings } = head;
    return {
      name,
      task: "text-classification",
      status: revision > taught ? "teaching" : failure !== null ? "failed" : active === null ? "learning" : "live",
      ...(failure !== null && { failure }),
      version: active,
      previous,
      examples: tables.countExamples(name),
      labels: tables.labels(name),
      keep_requests: settings.keep_requests,
      versions: tables.versions(name).map(({ version, created, model, report }) => ({
        version,
        created_at: isoTime(created),
        examples: report.examples,
        accuracy: report.accuracy,
        macro_f1: report.macro_f1,
        calibration_error: report.calibration_error[1],
        model,
      })),
    };
  };
}

/** With the report of the version that answers, and what its question has learned. */
export function describe(store: Store, head: HeadRow) {
  const report = head.active === null ? undefined : store.tables.version(head.name, head.active)?.report;
  const learning = learns(head) ? describeLearning(store.tables, head) : undefined;
  return { ...describeBriefly(store)(head), ...(learning && { learning }), ...(report && { report }) };
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
