// What a tab is: a form, the request made from it, and a view of the answer. A new task is one file in tabs/ and one line in tabs/index.ts.
import type { HeadKind } from "../src/architectures/head-spec.ts";
import type { ModelInfo } from "./description.ts";

/** What the form holds, by field name. */
export type Values = Readonly<Record<string, string>>;

export interface Tab<Answer> {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** The route that answers; `/` and the id when omitted. An API without it leaves the tab to browser mode. */
  readonly path?: string;
  readonly fields: readonly Field[];
  /** Inputs that the form offers. The first is there at the start; fields that an example omits have their first option. */
  readonly examples: readonly [Values, ...Values[]];
  /** The request's body. */
  body(values: Values): unknown;
  view(answer: Answer, values: Values): Node;
}

export function pathOf({ id, path = `/${id}` }: Tab<never>): string {
  return path;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  /** `line` and `text` are a text, `lines` several texts. */
  readonly kind: "line" | "text" | "lines" | "choice";
  /** For a choice: the values to choose from, given the model if it is known. An empty value is the API's default. */
  readonly options?: (model: ModelInfo | undefined) => readonly string[];
}

/** A text on one line. */
export function line(name: string, label: string): Field {
  return { name, label, kind: "line" };
}

export function text(name: string, label: string): Field {
  return { name, label, kind: "text" };
}

/** Several texts, one per line. `splitLines` reads them. */
export function lines(name: string, label: string): Field {
  return { name, label, kind: "lines" };
}

export function choice(name: string, label: string, options: NonNullable<Field["options"]>): Field {
  return { name, label, kind: "choice", options };
}

/** One of the model's heads of a kind. Heads with a single label score pairs of texts and are not offered. */
export function headChoice(kind: HeadKind): Field {
  return choice("head", "Head", (model) => {
    const fitting = model?.heads.filter((head) => head.kind === kind && head.labels.length > 1) ?? [];
    return fitting.length > 0 ? fitting.map(({ name }) => name) : [""];
  });
}

/** The request's parameter for a `headChoice`. */
export function headOf({ head }: Values): { head?: string } {
  return head ? { head } : {};
}

export function splitLines(value: string | undefined): string[] {
  return (value ?? "").split("\n").flatMap((line) => line.trim() || []);
}
